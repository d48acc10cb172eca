"""The data sets that were loaded, each in a folder of its own named by its content.

    <id>/info.json        what is known of it
    <id>/table.parquet    its rows in canonical types
    <id>/original.<ext>   the file as it was given

This module imports neither pandas nor pyarrow until a table is touched: the first page lists data sets.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from core.data.dataset import Dataset, DatasetInfo
from core.data.samples import get_sample, sample_bytes
from core.errors import DatasetNotFound, StorageError, UnknownColumn, UnreadableFile
from core.recipe import ReadOptions
from core.storage import storage_errors, write_bytes

if TYPE_CHECKING:
    import pandas as pd

    from core.data.reading import Reading

INFO, TABLE, ORIGINAL = "info.json", "table.parquet", "original"
MAX_SKIPPED = 1000
"""How many of the lines that are not in a table are kept with it."""

_SAMPLE_PREFIX = "sample:"
_ID = re.compile(r"[0-9a-f]{12}")
_SAFE_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True)
class DatasetStore:
    """The data sets below a folder; several processes may use one at the same time.

    Attributes
    ----------
    directory
        Where they are kept; it is made when the first is added.
    max_bytes
        The largest file that is taken.
    """

    directory: Path
    max_bytes: int

    def add(
        self,
        content: bytes,
        filename: str,
        options: ReadOptions | None = None,
        source: str | None = None,
    ) -> DatasetInfo:
        """What is known of the data set in a file's bytes, which is kept from now on.

        The same content under the same name gives the same data set.

        Parameters
        ----------
        source
            Where it is from, for people; the file's name when left out.

        Raises
        ------
        UnreadableFile
            When the file is too large, or holds no table.
        StorageError
            When it cannot be written; nothing of it is then left behind.
        """
        from core.data.profiling import infer_kinds
        from core.data.reading import read_table

        filename = _base_name(filename)
        if len(content) > self.max_bytes:
            raise UnreadableFile(
                f"A file must have at most {self.max_bytes:,} bytes. "
                f"{filename} has {len(content):,}.",
                "Take a sample of its rows, save it as Parquet, or raise SLIPWAY_MAX_UPLOAD_MB.",
            )
        reading = read_table(content, filename, options)
        inferred = infer_kinds(reading.frame)
        return self._keep(content, reading, inferred, inferred, source or filename)

    def add_file(self, path: Path, options: ReadOptions | None = None) -> DatasetInfo:
        """As `add`, of a file on this machine.

        Raises
        ------
        UnreadableFile, StorageError
            As `add`; also when the file cannot be opened.
        """
        from core.data.reading import read_content

        return self.add(read_content(path), path.name, options)

    def add_sample(self, name: str) -> DatasetInfo:
        """As `add`, of a bundled sample.

        Raises
        ------
        DataError
            When there is no sample of this name.
        StorageError
            As `add`.
        """
        sample = get_sample(name)
        return self.add(sample_bytes(name), sample.file, source=_SAMPLE_PREFIX + name)

    def with_kinds(self, dataset_id: str, kinds: Mapping[str, str]) -> DatasetInfo:
        """The same file with the kinds of some columns corrected, as a data set of its own.

        The file is read again, so that a correction can be taken back without a loss.

        Raises
        ------
        DatasetNotFound
            When the store does not hold `dataset_id`.
        UnknownColumn, DataError
            When a column or kind is named that there is not.
        StorageError
            As `add`.
        """
        from core.data.reading import read_table

        info = self.info(dataset_id)
        for name in kinds:
            if name not in info.names:
                raise UnknownColumn(name, info.names)
        filename, content = self.original(dataset_id)
        corrected = {column.name: column.kind for column in info.columns} | dict(kinds)
        inferred = {column.name: column.inferred for column in info.columns}
        reading = read_table(content, filename, info.read)
        return self._keep(content, reading, corrected, inferred, info.source)

    def info(self, dataset_id: str) -> DatasetInfo:
        """What is known of a data set.

        Raises
        ------
        DatasetNotFound
            When the store does not hold it.
        StorageError
            When what is stored of it is damaged.
        """
        path = self._folder(dataset_id) / INFO
        try:
            return msgspec.json.decode(path.read_bytes(), type=DatasetInfo)
        except FileNotFoundError as error:
            raise DatasetNotFound(dataset_id) from error
        except msgspec.DecodeError as error:
            raise _damaged(dataset_id) from error

    def recent(self) -> list[DatasetInfo]:
        """What is known of all data sets, the last loaded first; damaged ones are left out."""
        infos = []
        for path in self.directory.glob(f"*/{INFO}"):
            try:
                infos.append(self.info(path.parent.name))
            except (DatasetNotFound, StorageError):
                continue
        return sorted(infos, key=lambda info: (info.loaded_at, info.id), reverse=True)

    def frame(self, dataset_id: str) -> pd.DataFrame:
        """The rows of a data set in canonical types (see `Dataset.frame`).

        Raises
        ------
        DatasetNotFound, StorageError
            As `info`.
        """
        return self.load(dataset_id).frame

    def load(self, dataset_id: str) -> Dataset:
        """A data set: what is known of it and its rows.

        Raises
        ------
        DatasetNotFound, StorageError
            As `info`.
        """
        import pandas as pd
        import pyarrow as pa

        from core.data.profiling import coerce_columns

        info = self.info(dataset_id)
        try:
            frame = pd.read_parquet(self._folder(dataset_id) / TABLE)
        except (OSError, pa.ArrowException) as error:
            raise _damaged(dataset_id) from error
        # Parquet has no mixed columns: a boolean with gaps comes back with None for NaN.
        kinds = {column.name: column.kind for column in info.columns}
        return Dataset(info, coerce_columns(frame, kinds))

    def original(self, dataset_id: str) -> tuple[str, bytes]:
        """The name and the bytes of the file that a data set was read from.

        Raises
        ------
        DatasetNotFound, StorageError
            As `info`.
        """
        info = self.info(dataset_id)
        path = next(self._folder(dataset_id).glob(f"{ORIGINAL}*"), None)
        if path is None:
            raise _damaged(dataset_id)
        name = info.source
        if name.startswith(_SAMPLE_PREFIX):
            name = info.name + path.suffix
        return name, path.read_bytes()

    def _keep(
        self,
        content: bytes,
        reading: Reading,
        kinds: Mapping[str, str],
        inferred: Mapping[str, str],
        source: str,
    ) -> DatasetInfo:
        from core.data.findings import Subject, find
        from core.data.fingerprint import fingerprint
        from core.data.profiling import coerce_columns, describe_columns

        frame = coerce_columns(reading.frame, kinds)
        digest = fingerprint(frame, kinds)
        # The name belongs to the identity: nobody finds a file under a stranger's name for it.
        dataset_id = hashlib.sha256(f"{digest} {source}".encode()).hexdigest()[:12]
        if (self.directory / dataset_id / INFO).exists():
            return self.info(dataset_id)
        columns = describe_columns(frame, kinds, inferred)
        info = DatasetInfo(
            id=dataset_id,
            fingerprint=digest,
            name=PurePosixPath(source.removeprefix(_SAMPLE_PREFIX)).stem,
            source=source,
            loaded_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            rows=len(frame),
            size_bytes=len(content),
            read=reading.options,
            columns=columns,
            findings=find(Subject(frame, columns, raw=reading.frame, renamed=reading.renamed)),
            skipped=reading.skipped[:MAX_SKIPPED],
            misfits=reading.misfits,
            renamed=dict(reading.renamed),
        )
        self._write(info, frame, content)
        return self.info(info.id)

    def _write(self, info: DatasetInfo, frame: pd.DataFrame, content: bytes) -> None:
        table = io.BytesIO()
        frame.to_parquet(table, engine="pyarrow", index=False)
        with self._new_folder(info.id) as folder:
            write_bytes(folder / (ORIGINAL + _suffix(info)), content)
            write_bytes(folder / TABLE, table.getvalue())
            write_bytes(folder / INFO, msgspec.json.encode(info))

    @contextmanager
    def _new_folder(self, dataset_id: str) -> Iterator[Path]:
        """A temporary folder that becomes the data set's when the block ends well."""
        target = self._folder(dataset_id)
        with storage_errors(target):
            self.directory.mkdir(parents=True, exist_ok=True)
            folder = Path(tempfile.mkdtemp(dir=self.directory, prefix=".new-"))
            try:
                yield folder
                _move(folder, target)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, dataset_id: str) -> Path:
        if not _ID.fullmatch(dataset_id):
            raise DatasetNotFound(dataset_id)
        return self.directory / dataset_id


def _move(folder: Path, target: Path) -> None:
    """Makes a whole folder the data set's, unless another process was first with the same content."""
    try:
        os.rename(folder, target)
    except OSError:
        if (target / INFO).exists():
            return
        # Folders arrive whole: one without its information is what somebody deleted by halves.
        shutil.rmtree(target, ignore_errors=True)
        os.rename(folder, target)


def _base_name(filename: str) -> str:
    """The last part of a name that a browser sent, which may be a path of another system."""
    return PurePosixPath(filename.replace("\\", "/")).name or "table"


def _suffix(info: DatasetInfo) -> str:
    if info.source.startswith(_SAMPLE_PREFIX):
        return ".csv"
    suffix = PurePosixPath(info.source.lower()).suffix
    return suffix if _SAFE_SUFFIX.fullmatch(suffix) else ""


def _damaged(dataset_id: str) -> StorageError:
    return StorageError(
        f"What is stored of data set {dataset_id} must be whole. It is damaged.",
        "Delete its folder in the store, and load the file again.",
    )
