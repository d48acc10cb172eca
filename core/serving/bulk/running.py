"""A file of rows to a file of predictions, part by part: neither is ever in memory as a whole."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

import pandas as pd
import pyarrow as pa

from core.data.containers import unpack_file
from core.data.foreign import refuse_foreign
from core.data.reading import read_content
from core.data.streaming.blocks import BLOCK_BYTES
from core.data.streaming.plain_text import PlainText, to_plain_text
from core.data.tables import find_format
from core.serving.batch import BatchResult, predict_file, text_columns, to_csv_bytes
from core.serving.bulk.answering import AnswerNames, free_name, name_answers
from core.serving.bulk.job_state import LOOKING, PREDICTING
from core.serving.bulk.noticing import compare_columns, compare_units
from core.serving.bulk.parquet_source import open_parquet
from core.serving.bulk.places import Here, Place
from core.serving.bulk.sources import Part, Source, do_part, make_job
from core.serving.bulk.tally import Tally
from core.serving.bulk.text_source import open_text
from core.serving.bulk.writing import RowsSink, format_of
from core.serving.engine import Engine
from core.serving.files import choose_reading
from core.storage import replacing, storage_errors

HEAD_BYTES = 2**16
"""How much of a file says which format it has."""

SHOWN_BYTES = 2**18
"""How much of a large text shows how it is read."""

Tell = Callable[[str, float, int], None]
"""Takes a stage, how much of it is done from 0 to 1, and how many rows are predicted or set aside."""


def tell_nobody(stage: str, fraction: float, rows: int) -> None:
    """Nothing: what is given where nobody waits."""


@dataclass(frozen=True)
class Target:
    """What is written.

    Attributes
    ----------
    out
        All rows with their predictions.
    rejects
        The rows without a prediction, with the reason; None = they are only in `out`.
    """

    out: Path
    rejects: Path | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a file.

    Attributes
    ----------
    names
        What the added columns are called.
    notices
        What is unusual about the table, for people.
    """

    tally: Tally
    names: AnswerNames
    notices: tuple[str, ...] = field(default=())


class Opened(Protocol):
    """A file whose rows can be read part by part."""

    @property
    def source(self) -> Source:
        """How a part is read."""

    @property
    def rows(self) -> int:
        """How many there are."""

    def parts(self) -> Iterator[Part]:
        """All parts, in their order."""


def predict_path(
    engine: Engine,
    path: Path,
    target: Target,
    *,
    filename: str = "",
    place: Place | None = None,
    tell: Tell = tell_nobody,
    block_bytes: int = BLOCK_BYTES,
) -> Outcome:
    """What came of a file, whose rows are written with their predictions.

    Delimited text and Parquet are never in memory as a whole; any other format is. What is written
    stands under its name when it is whole, and not before.

    Parameters
    ----------
    path, filename
        The file, and its name where that is another one.
    place
        Where the parts are worked on; None = here.
    block_bytes
        How large the parts of a text are.

    Raises
    ------
    UnreadableFile
        When there is no table in the file.
    PredictionError
        When the table lacks a column that the model must have, or no row can be predicted.
    StorageError
        When the disk is full or the folder cannot be written.
    """
    filename = filename or path.name
    formats = format_of(target.out), format_of(target.rejects or target.out)
    if not path.is_file():
        read_content(path)  # which says why
    with ExitStack() as stack:
        out = stack.enter_context(replacing(target.out))
        aside = target.rejects and stack.enter_context(replacing(target.rejects))
        work = stack.enter_context(_work_folder(target.out.parent))
        with storage_errors(target.out):
            opened = _open(engine, path, filename, work, place or Here(), tell, block_bytes)
            sinks = [(out, formats[0]), *([(aside, formats[1])] if aside else [])]
            if opened is None:
                whole = predict_file(engine, read_content(path), filename)
                outcome = _write_whole(whole, sinks)
            else:
                outcome = _write_parts(engine, opened, sinks, place or Here(), tell)
    return outcome


@contextmanager
def _work_folder(beside: Path) -> Iterator[Path]:
    """A folder for what a file is unpacked or translated to, which is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=beside, prefix=".slipway-") as folder:
        yield Path(folder)


def _open(
    engine: Engine,
    path: Path,
    filename: str,
    work: Path,
    place: Place,
    tell: Tell,
    block_bytes: int,
) -> Opened | None:
    """The file to be read part by part; None for a format that has to be read as a whole."""
    contract = engine.contract
    path, filename = unpack_file(path, filename, work / "unpacked")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    refuse_foreign(head, filename)
    form = find_format(head, filename).name

    def look(done: float) -> None:
        tell(LOOKING, done, 0)

    look(0.0)
    if form == "parquet":
        return open_parquet(path, contract, look)
    if form != "csv":
        return None
    text = to_plain_text(path, None, work)
    columns, texts = contract.names, text_columns(contract)
    given = choose_reading(_beginning(text), filename, columns, contract.read, texts)
    if given is not None and given.encoding is not None:
        text = to_plain_text(path, given.encoding, work)
    return open_text(text, given, contract, place, look, block_bytes)


def _beginning(text: PlainText) -> bytes:
    """All of a small text, and less of a large one: enough to see how it is read."""
    data = text.head.data
    if text.end <= len(data):
        return data
    return data[: data.rfind(b"\n", 0, SHOWN_BYTES) + 1] or data


def _write_parts(
    engine: Engine,
    opened: Opened,
    sinks: Sequence[tuple[Path, str]],
    place: Place,
    tell: Tell,
) -> Outcome:
    contract, source = engine.contract, opened.source
    notices = compare_columns(contract, source.names)
    names = name_answers(contract, [*source.names, *source.schema.names])
    job = make_job(engine, source, names, [form for _, form in sinks])
    tally = Tally()
    tell(PREDICTING, 0.0, 0)
    with ExitStack() as stack:
        files = [
            stack.enter_context(RowsSink(path, form, schema))
            for (path, form), schema in zip(sinks, job.schemas, strict=False)
        ]
        for part in place.map(partial(do_part, job), opened.parts()):
            for file, payload in zip(files, part.payloads, strict=True):
                file.write(payload)
            tally.add(part.tally, part.first_row)
            tell(PREDICTING, tally.rows / opened.rows, tally.rows)
    units = compare_units(contract, source.units())
    return Outcome(tally, names, (*notices, *tally.notices(), *units))


def _write_whole(result: BatchResult, sinks: Sequence[tuple[Path, str]]) -> Outcome:
    """Writes what was read and predicted as a whole."""
    frame, names = result.frame, result.names
    rows = [problem.row for problem in result.problems]
    aside = frame.iloc[rows].drop(columns=[n for n in names.all if n != names.problem])
    aside.insert(0, free_name("row", aside.columns), [row + 1 for row in rows])
    for (path, form), table in zip(sinks, (frame, aside), strict=False):
        if form == "csv":
            path.write_bytes(to_csv_bytes(table))
        else:
            arrow = _to_arrow(table)
            with RowsSink(path, form, arrow.schema) as file:
                file.write(arrow)
    return Outcome(result.tally, names, result.notices)


def _to_arrow(frame: pd.DataFrame) -> pa.Table:
    """The table with text where values are of several types."""
    columns = []
    for name in frame:
        try:
            columns.append(pa.array(frame[name], from_pandas=True))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            columns.append(pa.array(frame[name].map(str, na_action="ignore"), from_pandas=True))
    return pa.Table.from_arrays(columns, names=[str(name) for name in frame])
