"""The verbs together, and the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from core.cli.serving import read_options, run_server
from core.cli.streams import UNREAD, ReaderGone, make_lenient, say, write
from core.errors import SlipwayError, StorageError

if TYPE_CHECKING:
    import typer

USER_MISTAKE = 2


def make_app() -> typer.Typer:
    """The command line with all its verbs."""
    import typer

    from core.cli import build, keys, log, runs, ship, train, versions

    app = typer.Typer(
        name="python -m core",
        help="Slipway: from a data file to a served model.",
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        no_args_is_help=True,
    )
    build.add_verbs(app)
    train.add_verbs(app)
    runs.add_verbs(app)
    ship.add_verbs(app)
    versions.add_verbs(app)
    keys.add_verbs(app)
    log.add_verbs(app)
    return app


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 0 when it went well, 2 after a user's mistake, told in one line.

    With `--json` the mistake is also the one JSON object on standard output.
    """
    make_lenient()
    began = time.time() if arguments is not None else None
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        try:
            code = _run(arguments, began)
            write("")  # what was kept back goes out now, where its failure can be told
            return code
        except SlipwayError as error:
            _tell(error, as_json="--json" in arguments)
            return USER_MISTAKE
    except ReaderGone:
        return UNREAD
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


def _run(arguments: list[str], began: float | None) -> int:
    options: dict[str, Any] | None = read_options(arguments)
    if options is None:
        return _run_verb(arguments, began or _process_began())
    run_server(**options)
    return 0


def _run_verb(arguments: list[str], began: float) -> int:
    """The exit code; raises `SlipwayError`, also where the arguments cannot be read."""
    from typer.exceptions import TyperException

    from core.processes import return_freed_memory

    return_freed_memory()
    try:
        code = make_app()(arguments, standalone_mode=False, obj=began)
    except TyperException as error:
        raise SlipwayError(_usage(error), "Add --help to see what it takes.") from error
    return code if isinstance(code, int) else 0


def _tell(error: SlipwayError, *, as_json: bool) -> None:
    say(f"Error: {error.message} {error.hint}".strip())
    if as_json:
        from core.cli.output import show

        with suppress(StorageError):  # which was told, where it is what went wrong
            show(as_json, {"error": {"message": error.message, "hint": error.hint}}, [])


def _process_began() -> float:
    """When this process began, in seconds as `time.time` counts: a time budget covers its imports too."""
    import psutil

    return float(psutil.Process().create_time())


def _usage(error: Exception) -> str:
    text = getattr(error, "format_message", lambda: str(error))()
    return " ".join(text.split())
