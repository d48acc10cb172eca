"""Estimators around an estimator, which give it what it lacks."""

from __future__ import annotations

from typing import Any


def with_probabilities(estimator: Any) -> Any:
    """A margin classifier whose margins are turned into probabilities (Platt scaling, 3 folds)."""
    from sklearn.calibration import CalibratedClassifierCV

    return CalibratedClassifierCV(estimator, cv=3, ensemble=False)


def with_scaled_target(regressor: Any) -> Any:
    """A regressor whose settings assume a target of mean 0 and spread 1."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler

    return TransformedTargetRegressor(regressor, transformer=StandardScaler())


def with_numbered_classes(classifier: Any) -> Any:
    """A classifier that is given the classes as 0, 1, 2 and answers with their labels.

    Notes
    -----
    A vote of one gives its only voter's probabilities unchanged, and numbers the classes for it.
    """
    from sklearn.ensemble import VotingClassifier

    return VotingClassifier([("only", classifier)], voting="soft")
