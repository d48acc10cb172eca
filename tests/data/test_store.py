import errno
import os
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import DatasetInfo
from core.data.fingerprint import fingerprint
from core.data.store import DatasetStore
from core.errors import DatasetNotFound, StorageError, UnknownColumn, UnreadableFile
from core.settings import ROOT

CONTENT = b"when,flag,code,n\n2024-01-31,True,007,1\n2024-02-01,,012,2\n2024-02-02,False,,3\n"


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    return DatasetStore(tmp_path / "datasets", max_bytes=10_000_000)


def test_keeps_a_file_and_gives_it_back(store: DatasetStore) -> None:
    info = store.add(CONTENT, "messy.csv")
    assert (info.name, info.source, info.rows, info.size_bytes) == (
        "messy",
        "messy.csv",
        3,
        len(CONTENT),
    )
    assert [column.kind for column in info.columns] == ["date", "boolean", "category", "number"]
    assert store.info(info.id) == info
    assert store.original(info.id) == ("messy.csv", CONTENT)


def test_the_stored_table_has_canonical_types_and_the_same_content(store: DatasetStore) -> None:
    dataset = store.load(store.add(CONTENT, "messy.csv").id)
    assert dataset.frame.dtypes.astype(str).to_dict() == {
        "when": "datetime64[ns]",
        "flag": "object",
        "code": "str",
        "n": "int64",
    }
    np.testing.assert_equal(dataset.frame["flag"].tolist(), [True, np.nan, False])
    kinds = {column.name: column.kind for column in dataset.info.columns}
    assert fingerprint(dataset.frame, kinds) == dataset.info.fingerprint
    assert dataset.frame.index.equals(pd.RangeIndex(3))


def test_the_same_content_under_the_same_name_is_the_same_data_set(store: DatasetStore) -> None:
    first = store.add(CONTENT, "a.csv")
    assert store.add(CONTENT, "a.csv") == first
    other = store.add(CONTENT, "b.csv")
    assert (other.name, other.fingerprint) == ("b", first.fingerprint)
    assert other.id != first.id
    assert len(store.recent()) == 2
    assert store.add(CONTENT + b"2024-02-03,True,1,4\n", "a.csv").id != first.id


def test_recent_lists_the_last_first_and_leaves_damaged_ones_out(store: DatasetStore) -> None:
    assert store.recent() == []
    first, second = store.add_sample("penguins"), store.add_sample("mpg")
    assert [info.id for info in store.recent()] == [second.id, first.id]
    (store.directory / first.id / "info.json").write_bytes(b"{")
    assert [info.id for info in store.recent()] == [second.id]
    with pytest.raises(StorageError, match="damaged"):
        store.info(first.id)
    (store.directory / second.id / "table.parquet").write_bytes(b"PAR1")
    with pytest.raises(StorageError, match="damaged"):
        store.frame(second.id)


def test_a_sample_remembers_where_it_is_from(store: DatasetStore) -> None:
    info = store.add_sample("titanic")
    assert (info.source, info.name) == ("sample:titanic", "titanic")
    assert store.original(info.id)[0] == "titanic.csv"


def test_a_correction_is_a_data_set_of_its_own_and_can_be_taken_back(store: DatasetStore) -> None:
    info = store.add(CONTENT, "messy.csv")
    corrected = store.with_kinds(info.id, {"code": "number", "n": "category"})
    assert corrected.id != info.id
    assert (corrected.column("code").kind, corrected.column("code").inferred) == (
        "number",
        "category",
    )
    assert store.frame(corrected.id)["n"].tolist() == ["1", "2", "3"]
    assert store.original(corrected.id) == ("messy.csv", CONTENT)
    assert store.with_kinds(corrected.id, {"code": "category", "n": "number"}) == info
    with pytest.raises(UnknownColumn, match="'codes'"):
        store.with_kinds(info.id, {"codes": "number"})


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "C:\\temp\\evil.csv", "/etc/evil.csv", "evil.csv"]
)
def test_names_are_never_paths(store: DatasetStore, tmp_path: Path, name: str) -> None:
    info = store.add(CONTENT, name)
    assert info.source == "evil.csv"
    written = {path.relative_to(store.directory).parts[0] for path in store.directory.rglob("*")}
    assert written == {info.id}


@pytest.mark.parametrize(
    "bad", ["", "..", "0" * 11, "../../../etc", "0123456789ab", "0123456789AB"]
)
def test_an_unknown_id_is_not_found(store: DatasetStore, bad: str) -> None:
    for ask in (store.info, store.frame, store.load, store.original):
        with pytest.raises(DatasetNotFound):
            ask(bad)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="at most 10 bytes"):
        DatasetStore(tmp_path, max_bytes=10).add(CONTENT, "a.csv")


def test_a_half_deleted_data_set_can_be_loaded_again(store: DatasetStore) -> None:
    info = store.add(CONTENT, "a.csv")
    (store.directory / info.id / "info.json").unlink()
    assert store.add(CONTENT, "a.csv").id == info.id
    assert store.frame(info.id).shape == (3, 4)


def test_an_unreadable_file_leaves_nothing_behind(store: DatasetStore) -> None:
    with pytest.raises(UnreadableFile):
        store.add(b"", "a.csv")
    assert not store.directory.exists()


@pytest.mark.parametrize("fails_at", ["original", "table", "info"])
def test_a_full_disk_leaves_nothing_half_written(
    store: DatasetStore, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    kept = store.add_sample("mpg")
    write = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if fails_at in path.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="full"):
        store.add(CONTENT, "a.csv")
    assert os.listdir(store.directory) == [kept.id]
    assert store.recent() == [kept]


def _add(directory: Path, content: bytes) -> DatasetInfo:
    return DatasetStore(directory, 10_000_000).add(content, "a.csv")


def test_two_processes_can_add_the_same_file_at_once(store: DatasetStore) -> None:
    with get_context("spawn").Pool(2) as pool:
        for round_ in range(5):
            content = CONTENT + f"2024-03-0{round_ + 1},True,1,{round_}\n".encode()
            first, second = pool.starmap(_add, [(store.directory, content)] * 2, chunksize=1)
            assert first == second == store.info(first.id)
    assert len(os.listdir(store.directory)) == 5


def test_listing_data_sets_does_not_import_pandas(store: DatasetStore) -> None:
    info = store.add(CONTENT, "a.csv")
    code = (
        "import sys; from pathlib import Path; from core.data.store import DatasetStore\n"
        f"store = DatasetStore(Path({str(store.directory)!r}), 1)\n"
        f"assert store.recent() == [store.info({info.id!r})]\n"
        "print([name for name in ('pandas', 'pyarrow', 'numpy', 'openpyxl') if name in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert printed.strip() == "[]"
