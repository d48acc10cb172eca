"""What adds data sets to a store: from a file, from one that is there already, or without personal data."""

from __future__ import annotations

import contextlib
import filecmp
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.data.dataset import Column, DatasetInfo
from core.data.findings import find_doubts
from core.data.folders import (
    INFO,
    ORIGINAL,
    SKIPPED,
    TABLE,
    dataset_folder,
    new_folder,
    place_original,
    safe_suffix,
    secret_key,
    temporary_folder,
    write_skipped,
    write_table,
)
from core.data.history import Loaded, append_history
from core.data.progress import Tell, tell_nobody
from core.data.reading import Reading, read_content, read_table
from core.data.understanding import Draft, Origin, describe_draft, draft_dataset
from core.errors import DataError, DatasetNotFound, StorageError, UnknownColumn
from core.moments import now
from core.recipe import ReadOptions
from core.storage import storage_errors, write_bytes

if TYPE_CHECKING:
    from core.data.store import DatasetStore


def read_and_keep(
    store: DatasetStore,
    original: bytes | Path,
    origin: Origin,
    options: ReadOptions | None,
    tell: Tell,
) -> DatasetInfo:
    """What is known of the data set in a file, which is kept from now on.

    Raises
    ------
    UnreadableFile
        When there is no table in it.
    StorageError
        When it cannot be written; nothing of it is then left behind.
    """
    reading = _read(original, origin.filename, options, tell)
    draft = draft_dataset(reading, origin, tell)
    try:
        info = store.info(draft.id)
    except DatasetNotFound:
        info = _write(store, draft, original, tell)
    else:
        # The same rows, of which later ones are read otherwise.
        if origin.how == "correction":
            folder = dataset_folder(store.directory, draft.id)
            again = msgspec.structs.replace(describe_draft(draft, tell), loaded_at=info.loaded_at)
            write_bytes(folder / INFO, msgspec.json.encode(again))
    _note(store, info, origin.how)
    tell("storing", 1.0)
    # Another process may have been first with the same content.
    return store.info(info.id)


def correct_kinds(
    store: DatasetStore, dataset_id: str, kinds: Mapping[str, str], tell: Tell
) -> DatasetInfo:
    """The same file with the kinds of some columns corrected (see `DatasetStore.with_kinds`)."""
    info = store.info(dataset_id)
    for name in kinds:
        if name not in info.names:
            raise UnknownColumn(name, info.names)
    corrected = {column.name: column.kind for column in info.columns} | dict(kinds)
    return _read_again(store, info, info.read, info.columns, corrected, tell)


def read_otherwise(
    store: DatasetStore, dataset_id: str, options: ReadOptions, tell: Tell
) -> DatasetInfo:
    """The same file read with other options (see `DatasetStore.reread`)."""
    info = store.info(dataset_id)
    corrected = {c.name: c.kind for c in info.columns if c.kind != c.inferred}
    return _read_again(store, info, options, (), corrected, tell)


def protect_columns(
    store: DatasetStore, dataset_id: str, choices: Mapping[str, str], forget: bool
) -> DatasetInfo:
    """The same table without what some columns say (see `DatasetStore.protect`)."""
    from core.data.protection import protect

    dataset = store.load(dataset_id)
    info = dataset.info
    dropped = sum(choices.get(name) == "drop" for name in info.names)
    if not choices or dropped == len(info.names):
        raise DataError(
            "Some columns must be protected, and not all of them dropped. "
            f"Got {dropped} to drop and {len(choices) - dropped} to hash, of {len(info.names)}.",
            "Choose columns with personal data, and keep those that a model may learn from.",
        )
    frame = protect(dataset.frame, choices, secret_key(store.directory))
    kept = tuple(column for column in info.columns if column.name not in choices)
    with temporary_folder(store.directory) as folder:
        path = folder / f"{info.name}-protected.parquet"
        with storage_errors(path):
            write_table(frame, path)
        origin = Origin(
            path.name,
            path.name,
            path.stat().st_size,
            "protection",
            is_given=True,
            kinds={column.name: column.kind for column in kept},
            inferred={column.name: column.inferred for column in kept},
            units={column.name: column.unit for column in kept if column.unit},
            styles={column.name: column.style for column in kept},
            sampled_from=info.sampled_from,
        )
        protected = read_and_keep(store, path, origin, ReadOptions(format="parquet"), tell_nobody)
    if forget:
        for other in _same_original(store, info):
            store.remove(other)
    return protected


def _read_again(
    store: DatasetStore,
    info: DatasetInfo,
    options: ReadOptions,
    known: tuple[Column, ...],
    kinds: Mapping[str, str],
    tell: Tell,
) -> DatasetInfo:
    """The data set in the same file, read by these options, with what is known of these columns."""
    filename, path = store.original_path(info.id)
    origin = Origin(
        info.source,
        filename,
        info.size_bytes,
        "correction",
        is_given=True,
        kinds=kinds,
        inferred={column.name: column.inferred for column in known},
        units={column.name: column.unit for column in known if column.unit},
        sampled_from=info.sampled_from,
        # Options that were taken from the data set are no answer to what its file leaves open.
        findings=find_doubts(info.findings) if options == info.read else (),
    )
    return read_and_keep(store, path, origin, options, tell)


def _read(
    original: bytes | Path, filename: str, options: ReadOptions | None, tell: Tell
) -> Reading:
    # A file's bytes are held by nothing else, so that they are gone before the table is understood.
    tell("reading", 0.0)
    return read_table(
        original if isinstance(original, bytes) else read_content(original),
        filename,
        options,
        progress=partial(tell, "reading"),
    )


def _write(store: DatasetStore, draft: Draft, original: bytes | Path, tell: Tell) -> DatasetInfo:
    """What is known of the table, after all of it was written."""
    origin, skipped = draft.origin, draft.reading.skipped
    with new_folder(dataset_folder(store.directory, draft.id)) as folder:
        # pyarrow writes without Python's lock, so the table is described meanwhile.
        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write_table, draft.frame, folder / TABLE)
            info = describe_draft(draft, tell)
            tell("storing", 0.0)
            writing.result()
        path = folder / (ORIGINAL + safe_suffix(origin.filename))
        place_original(original, path, origin.is_given)
        if skipped:
            write_skipped(skipped, folder / SKIPPED)
        write_bytes(folder / INFO, msgspec.json.encode(info))
    return info


def _note(store: DatasetStore, info: DatasetInfo, how: str) -> None:
    entry = Loaded(
        at=now(),
        how=how,
        source=info.source,
        id=info.id,
        fingerprint=info.fingerprint,
        rows=info.rows,
        columns=len(info.columns),
    )
    # The data set is kept by now: a line less in the history is no reason to refuse it.
    with contextlib.suppress(OSError):
        append_history(store.directory, entry)


def _same_original(store: DatasetStore, info: DatasetInfo) -> list[str]:
    """The data sets that were read from the same file as this one, itself included."""
    path = store.original_path(info.id)[1]
    same = [info.id]
    for other in store.recent():
        with contextlib.suppress(DatasetNotFound, StorageError):
            if other.id != info.id and filecmp.cmp(
                path, store.original_path(other.id)[1], shallow=False
            ):
                same.append(other.id)
    return same
