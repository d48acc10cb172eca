"""The verb that leads from a file to a registered model: `train`."""

import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from core.cli.checks import check_training
from core.cli.files import FILE_HELP, load_file
from core.cli.leaderboard import train_document, train_lines
from core.cli.output import AsJson, Target, Task, say, settings, show, who
from core.cli.watching import watch_run
from core.errors import RecipeError, SlipwayError, TrainingError
from core.processes import trim_memory
from core.recipe import Recipe, load_recipe
from core.registry.words import check_name, propose_name
from core.settings import Settings

CLOSING_STARTS = 2.5
CLOSING_READS = 5.0
"""Scoring the hold-out and registering take so many times what starting this command took, and so many times
what was done with the stored table before the run; both were measured where the model is small, with a second
to spare. What a large one takes beside that the run itself provides for."""

LARGE_BYTES = 100 * 2**20
"""A larger file takes minutes where there is no budget: what registering imports, 130 MB, is better not held beside
the fits to spare the last three seconds."""

CLOSING_SHARE = 0.3
"""Of a short budget no more than this is kept back for them."""


def add_verbs(app: typer.Typer) -> None:
    """Adds this module's verb."""
    app.command()(train)


def train(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help=f"{FILE_HELP} Not needed with --resume.")
    ] = None,
    target: Target = None,
    task: Task = None,
    recipe: Annotated[
        Path | None, typer.Option(help="A recipe; other options override it.")
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            help="Seconds that the whole command may take, waiting for a turn included.", min=0.001
        ),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(help="How many settings to try beyond the defaults.", min=0)
    ] = None,
    ensemble: Annotated[
        bool | None,
        typer.Option(
            "--ensemble/--no-ensemble", help="Put the best together where that is better."
        ),
    ] = None,
    metric: Annotated[str | None, typer.Option(help="The metric that decides.")] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="RUN", help="Go on from the trials of this run.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The Dask cluster that does the work.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The model's name in the registry.")] = None,
    as_json: AsJson = False,
) -> int:
    """Train candidates on a file, search for good settings, score the best on the hold-out, and register it."""
    from core.training.spares import held_spare

    chosen = settings()
    if scheduler is not None:
        chosen = replace(chosen, dask_scheduler=scheduler)
    if name is not None:
        check_name(name)
    given = _given_recipe(chosen, file, recipe, target, resume)
    options = (metric, budget, trials, ensemble)
    # Its process imports while this one reads the file.
    with held_spare(chosen) as spare:
        from core.data.store import DatasetStore
        from core.training.jobs import check_ended, choose_winner, start_run

        if resume is not None:
            check_ended(chosen, resume)
        # What is made over for another target is looked at once that is known.
        kept = None if given is None or _is_other(given, target, task) else given
        check_training(chosen, kept and _with_options(kept, *options), task, metric)
        store = DatasetStore(chosen.datasets_dir, chosen.max_upload_bytes)
        start_seconds = time.time() - context.obj
        dataset_id = _dataset_id(chosen, file, given, resume)
        loaded = time.perf_counter()
        plan = _make_recipe(store, dataset_id, given, target, task)
        plan = _with_options(plan, *options)
        info, about_target = _tell_findings(store, dataset_id, plan)
        closing = _closing_seconds(plan.budget_seconds, start_seconds, time.perf_counter() - loaded)
        run_id = start_run(
            chosen,
            dataset_id,
            plan,
            owner=who(),
            resume=resume,
            spent_seconds=time.time() - context.obj + closing,
            spare=spare,
        )
    trim_memory()
    if plan.budget_seconds is not None or info.size_bytes <= LARGE_BYTES:
        threading.Thread(target=_prepare_registry, args=[chosen], daemon=True).start()
    state = watch_run(chosen, run_id)
    best = state.best
    if state.status != "finished" or best is None:
        raise TrainingError(state.message or f"The run was {state.status}.")
    from core.serving.registration import deploy

    holdout = choose_winner(chosen, state.id, best.name)
    title = name or propose_name((file or Path(info.name)).stem)
    version = deploy(
        chosen,
        state.id,
        best.name,
        title,
        by="command line",
        # Where the whole command has a budget, fitting was done within the run, or there was no time for it.
        on_all_rows=None if plan.budget_seconds else True,
    )
    document = train_document(state, holdout, version, info, about_target)
    show(as_json, document, train_lines(document))
    return 0


