"""A fitted pipeline to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.pipeline import Pipeline

from core.errors import ArtifactError
from core.scoring.answers import find_threshold
from core.serving.compiling.encoder import compile_encoder, group_widths
from core.serving.compiling.estimators import compile_estimator
from core.serving.compiling.steps import refusal
from core.serving.contract import Contract
from core.serving.plan.encoder import Encoder
from core.serving.plan.models.linear import Linear
from core.serving.plan.plan import AnyModel, Member, Plan
from core.serving.plan.steps.joining import Chain
from core.serving.plan.steps.table import Choose


def compile_plan(pipeline: Pipeline, contract: Contract) -> Plan:
    """The plan that does what this fitted pipeline does.

    Where the preparing is known and the estimator is not, the plan prepares and the estimator is
    asked: see `Plan.needs_estimator`.

    Raises
    ------
    ArtifactError
        When a step of the preparing is not known.
    """
    cut = find_threshold(pipeline)
    members = [
        replace(_member(part, contract), weight=float(weight))
        for part, weight in zip(*member_pipelines(pipeline), strict=True)
    ]
    if cut is None:
        return Plan(members)
    return Plan(members, cut.column, cut.probability)


def member_pipelines(pipeline: Pipeline) -> tuple[list[Pipeline], Sequence[float]]:
    """The pipelines whose weighted mean is the answer, and the weights; usually the one itself."""
    model = pipeline.steps[-1][1]
    is_vote = isinstance(model, VotingClassifier | VotingRegressor) and len(pipeline.steps) == 1
    if not is_vote:
        return [pipeline], [1.0]
    if not all(isinstance(member, Pipeline) for member in model.estimators_):
        raise refusal(model)
    return list(model.estimators_), list(model.weights or [1.0] * len(model.estimators_))


def _member(pipeline: Pipeline, contract: Contract) -> Member:
    encoder = compile_encoder(pipeline.steps[:-1], contract.fields)
    try:
        model, links = compile_estimator(pipeline.steps[-1][1])
    except ArtifactError:
        return Member(encoder, None)
    return Member(*_joined(encoder, model, contract), links)


def _joined(encoder: Encoder, model: AnyModel, contract: Contract) -> tuple[Encoder, AnyModel]:
    """The same, where it can be with a weighted sum that needs no step over the table."""
    if not isinstance(model, Linear):
        return encoder, model
    row: dict[str, Any] = contract.parse(contract.example).rows[0].values
    widths = group_widths(encoder, row)
    weights, chosen = model.weights, _flattened(encoder.table)
    if not all(isinstance(step, Choose) for step in chosen):
        return encoder, model
    kept = np.arange(sum(widths))
    for step in chosen:
        kept = kept[step.columns]
    wide = np.zeros((sum(widths), weights.shape[1]))
    wide[kept] = weights
    return Encoder(encoder.groups, Chain()), Linear(wide, model.start, widths)


def _flattened(chain: Chain) -> list[Any]:
    """Its steps, those of chains inside it too."""
    found: list[Any] = []
    for step in chain.steps:
        found += _flattened(step) if isinstance(step, Chain) else [step]
    return found
