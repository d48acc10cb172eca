"""The data sets that were loaded, each in a folder of its own named by its content.

This module imports neither pandas nor pyarrow until a table is touched: the first page lists data sets.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from core.data.dataset import Dataset, DatasetInfo
from core.data.folders import (
    INFO,
    SKIPPED,
    TABLE,
    base_name,
    damaged,
    dataset_folder,
    find_original,
    remove_folder,
    safe_suffix,
)
from core.data.history import Loaded, read_history
from core.data.progress import Tell, tell_nobody
from core.data.samples import SAMPLE_PREFIX, get_sample, sample_bytes
from core.errors import DatasetNotFound, StorageError, UnreadableFile
from core.recipe import ReadOptions

if TYPE_CHECKING:
    import pandas as pd


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
        how: str = "upload",
        tell: Tell = tell_nobody,
    ) -> DatasetInfo:
        """What is known of the data set in a file's bytes, which is kept from now on.

        The same content under the same name gives the same data set.

        Parameters
        ----------
        source
            Where it is from, for people; the file's name when left out.
        how
            A word for the history, as in `Loaded.how`.
        tell
            Takes how far it has come.

        Raises
        ------
        UnreadableFile
            When the file is too large, or holds no table.
        StorageError
            When it cannot be written; nothing of it is then left behind.
        """
        from core.data.keeping import read_and_keep
        from core.data.understanding import Origin

        filename = base_name(filename)
        self.check_size(filename, len(content))
        origin = Origin(source or filename, filename, len(content), how)
        return read_and_keep(self, content, origin, options, tell)

    def add_file(
        self,
        path: Path,
        options: ReadOptions | None = None,
        filename: str | None = None,
        source: str | None = None,
        how: str = "upload",
        tell: Tell = tell_nobody,
        sampled_from: tuple[int, int] | None = None,
        is_given: bool = False,
    ) -> DatasetInfo:
        """As `add`, of a file on this machine.

        Parameters
        ----------
        filename
            What a person calls it, where that is not its name.
        sampled_from
            The rows and bytes of the file that this one is a sample of.
        is_given
            Whether it will never be changed: it is then not copied where that can be spared.

        Raises
        ------
        UnreadableFile, StorageError
            As `add`; also when the file cannot be opened.
        """
        from core.data.keeping import read_and_keep
        from core.data.understanding import Origin

        filename = base_name(filename or path.name)
        size = path.stat().st_size if path.is_file() else 0
        self.check_size(filename, size)
        rows, size = sampled_from or (None, size)
        origin = Origin(source or filename, filename, size, how, is_given, sampled_from=rows)
        return read_and_keep(self, path, origin, options, tell)

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
        return self.add(sample_bytes(name), sample.file, source=SAMPLE_PREFIX + name, how="sample")

    def check_size(self, filename: str, size_bytes: int) -> None:
        """Refuses a file that is too large.

        Raises
        ------
        UnreadableFile
            When it is.
        """
        if size_bytes > self.max_bytes:
            raise UnreadableFile(
                f"A file must have at most {self.max_bytes:,} bytes. {filename} has {size_bytes:,}.",
                "Take a sample of its rows, save it as Parquet, or raise SLIPWAY_MAX_UPLOAD_MB.",
            )

    def with_kinds(
        self, dataset_id: str, kinds: Mapping[str, str], tell: Tell = tell_nobody
    ) -> DatasetInfo:
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
        from core.data.keeping import correct_kinds

        return correct_kinds(self, dataset_id, kinds, tell)

    def reread(
        self, dataset_id: str, options: ReadOptions, tell: Tell = tell_nobody
    ) -> DatasetInfo:
        """The same file read with other options, as a data set of its own.

        The kinds are inferred again, but for those that a person had corrected.

        Raises
        ------
        DatasetNotFound
            When the store does not hold `dataset_id`.
        UnreadableFile
            When there is no table in it that way.
        StorageError
            As `add`.
        """
        from core.data.keeping import read_otherwise

        return read_otherwise(self, dataset_id, options, tell)

    def protect(
        self, dataset_id: str, choices: Mapping[str, str], forget: bool = True
    ) -> DatasetInfo:
        """The same table without some columns, or with their values hashed, as a data set of its own.

        Its original is the protected table as Parquet, so that nothing of it leads back.

        Parameters
        ----------
        choices
            `drop` or `hash`, by column.
        forget
            Whether the unprotected data set is deleted, with all that were read from the same file.

        Raises
        ------
        DatasetNotFound
            When the store does not hold `dataset_id`.
        UnknownColumn, DataError
            When a column is named that there is not, or none or all are to be dropped.
        StorageError
            As `add`.
        """
        from core.data.keeping import protect_columns

        return protect_columns(self, dataset_id, choices, forget)

    def remove(self, dataset_id: str) -> None:
        """Deletes a data set and its original.

        Raises
        ------
        DatasetNotFound
            When the store does not hold it.
        StorageError
            When the folder cannot be written.
        """
        try:
            remove_folder(self._folder(dataset_id))
        except FileNotFoundError as error:
            raise DatasetNotFound(dataset_id) from error

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
            raise damaged(dataset_id) from error

    def recent(self) -> list[DatasetInfo]:
        """What is known of all data sets, the last loaded first; damaged ones are left out."""
        infos = []
        for path in self.directory.glob(f"*/{INFO}"):
            with contextlib.suppress(DatasetNotFound, StorageError):
                infos.append(self.info(path.parent.name))
        return sorted(infos, key=lambda info: (info.loaded_at, info.id), reverse=True)

    def history(self, limit: int = 50) -> list[Loaded]:
        """What was loaded when, the latest first, also of data sets that are gone."""
        return read_history(self.directory, limit)

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
        import numpy as np
        import pandas as pd
        import pyarrow as pa

        info = self.info(dataset_id)
        try:
            frame = pd.read_parquet(self._folder(dataset_id) / TABLE)
        except (OSError, pa.ArrowException) as error:
            raise damaged(dataset_id) from error
        # All comes back as it was written, but for the gaps of a boolean: None, not NaN.
        for name in frame:
            if pd.api.types.is_object_dtype(frame[name]):
                frame[name] = frame[name].where(frame[name].notna(), np.nan)
        return Dataset(info, frame)

    def original(self, dataset_id: str) -> tuple[str, bytes]:
        """The name and the bytes of the file that a data set was read from.

        Raises
        ------
        DatasetNotFound, StorageError
            As `info`.
        """
        name, path = self.original_path(dataset_id)
        return name, path.read_bytes()

    def original_path(self, dataset_id: str) -> tuple[str, Path]:
        """As `original`, but where the file is; it must never be changed.

        Raises
        ------
        DatasetNotFound, StorageError
            As `info`.
        """
        info = self.info(dataset_id)
        path = find_original(self._folder(dataset_id))
        return _original_name(info, path), path

    def skipped_rows(self, dataset_id: str) -> bytes:
        """All lines of the file that are not in the table, and why, as CSV; empty when there are none.

        Raises
        ------
        DatasetNotFound, StorageError
            As `info`.
        """
        self.info(dataset_id)
        try:
            return (self._folder(dataset_id) / SKIPPED).read_bytes()
        except FileNotFoundError:
            return b""

    def _folder(self, dataset_id: str) -> Path:
        return dataset_folder(self.directory, dataset_id)


def _original_name(info: DatasetInfo, path: Path) -> str:
    """What the original is called: as it was given, where its source says so."""
    name = base_name(info.source)
    return name if safe_suffix(name) == path.suffix else info.name + path.suffix
