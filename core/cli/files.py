"""Files on the command line: large ones are loaded beside it, and their progress told."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.cli.output import say
from core.data.dataset import DatasetInfo
from core.data.load_state import LoadState
from core.data.loading import SMALL_BYTES, cancel_load, loaded_info, start_file_load, wait_for_load
from core.data.memory import memory_budget, show_size
from core.recipe import ReadOptions
from core.settings import Settings

if TYPE_CHECKING:
    from core.data.reading import Reading

FILE_HELP = (
    "A table: CSV, Excel, Parquet, JSON, SQLite or another format that is known, also packed."
)

TOLD_PERCENT = 10
"""How much further a load must have come to be told again."""


def load_file(chosen: Settings, path: Path, options: ReadOptions | None = None) -> DatasetInfo:
    """What is known of the data set in a file, which is in the store from now on; Ctrl-C stops it.

    Raises
    ------
    DataError, StorageError
        When it cannot be loaded; the message says why.
    """
    load_id = start_file_load(chosen, path, options)
    try:
        info = loaded_info(chosen, wait_for_load(chosen, load_id, _teller(path)))
    except KeyboardInterrupt:
        cancel_load(chosen, load_id)
        raise
    _say_sample(path, info.rows, info.sampled_from)
    return info


def read_file(chosen: Settings, path: Path) -> tuple["Reading", int | None]:
    """The table in a file, and how many rows the file has when it is only a sample of them.

    Raises
    ------
    UnreadableFile, StorageError
        When it cannot be read.
    """
    from core.data.fitting_in import fit_in
    from core.data.reading import read_content, read_path, read_table

    if not path.is_file() or path.stat().st_size <= SMALL_BYTES:
        return read_path(path), None
    say_reading(path)
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample"
        fitting = fit_in(path, path.name, None, memory_budget(chosen), sample)
        reading = read_table(read_content(fitting.path), path.name, fitting.options)
    rows = fitting.sampled_from[0] if fitting.sampled_from else None
    _say_sample(path, len(reading.frame), rows)
    return reading, rows


def say_reading(path: Path) -> None:
    """Tells that a large file is being read."""
    if path.is_file() and path.stat().st_size > SMALL_BYTES:
        say(f"{path.name}: reading {show_size(path.stat().st_size)}")


def _say_sample(path: Path, rows: int, sampled_from: int | None) -> None:
    if sampled_from is not None:
        say(f"{path.name}: {rows:,} of {sampled_from:,} rows were drawn, as memory is short.")


def _teller(path: Path) -> Callable[[LoadState], None]:
    told = {"percent": 0}

    def tell(state: LoadState) -> None:
        percent = int(state.fraction * 100)
        if state.size_bytes > SMALL_BYTES and percent >= told["percent"] + TOLD_PERCENT:
            told["percent"] = percent
            say(f"{path.name}: {state.stage}, {percent}%")

    return tell
