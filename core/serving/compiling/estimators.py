"""Fitted estimators to the models of a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.linear_model import (
    ElasticNetCV,
    LassoCV,
    LinearRegression,
    LogisticRegression,
    RidgeCV,
)
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from core.serving.compiling.boosting import boosted_trees
from core.serving.compiling.steps import Fitted, need, refusal
from core.serving.compiling.trees import TreeParts, make_trees, plain_tree
from core.serving.plan.models.bayes import Bayes
from core.serving.plan.models.constant import Constant
from core.serving.plan.models.kernels import Kernel
from core.serving.plan.models.linear import Linear
from core.serving.plan.models.links import AnyLink, Divide, Platt, Rescale, Sigmoid, Softmax
from core.serving.plan.models.networks import Network
from core.serving.plan.plan import AnyModel

Made = tuple[AnyModel, list[AnyLink]]


def compile_estimator(estimator: Fitted) -> Made:
    """The model that does what this fitted estimator does, and what is made of its outputs.

    Raises
    ------
    ArtifactError
        When no model does, which the message says.
    """
    maker = ESTIMATOR_MAKERS.get(type(estimator))
    if maker is None:
        raise refusal(estimator)
    return maker(estimator)


def _linear(estimator: Fitted) -> Made:
    weights = np.atleast_2d(np.asarray(estimator.coef_, dtype=float))
    start = np.atleast_1d(np.asarray(estimator.intercept_, dtype=float))
    return Linear(np.ascontiguousarray(weights.T), start), []


def _logistic(estimator: LogisticRegression) -> Made:
    return _linear(estimator)[0], [_probabilities(estimator)]


def _probabilities(estimator: Fitted) -> AnyLink:
    return Sigmoid() if len(estimator.classes_) <= 2 else Softmax()


def _prior(estimator: DummyClassifier) -> Made:
    need(estimator.strategy == "prior", estimator, f"strategy={estimator.strategy!r}")
    return Constant(np.asarray(estimator.class_prior_, dtype=float)), []


def _mean(estimator: DummyRegressor) -> Made:
    return Constant(np.asarray(estimator.constant_, dtype=float).ravel()), []


def _bayes(estimator: GaussianNB) -> Made:
    return Bayes(estimator.class_prior_, estimator.theta_, estimator.var_), [Softmax()]


def _network(estimator: Fitted) -> Made:
    weights = [np.asarray(w, dtype=float) for w in estimator.coefs_]
    starts = [np.asarray(s, dtype=float) for s in estimator.intercepts_]
    links: dict[str, list[AnyLink]] = {"logistic": [Sigmoid()], "softmax": [Softmax()]}
    last = links.get(estimator.out_activation_, [])  # numbers need none
    return Network(weights, starts, estimator.activation), last


def _kernel_numbers(estimator: SVR) -> Made:
    need(estimator.kernel == "rbf", estimator, f"kernel={estimator.kernel!r}")
    weights = np.ascontiguousarray(estimator.dual_coef_.T)
    known = np.asarray(estimator.support_vectors_)
    return Kernel(known, float(estimator._gamma), weights, estimator.intercept_.copy(), 0), []


def _kernel_classes(estimator: SVC) -> Made:
    """The margins; for several classes, from one duel for each pair of them."""
    need(estimator.kernel == "rbf", estimator, f"kernel={estimator.kernel!r}")
    need(estimator.probability is not True, estimator, "probabilities of its own")
    n_classes = len(estimator.classes_)
    if n_classes == 2:
        return _kernel_numbers(estimator)
    need(estimator.decision_function_shape == "ovr" and not estimator.break_ties, estimator, "ovo")
    dual, ends = estimator.dual_coef_, np.cumsum(estimator.n_support_)
    parts = [slice(end - count, end) for end, count in zip(ends, estimator.n_support_, strict=True)]
    columns = []
    for one in range(n_classes):
        for other in range(one + 1, n_classes):
            column = np.zeros(dual.shape[1])
            column[parts[one]] = dual[other - 1, parts[one]]
            column[parts[other]] = dual[one, parts[other]]
            columns.append(column)
    known, start = np.asarray(estimator.support_vectors_), estimator.intercept_.copy()
    weights = np.column_stack(columns)
    return Kernel(known, float(estimator._gamma), weights, start, n_classes), []


def _tree(estimator: Fitted) -> Made:
    return _forest_of([estimator]), []


def _forest(estimator: Fitted) -> Made:
    trees = estimator.estimators_
    return _forest_of(trees), [Divide(float(len(trees)))]


def _forest_of(estimators: list[Fitted]) -> AnyModel:
    trees = [plain_tree(each.tree_, each.tree_.value[:, 0, :]) for each in estimators]
    width = trees[0].values.shape[1]
    return make_trees(TreeParts(trees, np.zeros(width), estimators[0].n_features_in_))


def _boosting(estimator: Fitted) -> Made:
    has_classes = hasattr(estimator, "classes_")
    need(has_classes or estimator.loss == "squared_error", estimator, f"loss={estimator.loss!r}")
    links = [_probabilities(estimator)] if has_classes else []
    return make_trees(boosted_trees(estimator)), links


def _calibrated(estimator: CalibratedClassifierCV) -> Made:
    """Probabilities from the margins, or the probabilities, of one classifier."""
    fitted = estimator.calibrated_classifiers_
    need(len(fitted) == 1 and fitted[0].method == "sigmoid", estimator, "several classifiers")
    inner = fitted[0].estimator
    need(hasattr(inner, "decision_function"), estimator, "probabilities to calibrate")
    model, links = compile_estimator(inner)
    need(not links, estimator, "probabilities to calibrate")
    slopes = np.array([calibrator.a_ for calibrator in fitted[0].calibrators])
    starts = np.array([calibrator.b_ for calibrator in fitted[0].calibrators])
    return model, [Platt(slopes, starts)]


def _scaled_target(estimator: TransformedTargetRegressor) -> Made:
    scaler: Any = estimator.transformer_
    need(isinstance(scaler, StandardScaler), estimator, f"{type(scaler).__name__}")
    model, links = compile_estimator(estimator.regressor_)
    return model, [*links, Rescale(float(scaler.scale_[0]), float(scaler.mean_[0]))]


def _only_voter(estimator: VotingClassifier) -> Made:
    need(
        len(estimator.estimators_) == 1 and estimator.voting == "soft", estimator, "several voters"
    )
    return compile_estimator(estimator.estimators_[0])


ESTIMATOR_MAKERS: dict[type, Callable[[Any], Made]] = {
    LinearRegression: _linear,
    RidgeCV: _linear,
    LassoCV: _linear,
    ElasticNetCV: _linear,
    LinearSVR: _linear,
    LinearSVC: _linear,
    LogisticRegression: _logistic,
    DummyClassifier: _prior,
    DummyRegressor: _mean,
    GaussianNB: _bayes,
    MLPClassifier: _network,
    MLPRegressor: _network,
    SVR: _kernel_numbers,
    SVC: _kernel_classes,
    DecisionTreeClassifier: _tree,
    DecisionTreeRegressor: _tree,
    RandomForestClassifier: _forest,
    RandomForestRegressor: _forest,
    ExtraTreesClassifier: _forest,
    ExtraTreesRegressor: _forest,
    HistGradientBoostingClassifier: _boosting,
    HistGradientBoostingRegressor: _boosting,
    CalibratedClassifierCV: _calibrated,
    TransformedTargetRegressor: _scaled_target,
    FixedThresholdClassifier: lambda estimator: compile_estimator(estimator.estimator_),
    TunedThresholdClassifierCV: lambda estimator: compile_estimator(estimator.estimator_),
    VotingClassifier: _only_voter,
}
"""By the class of the fitted estimator."""
