"""The verbs together, and the one place where an error becomes a line and an exit code."""

import sys
import time

import msgspec
import typer
from typer.exceptions import TyperException

from core.cli import build, keys, log, runs, ship, train, versions
from core.cli.output import say
from core.errors import SlipwayError

USER_MISTAKE = 2


def make_app() -> typer.Typer:
    """The command line with all its verbs."""
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
    began = time.time() if arguments is not None else _process_began()
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = make_app()(arguments, standalone_mode=False, obj=began)
        return code if isinstance(code, int) else 0
    except SlipwayError as error:
        message, hint = error.message, error.hint
    except TyperException as error:
        message, hint = _usage(error), "Add --help to see what it takes."
    except KeyboardInterrupt:
        say("Stopped.")
        return 130
    say(f"Error: {message} {hint}".strip())
    if "--json" in arguments:
        sys.stdout.write(
            msgspec.json.encode({"error": {"message": message, "hint": hint}}).decode() + "\n"
        )
    return USER_MISTAKE


def _process_began() -> float:
    """When this process began, in seconds as `time.time` counts: a time budget covers its imports too."""
    import psutil

    return float(psutil.Process().create_time())


def _usage(error: TyperException) -> str:
    text = getattr(error, "format_message", lambda: str(error))()
    return " ".join(text.split())
