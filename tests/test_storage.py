import errno
from pathlib import Path

import pytest

from core.errors import StorageError
from core.storage import replacing, storage_errors, write_bytes


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a" / "state.json"
    write_bytes(path, b"old")
    write_bytes(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(path.parent.iterdir()) == [path]


def test_what_was_there_survives_a_failed_write(tmp_path):
    path = tmp_path / "state.json"
    write_bytes(path, b"old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:  # noqa: PT012
        temporary.write_bytes(b"half")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_says_what_to_do(tmp_path):
    with pytest.raises(StorageError, match="full") as caught, storage_errors(tmp_path / "x"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert "SLIPWAY_HOME" in caught.value.hint


def test_a_device_that_is_really_full_is_told_as_such():
    # /dev/full takes no byte; Linux has it everywhere.
    path = Path("/dev/full")
    with (
        pytest.raises(StorageError, match="full"),
        storage_errors(path),
        path.open("wb", buffering=0) as full,
    ):
        full.write(b"x")


def test_a_folder_in_the_way_of_a_file_is_told_by_its_path(tmp_path):
    path = tmp_path / "state.json"
    path.mkdir()
    with pytest.raises(StorageError) as caught:
        write_bytes(path, b"new")
    assert caught.value.message == (
        f"{path} could not be read or written. The system says: Is a directory."
    )
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("below", ["r.yaml", "deeper/r.yaml"])
def test_a_file_in_the_way_of_a_folder_is_told_by_the_path_that_was_wanted(tmp_path, below):
    (tmp_path / "x.csv").write_bytes(b"a")
    path = tmp_path / "x.csv" / below
    with pytest.raises(StorageError) as caught:
        write_bytes(path, b"new")
    assert caught.value.message.startswith(f"{path} could not be read or written.")


def test_a_file_that_is_not_there_stays_what_it_is(tmp_path):
    with pytest.raises(FileNotFoundError), storage_errors(tmp_path):
        (tmp_path / "none").read_bytes()
