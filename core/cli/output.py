"""What the command line prints: results on standard output, everything else on standard error."""

import getpass
import json
import os
from typing import Annotated, Any

import msgspec
import typer

from core.cli.streams import say, write
from core.settings import Settings

__all__ = [
    "AsJson",
    "Target",
    "Task",
    "json_text",
    "say",
    "settings",
    "show",
    "table",
    "who",
    "write",
]

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


def show(as_json: bool, document: Any, lines: list[str]) -> None:
    """Prints the document as JSON, or the lines."""
    write(f"{json_text(document)}\n" if as_json else "".join(f"{line}\n" for line in lines))


def json_text(document: Any) -> str:
    r"""JSON in ASCII, which every encoding has; it has no word for "not a number", which is written as null.

    Examples
    --------
    >>> json_text({"Größe": float("nan"), "on": ("yes", 1)})
    '{"Gr\\u00f6\\u00dfe": null, "on": ["yes", 1]}'
    """
    text = json.dumps(msgspec.to_builtins(document))
    return json.dumps(json.loads(text, parse_constant=lambda _: None))


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
