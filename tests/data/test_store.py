import errno
import io
import os
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.data.dataset import DatasetInfo
from core.data.fingerprint import fingerprint
from core.data.folders import secret_key
from core.data.history import HISTORY, MAX_BYTES
from core.data.store import DatasetStore
from core.errors import DataError, DatasetNotFound, StorageError, UnknownColumn, UnreadableFile
from core.recipe import ReadOptions
from core.settings import ROOT

CONTENT = b"when,flag,code,n\n2024-01-31,True,007,1\n2024-02-01,,012,2\n2024-02-02,False,,3\n"


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    return DatasetStore(tmp_path / "datasets", max_bytes=10_000_000)


def _names(store: DatasetStore) -> set[str]:
    """What is in the store's folder, but for the history."""
    return set(os.listdir(store.directory)) - {HISTORY}


def test_keeps_a_file_and_gives_it_back(store: DatasetStore) -> None:
    info = store.add(CONTENT, "messy.csv")
    assert (info.name, info.source, info.rows, info.size_bytes) == (
        "messy",
        "messy.csv",
        3,
        len(CONTENT),
    )
    assert [column.kind for column in info.columns] == ["date", "boolean", "category", "integer"]
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
    assert store.with_kinds(corrected.id, {"code": "category", "n": "integer"}) == info
    with pytest.raises(UnknownColumn, match="'codes'"):
        store.with_kinds(info.id, {"codes": "number"})


@pytest.mark.parametrize(
    "name", ["../../evil.csv", "C:\\temp\\evil.csv", "/etc/evil.csv", "evil.csv"]
)
def test_names_are_never_paths(store: DatasetStore, tmp_path: Path, name: str) -> None:
    info = store.add(CONTENT, name)
    assert info.source == "evil.csv"
    assert _names(store) == {info.id}


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

    write_parquet = pd.DataFrame.to_parquet

    def full(path: Path, data: bytes) -> int:
        if fails_at in path.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    def full_table(frame: pd.DataFrame, path: Path, **options: Any) -> None:
        write_parquet(frame, path, **options)
        if fails_at == "table":
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr(pd.DataFrame, "to_parquet", full_table)
    with pytest.raises(StorageError, match="full"):
        store.add(CONTENT, "a.csv")
    assert _names(store) == {kept.id}
    assert store.recent() == [kept]


def _add(directory: Path, content: bytes) -> DatasetInfo:
    return DatasetStore(directory, 10_000_000).add(content, "a.csv")


def test_two_processes_can_add_the_same_file_at_once(store: DatasetStore) -> None:
    with get_context("spawn").Pool(2) as pool:
        for round_ in range(5):
            content = CONTENT + f"2024-03-0{round_ + 1},True,1,{round_}\n".encode()
            first, second = pool.starmap(_add, [(store.directory, content)] * 2, chunksize=1)
            assert first == second == store.info(first.id)
    assert len(_names(store)) == 5
    assert len(store.history()) == 10


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


def test_a_correction_holds_the_same_file_and_no_copy(store: DatasetStore) -> None:
    info = store.add(CONTENT, "messy.csv")
    corrected = store.with_kinds(info.id, {"n": "category"})
    first, second = (store.original_path(id_)[1] for id_ in (info.id, corrected.id))
    assert first != second
    assert first.samefile(second)
    store.remove(info.id)
    assert store.original(corrected.id) == ("messy.csv", CONTENT)