def _given_recipe(
    chosen: Settings, file: Path | None, path: Path | None, target: str | None, resume: str | None
) -> Recipe | None:
    """The recipe in the file or of the run to go on from; without either, a target must be named."""
    if file is None and resume is None:
        raise RecipeError(
            "The file to learn from must be named. Got none.",
            "Write `train FILE --target COLUMN`, or `train --resume RUN` to go on from a run.",
        )
    if path is not None:
        return load_recipe(_read(path))
    if resume is not None:
        from core.training.runs import RunStore

        return RunStore(chosen.runs_dir).recipe(resume)
    if target is None:
        raise RecipeError(
            "The column to predict must be named. Got neither --target nor --recipe.",
            f"Add --target COLUMN; `python -m core profile {file}` lists the columns.",
        )
    return None


def _dataset_id(
    chosen: Settings, file: Path | None, given: Recipe | None, resume: str | None
) -> str:
    """The data set in the file, or that of the run to go on from."""
    if file is not None:
        return load_file(chosen, file, given.read if given else None).id
    from core.training.runs import RunStore

    assert resume is not None
    return RunStore(chosen.runs_dir).state(resume).dataset_id


def _make_recipe(
    store: Any, dataset_id: str, given: Recipe | None, target: str | None, task: str | None
) -> Recipe:
    """The given recipe, for this target and task, or the proposed one."""
    from core.features.proposal import propose_recipe, retarget

    if given is None:
        assert target is not None
        return propose_recipe(store.load(dataset_id), target, task)
    if _is_other(given, target, task):
        return retarget(given, store.load(dataset_id), target or given.target, task)
    return given


def _is_other(given: Recipe, target: str | None, task: str | None) -> bool:
    """Whether the recipe is to be made over for another target or task."""
    return bool((target and target != given.target) or (task and task != given.task))


def _with_options(
    plan: Recipe,
    metric: str | None,
    budget: float | None,
    trials: int | None,
    ensemble: bool | None,
) -> Recipe:
    """The recipe with the options put in that were given."""
    search = {"trials": trials, "ensemble": ensemble}
    changes = {
        "metric": metric,
        "budget_seconds": budget,
        "search": msgspec.structs.replace(
            plan.search, **{k: v for k, v in search.items() if v is not None}
        ),
    }
    return msgspec.structs.replace(plan, **{k: v for k, v in changes.items() if v is not None})


def _tell_findings(store: Any, dataset_id: str, plan: Recipe) -> tuple[Any, tuple[Any, ...]]:
    """What is known of the data set, and found about the target; told where it wants a decision, or led to one."""
    from core.data.findings import Subject, find_about_target

    dataset = store.load(dataset_id)
    roles = {name: choice.role for name, choice in plan.columns.items()}
    subject = Subject(dataset.frame, dataset.info.columns, plan.target, roles, plan.split)
    found = find_about_target(subject)
    for finding in found:
        if finding.severity != "info" or subject.is_ignored(str(finding.column)):
            say(f"{finding.severity.capitalize()}: {finding.message} {finding.hint}")
    return dataset.info, found


def _prepare_registry(chosen: Settings) -> None:
    """Does what is slow the first time while the candidates are trained: imports, the database, writing a model."""
    import pandas as pd
    import skops.io  # noqa: F401  # it imports all of scikit-learn
    from sklearn.dummy import DummyRegressor
    from sklearn.pipeline import Pipeline

    from core.registry.artifacts import write_folder
    from core.registry.database import connect

    rows = pd.DataFrame({"x": [0.0, 1.0]})
    model = Pipeline([("model", DummyRegressor())]).fit(rows, rows["x"])
    with suppress(SlipwayError, OSError):  # the deployment will tell
        connect(chosen)
        # Writing a first one, MLflow looks through all that is installed, for two seconds.
        with tempfile.TemporaryDirectory() as folder:
            write_folder(Path(folder) / "model", model, {}, rows)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecipeError(f"The recipe {path} cannot be read: {error.strerror}.") from error


def _closing_seconds(
    budget_seconds: float | None, start_seconds: float, table_seconds: float
) -> float:
    """How much of the budget is kept back for what comes after the run.

    Parameters
    ----------
    start_seconds
        What starting this command took, imports included.
    table_seconds
        What making the recipe from the stored table and looking for findings took.

    Examples
    --------
    >>> _closing_seconds(None, 1.0, 0.5), round(_closing_seconds(30.0, 1.0, 0.5), 1)
    (0.0, 5.0)
    >>> _closing_seconds(10.0, 5.0, 2.0)
    3.0
    """
    if budget_seconds is None:
        return 0.0
    needed = CLOSING_STARTS * start_seconds + CLOSING_READS * table_seconds
    return min(needed, CLOSING_SHARE * budget_seconds)
