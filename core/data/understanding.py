"""A table as it was read to a table in canonical types and what is known of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import pandas as pd

from core.data.cell_style import CellStyle
from core.data.dataset import DatasetInfo, Finding
from core.data.findings import Subject, find
from core.data.fingerprint import fingerprint
from core.data.profiling import coerce_columns, describe_columns, infer_kinds, settle_style
from core.data.progress import Tell
from core.data.reading import Reading
from core.data.samples import SAMPLE_PREFIX
from core.moments import now

MAX_SKIPPED = 1000
"""How many of the lines that are not in a table its information holds; a file beside it has all."""


@dataclass(frozen=True)
class Origin:
    """Where a table is from, and what was decided about it before.

    Attributes
    ----------
    source, filename
        Where it is from, for people; what the file is called.
    size_bytes
        Of the file.
    how
        A word for the history, as in `Loaded.how`.
    is_given
        Whether the file will never be changed.
    kinds
        Kinds of columns that a person chose; the others are inferred, and those of columns that
        are not there do not count.
    inferred, units, styles
        What was inferred or read of columns when the file still said it.
    sampled_from
        As in `DatasetInfo`.
    findings
        About how the file is read, from when that was not yet given.
    """

    source: str
    filename: str
    size_bytes: int
    how: str = "upload"
    is_given: bool = False
    kinds: Mapping[str, str] = field(default_factory=dict)
    inferred: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    styles: Mapping[str, CellStyle] = field(default_factory=dict)
    sampled_from: int | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A table in canonical types that is about to be described.

    Attributes
    ----------
    frame
        In canonical types.
    digest, id
        The fingerprint of its content, and the id of the data set that it makes.
    """

    frame: pd.DataFrame
    reading: Reading
    origin: Origin
    kinds: Mapping[str, str]
    inferred: Mapping[str, str]
    units: Mapping[str, str]
    styles: Mapping[str, CellStyle]
    digest: str
    id: str


def draft_dataset(reading: Reading, origin: Origin, tell: Tell) -> Draft:
    """The table in canonical types, with its identity.

    Raises
    ------
    UnknownColumn, DataError
        When a column or kind is named that there is not.
    """
    units = {**origin.units, **reading.units}
    day_first = reading.options.day_first
    tell("understanding", 0.0)
    inferred = dict(origin.inferred)
    if not inferred.keys() >= set(reading.frame):
        inferred = infer_kinds(reading.frame, units, day_first) | inferred
    inferred = {str(name): inferred[str(name)] for name in reading.frame}
    kinds = inferred | {name: kind for name, kind in origin.kinds.items() if name in inferred}
    tell("understanding", 0.4)
    frame = coerce_columns(reading.frame, kinds, day_first)
    tell("understanding", 0.7)
    digest = fingerprint(frame, kinds)
    # The name belongs to the identity: nobody finds a file under a stranger's name for it.
    dataset_id = hashlib.sha256(f"{digest} {origin.source}".encode()).hexdigest()[:12]
    styles = {
        str(name): settle_style(
            origin.styles.get(str(name)) or reading.styles.get(str(name), CellStyle()),
            reading.frame[name],
            frame[name],
            kinds[str(name)],
            inferred[str(name)],
            day_first,
        )
        for name in frame
    }
    return Draft(frame, reading, origin, kinds, inferred, units, styles, digest, dataset_id)


def describe_draft(draft: Draft, tell: Tell) -> DatasetInfo:
    """What is known of the table."""
    reading, origin = draft.reading, draft.origin
    tell("understanding", 0.8)
    columns = describe_columns(draft.frame, draft.kinds, draft.inferred, draft.units, draft.styles)
    tell("checking", 0.0)
    found = find(
        Subject(
            draft.frame,
            columns,
            raw=reading.frame,
            renamed=reading.renamed,
            skipped=reading.skipped,
            doubts=reading.doubts,
        )
    )
    return DatasetInfo(
        id=draft.id,
        fingerprint=draft.digest,
        name=PurePosixPath(origin.source.removeprefix(SAMPLE_PREFIX)).stem,
        source=origin.source,
        loaded_at=now(),
        rows=len(draft.frame),
        size_bytes=origin.size_bytes,
        read=reading.options,
        columns=columns,
        findings=(*origin.findings, *found),
        skipped=reading.skipped[:MAX_SKIPPED],
        misfits=reading.misfits,
        renamed=dict(reading.renamed),
        sampled_from=origin.sampled_from,
    )