def test_a_file_of_the_machine_is_copied(store: DatasetStore, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(CONTENT)
    info = store.add_file(path)
    with path.open("r+b") as file:
        file.write(b"changed")
    assert store.original(info.id) == ("mine.csv", CONTENT)


def test_the_same_file_read_otherwise_is_a_data_set_of_its_own(store: DatasetStore) -> None:
    info = store.add(b"a;b\n1;x,y\n2;z,y\n3;x,x\n", "t.csv")
    assert info.names == ["a", "b"]
    other = store.reread(info.id, ReadOptions(delimiter=","))
    assert other.id != info.id
    assert other.names == ["a;b", "column_2"] or len(other.columns) == 2
    assert store.original(other.id) == store.original(info.id)
    assert store.reread(other.id, info.read) == info
    with pytest.raises(UnreadableFile):
        store.reread(info.id, ReadOptions(format="parquet"))


def test_what_a_person_corrected_stays_when_the_file_is_read_otherwise(store: DatasetStore) -> None:
    info = store.add(b"a;b\n1;1,5\n2;2,5\n3;2,5\n", "t.csv")
    corrected = store.with_kinds(info.id, {"a": "category"})
    again = store.reread(corrected.id, ReadOptions(header=False))
    assert again.names == ["column_1", "column_2"]
    again = store.reread(corrected.id, ReadOptions(delimiter=";"))
    assert (again.column("a").kind, again.column("a").inferred) == ("category", "integer")


def test_all_rows_that_did_not_fit_can_be_had(store: DatasetStore) -> None:
    bad = "".join(f"{n},x,y,{'z' * (n % 3)}\n" for n in range(1500))
    good = "".join(f"{n},{n % 7}\n" for n in range(4000))
    info = store.add(f"n,m\n{good}{bad}".encode(), "t.csv")
    assert info.misfits == 1500
    assert len(info.skipped) == 1000
    rows = pd.read_csv(io.BytesIO(store.skipped_rows(info.id)))
    assert rows.columns.tolist() == ["line", "code", "reason", "text"]
    assert len(rows) == 1500
    assert rows["line"].tolist() == list(range(4002, 5502))
    assert (rows["code"] == "misfit").all()


def test_a_file_in_which_all_rows_fit_has_none_to_be_had(store: DatasetStore) -> None:
    assert store.skipped_rows(store.add(CONTENT, "a.csv").id) == b""
    with pytest.raises(DatasetNotFound):
        store.skipped_rows("0" * 12)


def test_the_history_tells_what_was_loaded_and_how(store: DatasetStore) -> None:
    assert store.history() == []
    info = store.add(CONTENT, "messy.csv")
    store.add(CONTENT, "messy.csv")
    corrected = store.with_kinds(info.id, {"n": "category"})
    store.add_sample("mpg")
    store.remove(info.id)
    entries = store.history()
    assert [entry.how for entry in entries] == ["sample", "correction", "upload", "upload"]
    assert [entry.id for entry in entries[1:]] == [corrected.id, info.id, info.id]
    assert (entries[1].fingerprint, entries[1].rows, entries[1].columns) == (
        corrected.fingerprint,
        3,
        4,
    )
    assert len(store.history(limit=2)) == 2


def test_a_long_or_damaged_history_is_read_from_its_end(store: DatasetStore) -> None:
    store.add(CONTENT, "a.csv")
    path = store.directory / HISTORY
    line = path.read_bytes()
    path.write_bytes(b"{half a line\n" + line * (2 * MAX_BYTES // len(line)) + b"no json\n" + line)
    assert len(store.history(limit=10)) == 10
    assert 0 < len(store.history(limit=10**6)) <= MAX_BYTES // len(line)


def test_a_removed_data_set_is_gone(store: DatasetStore) -> None:
    info = store.add(CONTENT, "a.csv")
    store.remove(info.id)
    assert _names(store) == set()
    for act in (store.info, store.remove):
        with pytest.raises(DatasetNotFound):
            act(info.id)


def test_protected_columns_leave_nothing_behind(store: DatasetStore) -> None:
    content = (
        b"mail,n,code\nann@example.org,1,007\nbob@example.org,2,008\nann@example.org,3,009\nx\n"
    )
    info = store.add(content, "people.csv")
    other = store.with_kinds(info.id, {"n": "category"})
    protected = store.protect(other.id, {"mail": "hash"})
    assert protected.name == "people-protected"
    assert protected.names == ["mail", "n", "code"]
    assert protected.column("n").kind == "category"
    frame = store.frame(protected.id)
    assert frame["mail"].nunique() == 2
    assert frame["code"].tolist() == ["007", "008", "009"]
    assert _names(store) == {protected.id, ".key"}
    for path in store.directory.rglob("*"):
        assert path.is_dir() or b"example.org" not in path.read_bytes()
    assert store.history(1)[0].how == "protection"
    back = store.with_kinds(protected.id, {"n": "integer"})
    assert store.frame(back.id)["n"].tolist() == [1, 2, 3]
    pd.testing.assert_series_equal(store.frame(back.id)["mail"], frame["mail"])


def test_a_protected_copy_can_stand_beside_the_original(store: DatasetStore) -> None:
    info = store.add(CONTENT, "a.csv")
    protected = store.protect(info.id, {"code": "drop"}, forget=False)
    assert protected.names == ["when", "flag", "n"]
    assert [c.kind for c in protected.columns] == ["date", "boolean", "integer"]
    assert store.info(info.id) == info


@pytest.mark.parametrize(
    "choices", [{}, dict.fromkeys(["when", "flag", "code", "n"], "drop"), {"codes": "drop"}]
)
def test_what_cannot_be_protected_is_refused_and_nothing_is_lost(
    store: DatasetStore, choices: dict[str, str]
) -> None:
    info = store.add(CONTENT, "a.csv")
    with pytest.raises(DataError):
        store.protect(info.id, choices)
    assert store.info(info.id) == info


def test_the_secret_is_made_once_and_for_its_user_alone(store: DatasetStore) -> None:
    store.directory.mkdir()
    with get_context("spawn").Pool(2) as pool:
        keys = pool.map(secret_key, [store.directory] * 4, chunksize=1)
    assert len(set(keys)) == 1
    assert len(keys[0]) == 32
    assert _names(store) == {".key"}
    assert (store.directory / ".key").stat().st_mode & 0o777 == 0o600
