"""Which types a stored pipeline may be made of.

A skops file names its types, and skops builds only those that it knows to be harmless or that the
caller trusts. The list here is what the candidates and preparing steps need beyond that, and
nothing more; a type that is missing from it is refused by name when a version is registered.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ArtifactError, list_names

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

NUMPY_FUNCTIONS = (
    *("asarray", "clip", "diff", "digitize", "full_like", "interp", "isin", "nan_to_num"),
    *("reshape", "round", "sum"),
)
"""What the steps of a pipeline call: none does more than work with the numbers and texts that it is given."""

SCORE_FUNCTIONS = (
    *("accuracy_score", "balanced_accuracy_score", "f1_score", "jaccard_score"),
    *("matthews_corrcoef", "precision_score", "recall_score"),
)
"""What a tuned threshold was best by."""

BOOSTING_TYPES = (
    *(f"lightgbm.sklearn.LGBM{kind}" for kind in ("Classifier", "Regressor")),
    "lightgbm.basic.Booster",
    "collections.OrderedDict",  # LightGBM's record of its scores
    *(f"xgboost.sklearn.XGB{kind}" for kind in ("Classifier", "Regressor")),
    "xgboost.core.Booster",
    *(f"catboost.core.CatBoost{kind}" for kind in ("Classifier", "Regressor")),
)
"""Models of other libraries. What `__setstate__` of each does with its trees is to give their bytes or text to the
library's own reader of its own format; nothing in them is run. The rest of their state is audited as any other."""

TRUSTED_TYPES = (
    *BOOSTING_TYPES,
    "functools.partial",  # what it calls is audited too; gradient boosting holds one of check_array
    *(f"numpy.{name}" for name in NUMPY_FUNCTIONS),
    "numpy.dtype",
    "scipy._lib.array_api_compat.numpy._aliases.asarray",  # held by the splines of dates
    "scipy.interpolate._bsplines.BSpline",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.f_regression",
    "sklearn.impute._iterative.IterativeImputer",
    "sklearn.impute._iterative._ImputerTriplet",
    *(f"sklearn.metrics._classification.{name}" for name in SCORE_FUNCTIONS),
    "sklearn.metrics._dist_metrics.EuclideanDistance64",
    "sklearn.metrics._dist_metrics.ManhattanDistance64",
    "sklearn.metrics._scorer._CurveScorer",
    "sklearn.metrics._scorer._Scorer",
    "sklearn.metrics._scorer.negative_likelihood_ratio",
    "sklearn.metrics._scorer.positive_likelihood_ratio",
    "sklearn.model_selection._split.KFold",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils._metadata_requests.MetadataRequest",
    "sklearn.utils._metadata_requests.MethodMetadataRequest",
    "sklearn.utils.validation.check_array",
)


def load_trusted(path: Path) -> Pipeline:
    """The pipeline in this skops file, built from trusted types only.

    Raises
    ------
    ArtifactError
        When it holds another type, or is not a skops file.
    """
    import skops.io
    from sklearn.exceptions import InconsistentVersionWarning
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        with warnings.catch_warnings():
            # Patch releases of scikit-learn read each other's models; minor ones are refused before.
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            return skops.io.load(path, trusted=list(TRUSTED_TYPES))
    except UntrustedTypesFoundException as error:
        raise untrusted(path) from error
    # A damaged file can fail anywhere in the building of the objects.
    except Exception as error:
        raise ArtifactError(
            f"{path.name} must be a pipeline in the skops format. It cannot be read: {error}.",
            "Register the model again from its training run.",
        ) from error


def untrusted(path: Path) -> ArtifactError:
    """The error that names the types in this skops file that are not trusted."""
    import skops.io

    found = sorted(set(skops.io.get_untrusted_types(file=path)) - set(TRUSTED_TYPES))
    return ArtifactError(
        "A model must be made of scikit-learn, numpy and scipy types that Slipway knows. "
        f"Got {list_names(found)}.",
        "If a new candidate brought these types and they are safe to load, add them to "
        "TRUSTED_TYPES in core/registry/trust.py.",
    )
