"""The verbs that look at a file: `profile` and `recipe`."""

from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from core.cli.checks import check_outputs
from core.cli.files import FILE_HELP, load_file, read_file
from core.cli.output import AsJson, Target, Task, say, settings, show, table, write
from core.cli.streams import is_utf8
from core.errors import SlipwayError, UnknownColumn
from core.recipe import Role, Split, dump_recipe


def add_verbs(app: typer.Typer) -> None:
    """Adds this module's verbs."""
    app.command()(profile)
    app.command()(recipe)


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
    file: Annotated[Path, typer.Argument(help=FILE_HELP)],
    target: Target = None,
    task: Task = None,
    out: Annotated[Path | None, typer.Option(help="Write it here instead of printing it.")] = None,
) -> None:
    """Propose a recipe for a file, to be edited and given to `train --recipe`."""
    from core.data.store import DatasetStore
    from core.features.proposal import propose_recipe
    from core.scoring.proposal import propose_judging
    from core.storage import write_bytes
    from core.tasks import get_task

    check_outputs(out)
    if task is not None:
        get_task(task)
    chosen = settings()
    store = DatasetStore(chosen.datasets_dir, chosen.max_upload_bytes)
    dataset = store.load(load_file(chosen, file).id)
    proposed = propose_judging(dataset, propose_recipe(dataset, target, task))
    if out is None:
        # Redirected to a file it must be read back as UTF-8, with the very names.
        write(dump_recipe(proposed, is_ascii=not is_utf8()))
    else:
        write_bytes(out, dump_recipe(proposed).encode())
        say(f"Wrote {out}.")


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
        frame,
        columns,
        target,
        roles,
        Split(),
        reading.frame,
        reading.renamed,
        reading.skipped,
        reading.doubts,
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
