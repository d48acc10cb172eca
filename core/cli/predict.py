"""The verb that predicts the rows of a file."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from core.cli.checks import check_outputs, check_scheduler_of
from core.cli.models import Reference, parse_reference
from core.cli.output import AsJson, say, settings, show

SHOWN_PROBLEMS = 20
TOLD_PERCENT = 10
"""How much further it must have come to be told again, where no terminal shows one line that changes."""

STAGES = {"looking": "looking at it", "predicting": "predicting"}


def predict(
    model: Reference,
    file: Annotated[Path, typer.Argument(help="The rows to predict, in any format that is known.")],
    out: Annotated[Path, typer.Option(help="The .csv or .parquet file to write.")],
    rejects: Annotated[
        Path | None,
        typer.Option(help="A file for the rows that cannot be predicted, with the reason."),
    ] = None,
    scheduler: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="A Dask scheduler whose workers predict; else DASK_SCHEDULER_ADDRESS, else this machine.",
        ),
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Predict the rows of a file of any size: the same rows out, with prediction and probabilities.

    Rows that cannot be predicted are set aside with the reason. The exit code is 2 when none could be.
    """
    from core.registry.registry import Registry
    from core.serving.bulk.places import open_place
    from core.serving.bulk.recorded import predict_recorded
    from core.serving.bulk.running import Target
    from core.serving.bulk.writing import format_of
    from core.serving.hub import ModelHub
    from core.serving.prediction_log import open_prediction_log

    for path in (out, rejects or out):
        format_of(path)
    check_outputs(out, rejects)
    chosen = settings()
    check_scheduler_of(chosen, scheduler)
    name, reference = parse_reference(model)
    engine = ModelHub(Registry(chosen), chosen.default_model).get(name, reference)
    size = file.stat().st_size if file.is_file() else 0
    teller = _Teller(file.name)
    try:
        with (
            open_prediction_log(chosen) or nullcontext() as log,
            open_place(chosen, size, scheduler) as place,
        ):
            outcome = predict_recorded(
                engine, log, "command line", file, Target(out, rejects), place=place, tell=teller
            )
    finally:
        teller.end()
    tally = outcome.tally
    for notice in outcome.notices:
        say(f"Note: {notice}")
    for problem in tally.problems[:SHOWN_PROBLEMS]:
        say(f"Data row {problem.row + 1:,}: {problem.message}")
    if tally.set_aside > SHOWN_PROBLEMS:
        say(f"… and {tally.set_aside - SHOWN_PROBLEMS:,} more rows that could not be predicted.")
    document = {
        "model": engine.contract.model,
        "version": engine.contract.version,
        "rows": tally.rows,
        "predicted": tally.predicted,
        "flagged": tally.flagged,
        "set_aside": tally.set_aside,
        "out": str(out),
        "rejects": str(rejects) if rejects else None,
        "flags": [
            {"column": flag.column, "code": flag.code, "rows": flag.rows, "values": flag.values}
            for flag in tally.flags.values()
        ],
        "notices": list(outcome.notices),
        "problems": [msgspec.to_builtins(problem) for problem in tally.problems],
    }
    aside = f" {tally.set_aside:,} rows are set aside with the reason." if tally.set_aside else ""
    show(as_json, document, [f"Wrote {tally.predicted:,} predictions to {out}.{aside}"])
    return 0 if tally.predicted else 2


class _Teller:
    """Tells on standard error how far it is, once that takes a while."""

    def __init__(self, name: str) -> None:
        self._name, self._stage, self._percent = name, "", 0
        self._is_line = False

    def __call__(self, stage: str, fraction: float, rows: int) -> None:
        """Takes how far it is."""
        if stage != self._stage:
            self._stage, self._percent = stage, 0
        percent = int(fraction * 100)
        counted = f", {rows:,} rows" if rows else ""
        line = f"{self._name}: {STAGES[stage]}, {percent}%{counted}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{line}\x1b[K")
            sys.stderr.flush()
            self._is_line = True
        # What is done at once is told at its end.
        elif self._percent + TOLD_PERCENT <= percent < 100:
            self._percent = percent
            say(line)

    def end(self) -> None:
        """Leaves the line that changed behind."""
        if self._is_line:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._is_line = False
