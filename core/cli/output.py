"""What the command line prints: results on standard output, everything else on standard error."""

import getpass
import json
import os
import sys
from typing import Annotated, Any

import msgspec
import typer

from core.settings import Settings

Target = Annotated[str | None, typer.Option(help="The column to predict.")]
Task = Annotated[str | None, typer.Option(help="binary, multiclass or regression.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]


def settings() -> Settings:
    """The settings of this process's environment.

    Raises
    ------
    SettingsError
        When a variable has a value that cannot be used.
    """
    return Settings.from_environment(os.environ)


def say(text: str) -> None:
    """Prints a line for a person on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def show(as_json: bool, document: Any, lines: list[str]) -> None:
    """Prints the document as JSON, or the lines.

    JSON has no word for "not a number"; such values are written as null.
    """
    if as_json:
        show_json(document)
    else:
        sys.stdout.write("".join(f"{line}\n" for line in lines))


def show_json(document: Any) -> None:
    """Prints a JSON object; letters that the terminal's encoding has not are escaped, as JSON allows."""
    text = msgspec.json.encode(document).decode()
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = json.dumps(json.loads(text))
    sys.stdout.write(text + "\n")


def who() -> str:
    """The user's name, for the history and the turns of those who train; containers may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "command line"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """The rows as aligned lines under their head.

    Examples
    --------
    >>> table(["name", "rows"], [["a", "10"], ["long", "5"]])
    ['name  rows', 'a     10', 'long  5']
    """
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [head, *rows]
    ]
