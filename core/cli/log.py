"""The verbs of the prediction log: `log show`, `log stats` and `log delete`."""

from __future__ import annotations

import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from core.cli.checks import check_outputs
from core.cli.output import AsJson, say, settings, show, table
from core.errors import StorageError, list_names
from core.storage import write_bytes

if TYPE_CHECKING:
    from core.serving.prediction_log.eraser import Erasure
    from core.serving.prediction_log.reader import LogReader, Traffic
    from core.serving.prediction_log.words import LoggedRow

UNIT_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"(\d+)([mhd])")

Model = Annotated[
    str | None, typer.Argument(metavar="[MODEL[/VERSION]]", help="All models when it is left out.")
]
Since = Annotated[str, typer.Option(help="How far back: 30m, 12h or 7d.")]


def add_verbs(app: typer.Typer) -> None:
    """Adds this module's verbs, below `log`."""
    verbs = typer.Typer(help="What was predicted: rows, traffic, and deleting both.")
    for verb in (show_rows, show_stats, delete):
        verbs.command(verb.__name__.removeprefix("show_").replace("rows", "show"))(verb)
    app.add_typer(verbs, name="log", no_args_is_help=True)


def show_rows(
    model: Model = None,
    since: Since = "7d",
    flag: Annotated[str, typer.Option(help="Only rows with this flag: unseen-level, …")] = "",
    request: Annotated[str, typer.Option(help="Only the rows of this request id.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 20,
    out: Annotated[Path | None, typer.Option(help="Write them to this CSV file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show logged rows, the newest first."""
    from core.serving.prediction_log.reader import Chosen

    check_outputs(out)
    name, version = _split(model)
    begin = time.time() - parse_span(since)
    chosen = Chosen(name, version, begin, flag=flag, request_id=request)
    rows = _reader().rows(chosen, limit)
    if out is not None:
        from core.monitoring.predictions import rows_csv

        write_bytes(out, rows_csv(rows))
    document = {
        "rows": [msgspec.to_builtins(row) for row in rows],
        "out": str(out) if out else None,
    }
    lines = _row_lines(rows) if out is None else [f"Wrote {len(rows):,} rows to {out}."]
    show(as_json, document, lines)


def show_stats(
    model: Model = None,
    since: Since = "24h",
    by: Annotated[str, typer.Option(help="minute, hour, day or all.")] = "all",
    as_json: AsJson = False,
) -> None:
    """Show how much was asked, how quick the answers were, and what was not kept."""
    from core.serving.prediction_log.reader import ALL_TIME, Chosen

    steps = {"minute": 1, "hour": 60, "day": 1440, "all": ALL_TIME}
    if by not in steps:
        raise StorageError(f"--by must be one of {list_names(steps)}. Got {by!r}.")
    reader = _reader()
    name, version = _split(model)
    chosen = Chosen(name, version, time.time() - parse_span(since))
    traffic, flags = reader.traffic(chosen, steps[by]), reader.flags(chosen)
    losses = reader.losses(chosen)
    document = {
        "since": chosen.since,
        "by": by,
        "traffic": [msgspec.to_builtins(span) for span in traffic],
        "flags": [msgspec.to_builtins(flag) for flag in flags],
        "sources": reader.sources(chosen),
        "lost": [msgspec.to_builtins(loss) for loss in losses],
        "size_bytes": reader.size_bytes(),
    }
    lines = _traffic_lines(traffic, by)
    lines += [f"{f.rows:,} rows: {f.column or 'other columns'} {f.code}" for f in flags[:20]]
    lines += [f"Not kept, {loss.reason}: {loss.rows:,} rows." for loss in losses]
    show(as_json, document, lines)


def delete(
    request: Annotated[str, typer.Option(help="The rows of this request id.")] = "",
    model: Annotated[
        str, typer.Option(metavar="MODEL[/VERSION]", help="All that was kept of it.")
    ] = "",
    older: Annotated[str, typer.Option(metavar="SPAN", help="Older than 30m, 12h or 7d.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete logged rows for good."""
    from core.serving.prediction_log.databases import open_database
    from core.serving.prediction_log.eraser import Erasure, LogEraser
    from core.serving.prediction_log.reader import FOREVER

    name, version = _split(model or None)
    before = time.time() - parse_span(older) if older else FOREVER
    erasure = Erasure(request, name, version, before)
    eraser = LogEraser(open_database(settings()))
    rows = eraser.count(erasure)
    if not yes:
        _confirm(rows, erasure)
    deleted = eraser.delete(erasure)
    show(as_json, {"deleted": deleted}, [f"Deleted {deleted:,} rows."])


def parse_span(text: str) -> int:
    """The seconds of a span of time.

    Raises
    ------
    StorageError
        When it is not a whole number with a unit.

    Examples
    --------
    >>> parse_span("30m"), parse_span("7d")
    (1800, 604800)
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise StorageError(f"A span of time must be like 30m, 12h or 7d. Got {text!r}.")
    return int(found[1]) * UNIT_SECONDS[found[2]]


def _split(model: str | None) -> tuple[str | None, int | None]:
    from core.cli.models import parse_reference

    if model is None:
        return None, None
    name, reference = parse_reference(model)
    if isinstance(reference, str):
        raise StorageError(
            f"A logged row has a version and no alias. Got {reference!r}.", f"Write {name}/2."
        )
    return name, reference


def _reader() -> LogReader:
    from core.serving.prediction_log.databases import open_database
    from core.serving.prediction_log.reader import LogReader

    return LogReader(open_database(settings()))


def _confirm(rows: int, erasure: Erasure) -> None:
    if not sys.stdin.isatty():
        raise StorageError(
            f"Deleting {rows:,} rows must be confirmed. Got no terminal to ask on.", "Add --yes."
        )
    what = "and its counts " if not erasure.request_id else ""
    say(f"{rows:,} rows {what}are deleted for good.")
    typer.confirm("Delete them?", abort=True, err=True)


def _row_lines(rows: list[LoggedRow]) -> list[str]:
    if not rows:
        return ["Nothing was logged, or nothing that fits."]
    head = ["at (UTC)", "model", "prediction", "flags", "ms", "source", "request"]
    cells = [
        [
            _moment(row.at),
            f"{row.model}/{row.version}",
            str(row.prediction),
            "; ".join(f"{column}: {code}" for column, code in row.flags) or "–",
            f"{row.latency_ms:.2f}",
            row.source,
            row.request_id,
        ]
        for row in rows
    ]
    return table(head, cells)


def _traffic_lines(traffic: list[Traffic], by: str) -> list[str]:
    if not traffic:
        return ["Nothing was predicted in this time, or predictions are not logged."]
    head = ["model", "requests", "rows", "kept", "with flags", "p50 ms", "p95 ms", "p99 ms"]
    cells = [
        [
            f"{span.model}/{span.version}",
            *(f"{n:,}" for n in (span.requests, span.rows, span.kept_rows, span.flagged_rows)),
            *(f"{ms:.2f}" for ms in (span.p50_ms, span.p95_ms, span.p99_ms)),
        ]
        for span in traffic
    ]
    if by == "all":
        return table(head, cells)
    moments = [[_moment(span.at)[:16], *row] for span, row in zip(traffic, cells, strict=True)]
    return table(["from (UTC)", *head], moments)


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"
