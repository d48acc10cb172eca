"""A finished candidate to a registered version, with everything that is needed to ask it later."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from core.data.profiling import typed_style
from core.data.store import DatasetStore
from core.errors import ArtifactError, PromotionConflict, TrainingError
from core.moments import now
from core.recipe import Recipe, dump_recipe
from core.registry.artifacts import library_versions
from core.registry.registry import Registry
from core.registry.words import Version, check_name
from core.scoring.answers import positive_threshold
from core.scoring.metrics import task_metrics
from core.serving.card import CARD_FILE, Card, DataCard
from core.serving.compiling.making import plan_files
from core.serving.contract import dump_contract
from core.serving.contract.inference import learn_contract
from core.serving.golden import golden_files
from core.serving.hub import CONTRACT_FILE
from core.serving.pipeline_engine import PipelineEngine
from core.settings import Settings
from core.tasks import get_task
from core.training.catalogue import CATALOGUE
from core.training.runs import RunStore
from core.training.state import CandidateState, RunState
from core.training.table import training_table

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from core.data.dataset import DatasetInfo

RECIPE_FILE = "recipe.yaml"


def deploy(
    settings: Settings,
    run_id: str,
    candidate: str,
    name: str,
    *,
    by: str,
    description: str = "",
    on_all_rows: bool | None = True,
) -> Version:
    """A new version of a model: this candidate of this run.

    The first version of a model becomes its champion; later ones wait to be promoted.

    Parameters
    ----------
    settings
        Say where data sets, runs and the registry are.
    run_id, candidate
        What was trained; the candidate must have finished.
    name
        The model's name, new or known.
    by
        Who does it, for the history.
    description
        What a person says about this version.
    on_all_rows
        Whether it is fitted on all rows, the hold-out included, rather than on the training part, which is
        what its scores are of; None = where the run has done so, and nothing is fitted now.

    Raises
    ------
    RunNotFound, TrainingError
        When there is no such run, or the candidate has not finished, or cannot be fitted.
    DatasetNotFound
        When the data set it was trained on is gone.
    RegistryError
        When the name cannot be used.
    StorageError
        When the disk is full; the registry is then as it was.
    """
    check_name(name)
    runs = RunStore(settings.runs_dir)
    state, recipe = runs.state(run_id), runs.recipe(run_id)
    trained = _finished(state, candidate)
    fitted = _fitted(settings, run_id, candidate, on_all_rows)
    pipeline = fitted.pipeline
    dataset = DatasetStore(settings.datasets_dir, settings.max_upload_bytes).load(state.dataset_id)
    table = training_table(dataset, recipe)
    features = table.features(np.arange(len(table.frame)) if fitted.is_on_all_rows else table.train)
    contract = learn_contract(
        features,
        msgspec.structs.replace(recipe, read=dataset.info.read),
        model=name,
        classes=_classes(pipeline, recipe),
        score=trained.cv_mean(recipe.metric),
        threshold=positive_threshold(pipeline, recipe.positive),
        units={column.name: column.unit for column in dataset.info.columns},
        styles={
            column: typed_style(dataset, column, kind) for column, kind in recipe.features.items()
        },
    )
    engine = PipelineEngine(pipeline, contract)
    _check_answers(engine)
    card = _write_card(runs, state, trained, recipe, dataset.info, fitted.is_on_all_rows)
    registry = Registry(settings)
    version = registry.register(
        name,
        pipeline,
        files={
            CONTRACT_FILE: dump_contract(contract),
            RECIPE_FILE: dump_recipe(recipe).encode(),
            CARD_FILE: msgspec.json.format(msgspec.json.encode(card)),
            **plan_files(pipeline, contract, features),
            **golden_files(settings, engine, features),
        },
        tags=_tags(card),
        metrics=_metrics(card),
        signature_frame=features.head(20),
        description=description,
    )
    if registry.champion(name) is None:
        # Somebody who deploys at the same moment may have been first, which is as good.
        with suppress(PromotionConflict):
            registry.promote(name, version.version, by=by, reason="first version", expected=None)
    return registry.get(name, version.version)


@dataclass(frozen=True)
class _Fitted:
    pipeline: Pipeline
    is_on_all_rows: bool


def _fitted(settings: Settings, run_id: str, candidate: str, on_all_rows: bool | None) -> _Fitted:
    from core.training.finalists import fitted_pipeline, pipeline_on_all_rows

    if on_all_rows is not False:
        found = pipeline_on_all_rows(settings, run_id, candidate, fits_now=on_all_rows is True)
        if found is not None:
            return _Fitted(found, True)
    return _Fitted(fitted_pipeline(settings, run_id, candidate), False)


def _finished(state: RunState, candidate: str) -> CandidateState:
    found = state.candidate(candidate)
    done = [c.name for c in state.candidates if c.status == "done"]
    if found is None or found.status != "done":
        raise TrainingError(
            f"The candidate to deploy must have finished in run {state.id}. Got {candidate!r}, which "
            + (f"is {found.status.replace('_', ' ')}." if found else "is not part of it."),
            f"Deploy one of these: {', '.join(done)}." if done else "Train again.",
        )
    return found


def _classes(pipeline: Pipeline, recipe: Recipe) -> tuple[str | int | bool | float, ...] | None:
    return tuple(pipeline.classes_.tolist()) if get_task(recipe.task).has_classes else None


def _check_answers(engine: PipelineEngine) -> None:
    """Raises `ArtifactError` unless the pipeline answers the contract's own example."""
    try:
        engine.predict(engine.contract.parse(engine.contract.example).rows)
    except Exception as error:  # whatever goes wrong, it must go wrong before it is registered
        raise ArtifactError(
            f"The candidate must answer a row of its own training data. It failed: {error}.",
            "Train it again, or deploy another candidate.",
        ) from error


