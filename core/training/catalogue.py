"""The candidates: each estimator family that Slipway trains, one entry each."""

from __future__ import annotations

from typing import Any

from core.errors import RecipeError
from core.features.needs import CODES, NATIVE, SCALED
from core.tasks import Task
from core.training.candidates.base import Candidate


def _baseline_classes(seed: int) -> Any:
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


def _baseline_numbers(seed: int) -> Any:
    from sklearn.dummy import DummyRegressor

    return DummyRegressor(strategy="mean")


def _logistic(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=1000, random_state=seed)


def _linear(seed: int) -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression()


def _ridge(seed: int) -> Any:
    import numpy as np
    from sklearn.linear_model import RidgeCV

    return RidgeCV(alphas=np.logspace(-3, 3, 13))


def _lasso(seed: int) -> Any:
    from sklearn.linear_model import LassoCV

    return LassoCV(cv=5, max_iter=5000, random_state=seed)


def _elastic_net(seed: int) -> Any:
    from sklearn.linear_model import ElasticNetCV

    return ElasticNetCV(l1_ratio=[0.5, 0.9, 0.99], eps=1e-4, cv=5, max_iter=5000, random_state=seed)


def _with_probabilities(estimator: Any) -> Any:
    """A margin classifier whose margins are turned into probabilities (Platt scaling, 3 folds)."""
    from sklearn.calibration import CalibratedClassifierCV

    return CalibratedClassifierCV(estimator, cv=3, ensemble=False)


