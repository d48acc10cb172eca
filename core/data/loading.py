"""Loading files: small ones here, large ones in a process of their own that a page or terminal can follow.

The page stays quick, a refresh finds the load again, and want of memory costs the load and not the app.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import msgspec

from core.data.dataset import DatasetInfo
from core.data.folders import base_name, remove_leftovers
from core.data.load_state import LoadFolder, LoadState, Progress, Request, failure
from core.data.memory import memory_budget
from core.data.progress import Tell
from core.data.store import DatasetStore
from core.errors import DataError, SlipwayError
from core.file_jobs import HEAD_BYTES, find_folder, new_folder
from core.moments import now
from core.recipe import ReadOptions
from core.settings import Settings
from core.storage import storage_errors, write_bytes

WORKER = "core.data.load_worker"

SMALL_BYTES, SMALL_BINARY_BYTES = 4 * 2**20, 2**17
"""Text of at most this size, or another file, which may be packed, is loaded at once.

It takes less time than starting a process. What is packed must be small as text when it is unpacked:
32 kB of gzip were seen to become a table of 900 MB.
"""

SMALL_COLUMNAR_BYTES = 2**14
"""A column that repeats one value takes next to nothing: 67 kB of Parquet were ten million rows."""

_COLUMNAR = (b"PAR1", b"ARROW1", b"ORC")

POLL_SECONDS = 0.2


def start_load(
    settings: Settings,
    content: bytes | memoryview,
    filename: str,
    options: ReadOptions | None = None,
    source: str | None = None,
    how: str = "upload",
) -> str:
    """The id of a load of these bytes, which are on disk from now on: the caller may let go of them.

    A small file has been loaded, or refused, when this returns; ask `load_state` either way.

    Parameters
    ----------
    options, source, how
        As in `DatasetStore.add`.

    Raises
    ------
    UnreadableFile
        When the file is too large to be taken.
    StorageError
        When it cannot be written.
    """
    request = _request(settings, base_name(filename), options, source, how)
    size = len(content)
    _store(settings).check_size(request.filename, size)
    folder = _new_load(settings, request, size)
    if is_small(bytes(content[:HEAD_BYTES]), size, lambda: bytes(content)):
        kept = bytes(content)
        add = partial(_store(settings).add, kept, request.filename, options, source, how)
        return _load_here(folder, request, add)
    folder.or_remove(partial(write_bytes, folder.content, content))
    folder.start(WORKER)
    return folder.path.name


def start_file_load(
    settings: Settings, path: Path, options: ReadOptions | None = None, how: str = "upload"
) -> str:
    """As `start_load`, of a file on this machine, which is never held in memory as a whole here.

    Raises
    ------
    UnreadableFile, StorageError
        As `start_load`.
    """
    request = _request(settings, path.name, options, None, how)
    size = path.stat().st_size if path.is_file() else 0
    _store(settings).check_size(request.filename, size)
    folder = _new_load(settings, request, size)
    if is_small(_head(path), size, path.read_bytes):
        add = partial(_store(settings).add_file, path, options, how=how)
        return _load_here(folder, request, add)
    folder.or_remove(partial(_copy, path, folder.content))
    folder.start(WORKER)
    return folder.path.name


def start_correction(
    settings: Settings,
    dataset_id: str,
    options: ReadOptions | None = None,
    kinds: Mapping[str, str] | None = None,
) -> str:
    """The id of a load that reads a data set's file again, by other options or with kinds corrected.

    Raises
    ------
    DatasetNotFound
        When the store does not hold it.
    StorageError
        When the load cannot be written.
    """
    store = _store(settings)
    info = store.info(dataset_id)
    filename, path = store.original_path(dataset_id)
    request = msgspec.structs.replace(
        _request(settings, filename, options or info.read, None, "correction"),
        dataset_id=dataset_id,
        kinds=dict(kinds or {}),
    )
    folder = _new_load(settings, request, info.size_bytes)
    if is_small(_head(path), path.stat().st_size, path.read_bytes):
        return _load_here(folder, request, partial(correct, store, request))
    folder.start(WORKER)
    return folder.path.name


def correct(store: DatasetStore, request: Request, tell: Tell) -> DatasetInfo:
    """The data set of a request that names one, read again."""
    dataset_id = str(request.dataset_id)
    if request.kinds:
        return store.with_kinds(dataset_id, request.kinds, tell)
    return store.reread(dataset_id, request.options or ReadOptions(), tell)


def load_state(settings: Settings, load_id: str) -> LoadState:
    """How far a load is. One whose process is gone has failed.

    Raises
    ------
    DataError
        When there is no such load.
    StorageError
        When its state cannot be read.
    """
    folder = _folder(settings, load_id)
    state, is_gone = folder.look()
    if not is_gone:
        return state
    _clear_process(settings, folder)
    return folder.end(
        "failed",
        message=f"Loading {state.filename} ended unexpectedly: its process is gone. "
        "Most likely memory ran out, or the machine was restarted.",
        hint="Load it again. When that ends so too, take a sample of its rows, save it as Parquet, "
        "or set SLIPWAY_MEMORY_MB, so that a sample is drawn by itself.",
    )


def cancel_load(settings: Settings, load_id: str) -> LoadState:
    """The load's state after its process was stopped; nothing of it is left in the store.

    Raises
    ------
    DataError
        When there is no such load.
    """
    folder = _folder(settings, load_id)
    state, is_stopped = folder.stop()
    if not is_stopped:
        return state
    _clear_process(settings, folder)
    return folder.end("cancelled")


def wait_for_load(
    settings: Settings, load_id: str, tell: Callable[[LoadState], None] = lambda state: None
) -> LoadState:
    """The load's state once it has ended; `tell` is given each state on the way, the last included."""
    while True:
        state = load_state(settings, load_id)
        tell(state)
        if not state.is_active:
            return state
        time.sleep(POLL_SECONDS)


