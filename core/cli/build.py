"""The verbs that lead from a file to a registered model: `profile`, `recipe` and `train`."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from core.cli.files import load_file, read_file
from core.cli.output import AsJson, say, settings, show, table
from core.errors import RecipeError, SlipwayError, TrainingError, UnknownColumn
from core.recipe import Recipe, Role, Split, dump_recipe, load_recipe
from core.registry.words import propose_name
from core.settings import Settings
from core.training.state import RunState

File = Annotated[
    Path,
    typer.Argument(
        help="A table: CSV, Excel, Parquet, JSON, SQLite or another format that is known, also packed."
    ),
]
Target = Annotated[str | None, typer.Option(help="The column to predict.")]


def add_verbs(app: typer.Typer) -> None:
    """Adds this module's verbs."""
    app.command()(profile)
    app.command()(recipe)
    app.command()(train)


def profile(
    files: Annotated[list[Path], typer.Argument(help="The files to look at.")],
    target: Annotated[
        str | None, typer.Option(help="The column to predict: what is found about it is told too.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Say what is in files: rows, columns and their kinds, how they were read, and findings."""
    documents = [_profile_file(path, target) for path in files]
    for document in documents:
        if "error" in document:
            say(f"Error: {document['path']}: {document['error']}")
    lines = [line for document in documents if "error" not in document for line in _lines(document)]
    show(as_json, {"files": documents}, lines)
    return 2 if all("error" in document for document in documents) else 0


def recipe(
    file: File,
    target: Target = None,
    task: Annotated[str | None, typer.Option(help="binary, multiclass or regression.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write it here instead of printing it.")] = None,
) -> None:
    """Propose a recipe for a file, to be edited and given to `train --recipe`."""
    from core.data.store import DatasetStore
    from core.features.proposal import propose_recipe
    from core.scoring.proposal import propose_judging
    from core.storage import write_bytes

    chosen = settings()
    store = DatasetStore(chosen.datasets_dir, chosen.max_upload_bytes)
    dataset = store.load(load_file(chosen, file).id)
    text = dump_recipe(propose_judging(dataset, propose_recipe(dataset, target, task)))
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_bytes(out, text.encode())
        say(f"Wrote {out}.")


def train(
    file: File,
    target: Target = None,
    task: Annotated[str | None, typer.Option(help="binary, multiclass or regression.")] = None,
    recipe: Annotated[
        Path | None, typer.Option(help="A recipe; other options override it.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="Seconds after which no fit is begun.", min=0.001)
    ] = None,
    metric: Annotated[str | None, typer.Option(help="The metric that decides.")] = None,
    name: Annotated[str | None, typer.Option(help="The model's name in the registry.")] = None,
    as_json: AsJson = False,
) -> int:
    """Train all candidates on a file, score the best on the hold-out, and register it."""
    from core.data.store import DatasetStore
    from core.serving.registration import deploy
    from core.training.jobs import choose_winner, start_run

    chosen = settings()
    store = DatasetStore(chosen.datasets_dir, chosen.max_upload_bytes)
    given = _given_recipe(file, recipe, target)
    info = load_file(chosen, file, given.read if given else None)
    plan = _make_recipe(store, info.id, given, target, task, metric, budget)
    about_target = _tell_findings(store, info.id, plan)
    run_id = start_run(chosen, info.id, plan)
    threading.Thread(target=_prepare_registry, args=[chosen], daemon=True).start()
    state = _watch(chosen, run_id)
    best = state.best
    if state.status != "finished" or best is None:
        raise TrainingError(state.message or f"The run was {state.status}.")
    holdout = choose_winner(chosen, state.id, best.name)
    version = deploy(
        chosen, state.id, best.name, name or propose_name(file.stem), by="command line"
    )
    findings = [msgspec.to_builtins(finding) for finding in (*about_target, *info.findings)]
    document = {
        "task": state.task,
        "target": state.target,
        "metric": state.metric,
        "rows": info.rows,
        "elapsed_seconds": round(state.elapsed_seconds, 3),
        "leaderboard": _leaderboard(state, best.name, holdout.metrics.get(state.metric)),
        "best": best.name,
        "holdout": holdout.metrics,
        "model": version.name,
        "version": version.version,
        "findings": findings,
        "run": state.id,
    }
    show(as_json, document, _train_lines(document))
    return 0


def _tell_findings(store: Any, dataset_id: str, plan: Recipe) -> tuple[Any, ...]:
    """What is found about the target; told where it wants a decision, or led to one."""
    from core.data.findings import Subject, find_about_target

    dataset = store.load(dataset_id)
    roles = {name: choice.role for name, choice in plan.columns.items()}
    subject = Subject(dataset.frame, dataset.info.columns, plan.target, roles, plan.split)
    found = find_about_target(subject)
    for finding in found:
        if finding.severity != "info" or subject.is_ignored(str(finding.column)):
            say(f"{finding.severity.capitalize()}: {finding.message} {finding.hint}")
    return found


def _given_recipe(file: Path, path: Path | None, target: str | None) -> Recipe | None:
    """The recipe in the file, if one is named; without it, a target must be."""
    if path is None and target is None:
        raise RecipeError(
            "The column to predict must be named. Got neither --target nor --recipe.",
            f"Add --target COLUMN; `python -m core profile {file}` lists the columns.",
        )
    return load_recipe(_read(path)) if path else None


def _make_recipe(
    store: Any,
    dataset_id: str,
    given: Recipe | None,
    target: str | None,
    task: str | None,
    metric: str | None,
    budget: float | None,
) -> Recipe:
    """The given recipe, or the proposed one, with the options put in."""
    from core.features.proposal import propose_recipe, retarget
    from core.scoring.proposal import propose_judging

    if given is None:
        dataset = store.load(dataset_id)
        made = propose_judging(dataset, propose_recipe(dataset, target, task))
    elif (target and target != given.target) or (task and task != given.task):
        made = retarget(given, store.load(dataset_id), target or given.target, task)
    else:
        made = given
    changes = {"metric": metric, "budget_seconds": budget}
    return msgspec.structs.replace(made, **{k: v for k, v in changes.items() if v is not None})


def _prepare_registry(chosen: Settings) -> None:
    """Does the registry's slow imports and its first database while the candidates are trained."""
    import skops.io  # noqa: F401  # it imports all of scikit-learn

    from core.registry.database import prepare_database

    with suppress(SlipwayError):  # the deployment will tell
        prepare_database(chosen)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecipeError(f"The recipe {path} cannot be read: {error.strerror}.") from error


def _watch(chosen: Settings, run_id: str) -> RunState:
    """Tells of the run's progress until it has ended; Ctrl-C stops the run too."""
    from core.training.jobs import cancel_run, wait_for_run

    told: dict[str, str] = {}

    def tell(state: RunState) -> None:
        for c in state.candidates:
            if c.status not in ("waiting", "running") and told.get(c.name) != c.status:
                told[c.name] = c.status
                say(_candidate_line(c, state))

    try:
        return wait_for_run(chosen, run_id, tell)
    except KeyboardInterrupt:
        cancel_run(chosen, run_id)
        raise


def _candidate_line(candidate: Any, state: RunState) -> str:
    from core.scoring.metrics import get_metric

    metric = get_metric(state.metric)
    share = f"[{state.done_tasks}/{state.total_tasks}]"
    if candidate.status != "done":
        return (
            f"{share} {candidate.title}: {candidate.status.replace('_', ' ')}. {candidate.reason}"
        )
    mean, spread = candidate.cv_mean(state.metric), candidate.cv_std(state.metric)
    return (
        f"{share} {candidate.title}: {metric.title} {metric.format(mean)} ± {metric.format(spread)}"
    )


def _leaderboard(state: RunState, best: str, test: float | None) -> list[dict[str, Any]]:
    """Best first; only the winner has a test score, since the hold-out is scored once."""
    ranked = state.ranked()
    rest = [c for c in state.candidates if c not in ranked]
    return [
        {
            "candidate": c.name,
            "cv_mean": c.cv_mean(state.metric),
            "cv_std": c.cv_std(state.metric),
            "train": c.train_mean(state.metric),
            "test": test if c.name == best else None,
            "fit_seconds": c.fit_seconds,
            "predict_ms": c.predict_ms,
            "status": c.status,
            "reason": c.reason,
            "note": c.note,
        }
        for c in [*ranked, *rest]
    ]


def _train_lines(document: dict[str, Any]) -> list[str]:
    from core.scoring.metrics import get_metric

    metric = get_metric(document["metric"])
    rows = [
        [
            row["candidate"],
            metric.format(row["cv_mean"]),
            metric.format(row["cv_std"]),
            metric.format(row["test"]),
            "–" if row["fit_seconds"] is None else f"{row['fit_seconds']:.2f}",
            row["status"].replace("_", " "),
        ]
        for row in document["leaderboard"]
    ]
    return [
        *table(["candidate", metric.title, "±", "hold-out", "fit s", "status"], rows),
        "",
        f"Registered {document['best']} as {document['model']} version {document['version']}.",
    ]


def _profile_file(path: Path, target: str | None) -> dict[str, Any]:
    """What is in one file, or why it cannot be read."""
    from core.data.findings import Subject, find
    from core.data.kinds import KINDS
    from core.data.profiling import coerce_columns, describe_columns, infer_kinds

    try:
        reading, sampled_from = read_file(settings(), path)
        day_first = reading.options.day_first
        kinds = infer_kinds(reading.frame, reading.units, day_first)
        frame = coerce_columns(reading.frame, kinds, day_first)
        columns = describe_columns(frame, kinds, units=reading.units)
        if target is not None and target not in kinds:
            raise UnknownColumn(target, list(kinds))
    except SlipwayError as error:
        return {"path": str(path), "error": f"{error.message} {error.hint}".strip()}
    # What numbers or names rows is no feature; copies of a row differ in it.
    roles = {column.name: Role.IGNORE for column in columns if not KINDS[column.kind].is_feature}
    subject = Subject(
        frame, columns, target, roles, Split(), reading.frame, reading.renamed, reading.skipped
    )
    found = find(subject)
    return {
        "path": str(path),
        "rows": len(frame),
        "sampled_from": sampled_from,
        "columns": [
            {"name": c.name, "type": c.kind, "missing": c.missing, "unique": c.unique}
            for c in columns
        ],
        "encoding": reading.options.encoding,
        "delimiter": reading.options.delimiter,
        "findings": [msgspec.to_builtins(f) for f in found],
        "skipped": [msgspec.to_builtins(row) for row in reading.skipped],
    }


def _how_read(document: dict[str, Any]) -> list[str]:
    """How a text was read; other formats say it themselves."""
    if not document["delimiter"]:
        return []
    return [f"read as {document['encoding']}, divided by {document['delimiter']!r}"]


def _lines(document: dict[str, Any]) -> list[str]:
    rows = [
        [c["name"], c["type"], f"{c['missing']:,}", f"{c['unique']:,}"] for c in document["columns"]
    ]
    return [
        f"{document['path']}: {document['rows']:,} rows, {len(rows)} columns",
        *_how_read(document),
        *table(["column", "kind", "missing", "unique"], rows),
        *[f"{f['severity']}: {f['message']} {f['hint']}" for f in document["findings"]],
        *[f"line {s['line']} left out: {s['reason']}" for s in document["skipped"]],
        "",
    ]