def _with_scaled_target(regressor: Any) -> Any:
    """A regressor whose settings assume a target of mean 0 and spread 1."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    return TransformedTargetRegressor(regressor, transformer=StandardScaler())


def _svm_linear_classes(seed: int) -> Any:
    from sklearn.svm import LinearSVC

    return _with_probabilities(LinearSVC(C=0.1, max_iter=5000, random_state=seed))


def _svm_linear_numbers(seed: int) -> Any:
    from sklearn.svm import LinearSVR

    return _with_scaled_target(LinearSVR(C=1.0, max_iter=5000, random_state=seed))


def _svm_rbf_classes(seed: int) -> Any:
    from sklearn.svm import SVC

    return _with_probabilities(SVC(random_state=seed))


def _svm_rbf_numbers(seed: int) -> Any:
    from sklearn.svm import SVR

    return _with_scaled_target(SVR())


def _knn_classes(seed: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(n_neighbors=15)


def _knn_numbers(seed: int) -> Any:
    from sklearn.neighbors import KNeighborsRegressor

    return KNeighborsRegressor(n_neighbors=10)


def _naive_bayes(seed: int) -> Any:
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB(var_smoothing=1e-3)


def _tree_classes(seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=6, min_samples_leaf=5, random_state=seed)


def _tree_numbers(seed: int) -> Any:
    from sklearn.tree import DecisionTreeRegressor

    return DecisionTreeRegressor(max_depth=6, min_samples_leaf=5, random_state=seed)


def _forest_classes(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=200, min_samples_leaf=2, random_state=seed)


def _forest_numbers(seed: int) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(n_estimators=200, min_samples_leaf=3, random_state=seed)


def _extra_trees_classes(seed: int) -> Any:
    from sklearn.ensemble import ExtraTreesClassifier

    return ExtraTreesClassifier(n_estimators=200, min_samples_leaf=2, random_state=seed)


def _extra_trees_numbers(seed: int) -> Any:
    from sklearn.ensemble import ExtraTreesRegressor

    return ExtraTreesRegressor(n_estimators=200, min_samples_leaf=3, random_state=seed)


def _boosting_classes(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(learning_rate=0.06, random_state=seed)


def _boosting_numbers(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(learning_rate=0.06, random_state=seed)


def _mlp_classes(seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(**MLP_SETTINGS, random_state=seed)


def _mlp_numbers(seed: int) -> Any:
    from sklearn.neural_network import MLPRegressor

    return _with_scaled_target(MLPRegressor(**MLP_SETTINGS, random_state=seed))


MLP_SETTINGS: dict[str, Any] = {
    "hidden_layer_sizes": (64, 32),
    "alpha": 1e-2,
    "learning_rate_init": 0.005,
    "early_stopping": True,
    "n_iter_no_change": 15,
    "max_iter": 300,
}
"""Few hundred rows need the larger steps and the patience, many thousands the early stop."""


CATALOGUE: dict[str, Candidate] = {
    candidate.name: candidate
    for candidate in (
        Candidate(
            "baseline", "Baseline", "Always the most common class, or the mean: what any model must beat.",
            _baseline_classes, _baseline_numbers, CODES, cost=0.3,
        ),
        Candidate(
            "linear", "Linear regression", "A weighted sum of the features: quick, and explains itself.",
            None, _linear, SCALED, cost=0.4,
        ),
        Candidate(
            "ridge", "Ridge regression", "Linear, with weights kept small; the strength is cross-validated.",
            None, _ridge, SCALED, cost=0.5,
        ),
        Candidate(
            "lasso", "Lasso regression", "Linear, with useless weights set to zero; the strength is cross-validated.",
            None, _lasso, SCALED, cost=0.7,
        ),
        Candidate(
            "elastic_net", "Elastic net", "Between ridge and lasso; mix and strength are cross-validated.",
            None, _elastic_net, SCALED, cost=1.2,
        ),
        Candidate(
            "logistic", "Logistic regression", "A weighted sum turned into probabilities: quick, and explains itself.",
            _logistic, None, SCALED, cost=0.5,
        ),
        Candidate(
            "naive_bayes", "Naive Bayes", "Each feature votes by itself: very quick, probabilities too sure.",
            _naive_bayes, None, SCALED, cost=0.4,
        ),
        Candidate(
            "decision_tree", "Decision tree", "A short list of yes/no questions that a person can follow.",
            _tree_classes, _tree_numbers, CODES, cost=0.4,
        ),
        Candidate(
            "knn", "k-nearest neighbours", "Answers what the most similar known rows answered.",
            _knn_classes, _knn_numbers, SCALED, cost=1.0, max_rows=20_000,
        ),
        Candidate(
            "svm_linear", "SVM, linear", "The widest margin between the classes, or a robust line through numbers.",
            _svm_linear_classes, _svm_linear_numbers, SCALED, cost=1.0,
        ),
        Candidate(
            "svm_rbf", "SVM, RBF kernel", "Margins that bend; strong on small tables, too slow on large ones.",
            _svm_rbf_classes, _svm_rbf_numbers, SCALED, cost=3.0, max_rows=5_000,
        ),
        Candidate(
            "hist_gradient_boosting", "Histogram gradient boosting",
            "Many small trees, each mending what the others missed: usually the best on tables.",
            _boosting_classes, _boosting_numbers, NATIVE, cost=2.5,
        ),
        Candidate(
            "random_forest", "Random forest", "The mean of 200 trees on random samples: strong with no tuning.",
            _forest_classes, _forest_numbers, CODES, cost=5.0,
        ),
        Candidate(
            "extra_trees", "Extra trees", "A forest with random cuts: quicker, often as good.",
            _extra_trees_classes, _extra_trees_numbers, CODES, cost=3.5,
        ),
        Candidate(
            "mlp", "Neural network (MLP)", "Two hidden layers; needs many rows to shine.",
            _mlp_classes, _mlp_numbers, SCALED, cost=5.0,
        ),
    )
}  # fmt: skip
"""By name, in the order in which they are trained: quick ones first, so that rows appear at once."""


def candidates_for(task: Task) -> list[Candidate]:
    """The candidates that can learn this task, in training order."""
    return [candidate for candidate in CATALOGUE.values() if candidate.maker(task)]


def choose_candidates(names: tuple[str, ...], task: Task) -> list[Candidate]:
    """The named candidates in training order; all that fit the task when none is named.

    Raises
    ------
    RecipeError
        When a name is unknown or its candidate cannot learn the task.
    """
    possible = candidates_for(task)
    known = [candidate.name for candidate in possible]
    for name in names:
        if name not in known:
            raise RecipeError(
                f"A candidate for this task must be one of {', '.join(known)}. Got {name!r}.",
                "Correct the name, or name none to train all.",
            )
    return [candidate for candidate in possible if not names or candidate.name in names]