def loaded_info(settings: Settings, state: LoadState) -> DatasetInfo:
    """What is known of the data set that a load which has ended has loaded.

    Raises
    ------
    DataError
        When it has loaded none; the message says why.
    """
    if state.dataset_id is None:
        raise DataError(state.message or f"Loading {state.filename} was cancelled.", state.hint)
    return _store(settings).info(state.dataset_id)


def _request(
    settings: Settings, filename: str, options: ReadOptions | None, source: str | None, how: str
) -> Request:
    return Request(
        datasets_dir=str(settings.datasets_dir),
        max_bytes=settings.max_upload_bytes,
        budget_bytes=memory_budget(settings),
        filename=filename,
        source=source,
        how=how,
        options=options,
    )


def _store(settings: Settings) -> DatasetStore:
    return DatasetStore(settings.datasets_dir, settings.max_upload_bytes)


def _folder(settings: Settings, load_id: str) -> LoadFolder:
    return find_folder(LoadFolder, settings.loads_dir, load_id)


def is_small(
    head: bytes, size_bytes: int, read: Callable[[], bytes], text_bytes: int = SMALL_BYTES
) -> bool:
    """Whether a file is worked on sooner than a process begins.

    Parameters
    ----------
    head
        Its beginning.
    read
        Gives all of it.
    text_bytes
        How large a text may be.
    """
    if b"\0" not in head:
        return size_bytes <= text_bytes
    if size_bytes > SMALL_BINARY_BYTES:
        return False
    if head.startswith(_COLUMNAR):
        return size_bytes <= SMALL_COLUMNAR_BYTES
    # It imports the formats, which the first page has no use for.
    from core.data.containers import stays_small

    return stays_small(read(), text_bytes)


def _head(path: Path) -> bytes:
    """The beginning of a file; nothing of one that cannot be opened, as the reader will tell."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _new_load(settings: Settings, request: Request, size_bytes: int) -> LoadFolder:
    folder = new_folder(LoadFolder, settings.loads_dir)
    folder.or_remove(partial(_write_request, folder, request, size_bytes))
    return folder


def _write_request(folder: LoadFolder, request: Request, size_bytes: int) -> None:
    write_bytes(folder.request_path, msgspec.json.encode(request))
    folder.write(LoadState(folder.path.name, request.filename, size_bytes, now()))


def _copy(source: Path, target: Path) -> None:
    with storage_errors(target):
        shutil.copyfile(source, target)


def _load_here(folder: LoadFolder, request: Request, load: Callable[..., DatasetInfo]) -> str:
    def act() -> None:
        try:
            folder.end("finished", dataset_id=load(tell=Progress(folder)).id, fraction=1.0)
        except SlipwayError as error:
            message, hint = failure(error, request.budget_bytes)
            folder.end("failed", message=message, hint=hint)

    folder.or_remove(act)
    return folder.path.name


def _clear_process(settings: Settings, folder: LoadFolder) -> None:
    """Deletes what a process that was stopped could not take back itself."""
    try:
        remove_leftovers(settings.datasets_dir, int(folder.pid.read_text()))
    except (FileNotFoundError, ValueError):
        return