def _write_card(
    runs: RunStore,
    state: RunState,
    trained: CandidateState,
    recipe: Recipe,
    data: DatasetInfo,
    is_on_all_rows: bool,
) -> Card:
    metrics = task_metrics(recipe)
    holdout = runs.holdout(state.id)
    is_scored = holdout is not None and holdout.candidate == trained.name
    return Card(
        candidate=trained.name,
        title=trained.title,
        task=recipe.task,
        target=recipe.target,
        metric=recipe.metric,
        cv_mean={metric: trained.cv_mean(metric) for metric in metrics},
        cv_std={metric: trained.cv_std(metric) for metric in metrics},
        holdout=holdout.metrics if holdout is not None and is_scored else None,
        rows_train=state.rows_train,
        rows_test=state.rows_test,
        note=trained.note,
        data=DataCard(data.id, data.fingerprint, data.name, data.source, data.rows),
        run_id=state.id,
        registered_at=now(),
        libraries=library_versions(),
        # Time bounds the fit on the training part; the one on all rows is not done with fewer.
        max_rows=None if is_on_all_rows else _fewer_rows(state, trained),
        is_on_all_rows=is_on_all_rows,
    )


def _fewer_rows(state: RunState, trained: CandidateState) -> int | None:
    """How many rows the candidate, or a member of it, was fitted on where time allowed no more; else None."""
    behind = {trained.trial, *trained.members}
    fitted = [
        min(c.full_rows, state.rows_train)
        for c in state.candidates
        if c.trial in behind and c.full_rows is not None and _bound(c) is None
    ]
    fewest = min(fitted, default=state.rows_train)
    return fewest if fewest < state.rows_train else None


def _bound(candidate: CandidateState) -> int | None:
    known = CATALOGUE.get(candidate.name)
    return None if known is None else known.max_rows


def _tags(card: Card) -> dict[str, str]:
    return {
        "task": card.task,
        "metric": card.metric,
        "target": card.target,
        "candidate": card.candidate,
        "candidate_title": card.title,
        "run_id": card.run_id,
        "dataset_id": card.data.id,
        "dataset_name": card.data.name,
        "dataset_fingerprint": card.data.fingerprint,
    }


def _metrics(card: Card) -> dict[str, float]:
    """The cross-validation means under the metrics' own names, the hold-out under `holdout_…`."""
    values = dict(card.cv_mean)
    values |= {f"holdout_{name}": value for name, value in (card.holdout or {}).items()}
    return {name: value for name, value in values.items() if value is not None}
