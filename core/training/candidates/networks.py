"""Layers of weighted sums that bend."""

from __future__ import annotations

from typing import Any

from core.features.needs import SCALED
from core.training.candidates.base import Candidate, OneOf, Real
from core.training.candidates.wrapping import with_scaled_target

LEARNING: dict[str, Any] = {"early_stopping": True, "n_iter_no_change": 15, "max_iter": 300}
"""Few hundred rows need the patience, many thousands the early stop."""


def _layers(sizes: str) -> tuple[int, ...]:
    """The sizes of the hidden layers, from a setting as `64-32`."""
    return tuple(int(size) for size in sizes.split("-"))


def _classes(
    seed: int,
    *,
    layers: str = "64-32",
    alpha: float = 1e-2,
    learning_rate_init: float = 5e-3,
    batch_size: str | int = "auto",
    activation: str = "relu",
) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        hidden_layer_sizes=_layers(layers),
        activation=activation,
        alpha=alpha,
        batch_size=batch_size,
        learning_rate_init=learning_rate_init,
        **LEARNING,
        random_state=seed,
    )


def _numbers(
    seed: int,
    *,
    layers: str = "64-32",
    alpha: float = 1e-2,
    learning_rate_init: float = 5e-3,
    batch_size: str | int = "auto",
    activation: str = "relu",
) -> Any:
    from sklearn.neural_network import MLPRegressor

    return with_scaled_target(
        MLPRegressor(
            hidden_layer_sizes=_layers(layers),
            activation=activation,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            **LEARNING,
            random_state=seed,
        )
    )


MLP = Candidate(
    name="mlp",
    title="Neural network (MLP)",
    description="Layers of weighted sums that bend; needs many rows to shine.",
    for_classes=_classes,
    for_numbers=_numbers,
    needs=SCALED,
    cost=5.0,
    max_classes=1_000,
    space={
        "layers": OneOf(("16", "64", "64-32", "128-64", "256", "256-128", "64-64-64")),
        "alpha": Real(1e-6, 10.0, log=True),
        "learning_rate_init": Real(1e-4, 3e-2, log=True),
        "batch_size": OneOf(("auto", 32, 64, 512)),
        "activation": OneOf(("relu", "tanh")),
    },
    presets=(
        {"layers": "128-64", "alpha": 1.0, "learning_rate_init": 1e-3},
        {"layers": "128-64", "alpha": 0.1, "learning_rate_init": 2e-3, "batch_size": 32},
    ),
)
