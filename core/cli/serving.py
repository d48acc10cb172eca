"""The verb that is waited for: `serve` begins without what only reading a command line needs.

Typer and the other verbs take as long to import as all of the server. A command of whole options, each named in
full, is read here; what it means otherwise, help and mistakes among it, is left to Typer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace

from core.errors import SettingsError
from core.settings import ACCESS_LOGS, Settings

LOG_LEVELS = ("debug", "info", "warning", "error")

THREADS_OF_ALGEBRA = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
"""What says how many threads numpy's algebra has, the first before the second."""


def read_options(arguments: Sequence[str]) -> dict[str, str | int] | None:
    """The options of `run_server` that follow `serve`; None where Typer has to read them.

    Examples
    --------
    >>> read_options(["serve", "--port", "0", "--log-level=error"])
    {'port': 0, 'log_level': 'error'}
    >>> read_options(["serve", "--port", "many"]) is read_options(["runs"]) is None
    True
    """
    if list(arguments[:1]) != ["serve"]:
        return None
    words = [part for word in arguments[1:] for part in _split(word)]
    found: dict[str, str | int] = {}
    for name, text in zip(words[::2], words[1::2], strict=False):
        value = _OPTIONS[name](text) if name in _OPTIONS else None
        if value is None:
            return None
        found[name.removeprefix("--").replace("-", "_")] = value
    return None if len(words) % 2 else found


def run_server(
    host: str | None = None,
    port: int | None = None,
    workers: int = 1,
    access_log: str | None = None,
    log_level: str = "info",
) -> None:
    """Nothing, once the server was stopped; see `core.serving.server.serve`.

    Raises
    ------
    SettingsError
        When an option or an environment variable has a value that cannot be used.
    """
    _check_choice("--log-level", log_level, LOG_LEVELS)
    settings = Settings.from_environment(os.environ)
    if access_log is not None:
        _check_choice("--access-log", access_log, ACCESS_LOGS)
        settings = replace(settings, api=replace(settings.api, access_log=access_log))
    # Rows are many and small: a second thread of algebra only takes the processor from other requests, and at
    # the start a tenth of a second. It is read when numpy is imported.
    if not any(os.environ.get(name) for name in THREADS_OF_ALGEBRA):
        os.environ[THREADS_OF_ALGEBRA[0]] = "1"
    import logging

    from core.serving.server import LOG_FORMAT, serve

    logging.basicConfig(level=log_level.upper(), format=LOG_FORMAT)
    serve(settings, host, port, workers, log_level)


def _split(word: str) -> list[str]:
    name, mark, value = word.partition("=")
    return [name, value] if mark and name.startswith("--") else [word]


def _read_text(text: str) -> str | None:
    return text if text and not text.startswith("-") else None


def _read_number(least: int, most: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        is_number = text.isascii() and text.isdecimal() and least <= int(text) <= most
        return int(text) if is_number else None

    return read


_OPTIONS: dict[str, Callable[[str], str | int | None]] = {
    "--host": _read_text,
    "--port": _read_number(0, 65_535),
    "--workers": _read_number(1, 10_000),
    "--access-log": _read_text,
    "--log-level": _read_text,
}


def _check_choice(option: str, text: str, choices: tuple[str, ...]) -> None:
    if text not in choices:
        raise SettingsError(f"{option} must be one of {', '.join(choices)}. Got {text!r}.")
