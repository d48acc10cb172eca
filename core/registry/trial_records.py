"""Every trial of a training run as an MLflow run, in the store that also holds the registry.

A run of training is a parent, each of its trials a child: `mlflow ui` over the same store lists them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from core.errors import StorageError
from core.registry.database import connect, registry_errors
from core.registry.trial_description import (
    Description,
    describe_run,
    describe_trial,
    milliseconds,
)
from core.settings import Settings
from core.training.runs import RunStore
from core.training.state import RunState
from core.training.trials import Trial, read_trials

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

EXPERIMENT_PREFIX = "slipway/"
RUN_TAG, TRIAL_TAG = "slipway.run", "slipway.trial"
PARENT_TAG = "mlflow.parentRunId"
ENDS = {"done": "FINISHED", "pruned": "FINISHED", "finished": "FINISHED", "failed": "FAILED"}
"""How MLflow calls the ends of trials and runs; all others were KILLED."""

MAX_NAME, MAX_TAG, MAX_PARAM = 200, 5000, 500
"""Characters that every tracking server takes."""

MAX_METRICS, MAX_PARAMS = 800, 90
"""Entries in one call; servers take 1,000 in all, of them 100 parameters."""

LOCK_SECONDS = 600


def record_run(settings: Settings, runs_dir: Path, run_id: str) -> int:
    """How many trials were put on record that were not before.

    It may be killed at any moment and called again: what is complete stays, the rest is added. What somebody
    deleted in MLflow is not made again.

    Raises
    ------
    RunNotFound
        When there is no such run.
    RegistryError, StorageError
        When the tracking server or database cannot be written.
    """
    store = RunStore(runs_dir)
    folder = store.folder(run_id)
    with _one_at_a_time(folder / "record.lock"):
        client = connect(settings)
        with registry_errors(settings):
            return _record(client, settings, store, run_id)


def _record(client: MlflowClient, settings: Settings, store: RunStore, run_id: str) -> int:
    state, recipe = store.state(run_id), store.recipe(run_id)
    experiment = _experiment_id(client, settings, state.name)
    known = _known_runs(client, experiment, run_id)
    parent = known.pop("", None)
    if parent is not None and parent.info.lifecycle_stage == "deleted":
        return 0
    if parent is None:
        parent = client.create_run(
            experiment,
            milliseconds(state.started_at or state.created_at),
            {RUN_TAG: run_id, **_source_tags()},
            run_name=f"{state.target} {state.created_at[:16].replace('T', ' ')}"[:MAX_NAME],
        )
    trials = read_trials(store.folder(run_id))
    added = sum(_record_trial(client, experiment, parent, trial, run_id, known) for trial in trials)
    described = describe_run(state, recipe, store.holdout(run_id), trials)
    changed = [m for m in described.metrics if parent.data.metrics.get(m[0]) != m[1]]
    _write(client, parent, replace(described, metrics=tuple(changed)))
    _log_dataset(client, parent, state)
    if not state.is_active:
        end = milliseconds(state.finished_at or state.created_at)
        client.set_terminated(parent.info.run_id, ENDS.get(state.status, "KILLED"), end)
    return added


def _record_trial(
    client: MlflowClient,
    experiment: str,
    parent: Run,
    trial: Trial,
    run_id: str,
    known: Mapping[str, Run],
) -> bool:
    """Whether the trial was put on record now; one that was complete before is left as it is."""
    run = known.get(str(trial.number))
    if run is not None and (run.info.status != "RUNNING" or run.info.lifecycle_stage == "deleted"):
        return False
    begin = milliseconds(trial.started_at or trial.finished_at)
    if run is None:
        tags = {
            RUN_TAG: run_id,
            TRIAL_TAG: str(trial.number),
            PARENT_TAG: parent.info.run_id,
            **_source_tags(),
        }
        name = f"{trial.number} {trial.candidate}"[:MAX_NAME]
        run = client.create_run(experiment, begin, tags, run_name=name)
    _write(client, run, describe_trial(trial))
    end = milliseconds(trial.finished_at) if trial.finished_at else begin
    # Last: a run that is ended counts as complete.
    client.set_terminated(run.info.run_id, ENDS.get(trial.status, "KILLED"), end)
    return True


def _write(client: MlflowClient, run: Run, record: Description) -> None:
    """In as few calls as servers allow; what is there already may be written again."""
    from mlflow.entities import Metric, Param, RunTag

    when = run.info.start_time
    metrics = [Metric(name, value, when, step) for name, value, step in record.metrics]
    params = [Param(name, str(value)[:MAX_PARAM]) for name, value in record.params.items()]
    tags = [RunTag(name, value[:MAX_TAG]) for name, value in record.tags.items() if value]
    while metrics or params or tags:
        client.log_batch(
            run.info.run_id, metrics[:MAX_METRICS], params[:MAX_PARAMS], tags[:MAX_PARAMS]
        )
        del metrics[:MAX_METRICS], params[:MAX_PARAMS], tags[:MAX_PARAMS]


def _log_dataset(client: MlflowClient, run: Run, state: RunState) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag

    table = Dataset(state.name[:MAX_NAME], state.dataset_id[:36], "local", "{}")
    client.log_inputs(
        run.info.run_id, [DatasetInput(table, [InputTag("mlflow.data.context", "training")])]
    )


def _experiment_id(client: MlflowClient, settings: Settings, name: str) -> str:
    """The experiment of the trainings on this data set; one that was deleted is taken up again."""
    from mlflow.exceptions import MlflowException

    title = f"{EXPERIMENT_PREFIX}{name}"[:MAX_NAME]
    found = client.get_experiment_by_name(title)
    if found is None:
        local = settings.tracking_uri.startswith("sqlite")
        location = settings.artifacts_dir.as_uri() if local else None
        try:
            return str(client.create_experiment(title, location))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            found = client.get_experiment_by_name(title)
    elif found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def _known_runs(client: MlflowClient, experiment: str, run_id: str) -> dict[str, Run]:
    """What is on record of a run, also what was deleted: by trial number, the run itself by ''."""
    from mlflow.entities import ViewType

    found: dict[str, Run] = {}
    token = None
    while True:
        page = client.search_runs(
            [experiment], f"tags.`{RUN_TAG}` = '{run_id}'", ViewType.ALL, page_token=token
        )
        found |= {run.data.tags.get(TRIAL_TAG, ""): run for run in page}
        token = page.token
        if not token:
            return found


def _source_tags() -> dict[str, str]:
    return {"mlflow.source.name": "slipway", "mlflow.source.type": "JOB"}


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    lock = FileLock(path, timeout=LOCK_SECONDS)
    try:
        lock.acquire()
    except Timeout as error:
        raise StorageError(
            f"The run must be free to be recorded within {LOCK_SECONDS} seconds. Another process is at it.",
            "Try again.",
        ) from error
    try:
        yield
    finally:
        lock.release()
