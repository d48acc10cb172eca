"""A file of rows to a file of predictions, part by part: neither is ever in memory as a whole."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from core.data.containers import unpack_file
from core.data.foreign import refuse_foreign
from core.data.formats.base import no_rows
from core.data.reading import read_content
from core.data.streaming.blocks import BLOCK_BYTES
from core.data.tables import find_format
from core.serving.bulk.answering import AnswerNames, name_answers
from core.serving.bulk.job_state import LOOKING, PREDICTING
from core.serving.bulk.noticing import compare_columns
from core.serving.bulk.parquet_source import open_parquet
from core.serving.bulk.places import Here, Place
from core.serving.bulk.sources import Note, Opened, do_part, make_job, number_rows
from core.serving.bulk.tally import Tally
from core.serving.bulk.text_source import open_text
from core.serving.bulk.whole_source import open_whole
from core.serving.bulk.writing import RowsSink, format_of, render
from core.serving.contract import Contract
from core.serving.engine import Engine
from core.storage import replacing, storage_errors

HEAD_BYTES = 2**16
"""How much of a file says which format it has."""

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


def predict_path(
    engine: Engine,
    path: Path,
    target: Target,
    *,
    filename: str = "",
    place: Place | None = None,
    tell: Tell = tell_nobody,
    note: Note | None = None,
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
    note
        Takes what was answered, part by part, where that is done in this process.
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
            tell(LOOKING, 0.0, 0)
            opened = open_rows(path, filename, engine.contract, work, block_bytes)
            sinks = [(out, formats[0]), *([(aside, formats[1])] if aside else [])]
            return _write_parts(engine, opened, sinks, place or Here(), tell, note)


@contextmanager
def _work_folder(beside: Path) -> Iterator[Path]:
    """A folder for what a file is unpacked or translated to, which is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=beside, prefix=".slipway-") as folder:
        yield Path(folder)


def open_rows(
    path: Path, filename: str, contract: Contract, work: Path, block_bytes: int = BLOCK_BYTES
) -> Opened:
    """Open a file of rows in any format, packed or not.

    Parameters
    ----------
    work
        A folder for what it is unpacked or translated to.

    Raises
    ------
    UnreadableFile
        When there is no table in it.
    """
    path, filename = unpack_file(path, filename, work / "unpacked")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    refuse_foreign(head, filename)
    form = find_format(head, filename).name
    if form == "parquet":
        return open_parquet(path, contract)
    if form == "csv":
        return open_text(path, contract, work, block_bytes=block_bytes)
    return open_whole(path, filename, contract)


def _write_parts(
    engine: Engine,
    opened: Opened,
    sinks: Sequence[tuple[Path, str]],
    place: Place,
    tell: Tell,
    note: Note | None,
) -> Outcome:
    contract, source = engine.contract, opened.source
    notices = compare_columns(contract, source.names, source.twice)
    names = name_answers(contract, [*source.names, *source.schema.names])
    forms = [form for _, form in sinks]
    job = make_job(engine, source, names, forms, note)
    tally, done = Tally(), 0
    tell(PREDICTING, 0.0, 0)
    with ExitStack() as stack:
        files = [
            stack.enter_context(RowsSink(path, form, schema))
            for (path, form), schema in zip(sinks, job.schemas, strict=False)
        ]
        for part in place.map(partial(do_part, job), opened.parts()):
            files[0].write(part.payload)
            if part.aside is not None:
                files[1].write(render(number_rows(part.aside, tally.rows), forms[1]))
            tally.add(part.tally, tally.rows)
            done += part.size
            tell(PREDICTING, done / opened.size, tally.rows)
    if not tally.rows:
        raise no_rows(has_names=True)
    return Outcome(tally, names, (*notices, *tally.notices()))
