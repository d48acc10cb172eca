import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import StorageError
from core.serving.prediction_log.privacy import KEY_FILE, Privacy, read_key
from core.serving.prediction_log.reader import Chosen

EVERYTHING = Chosen()


def file_bytes(settings_home) -> bytes:
    return b"".join(path.read_bytes() for path in settings_home.glob("predictions.db*"))


def test_columns_left_out_are_nowhere_in_the_row(open_log, reader, ask, titanic):
    log = open_log(SLIPWAY_LOG_LEAVE_OUT="titanic.Cabin, Age, other.Sex")
    log.add(ask(titanic, {"Age": 81.25, "Cabin": "B99 secret"}))
    assert log.flush()
    (row,) = reader.rows(EVERYTHING)
    assert {"Cabin", "Age"}.isdisjoint(row.inputs)
    assert "Sex" in row.inputs
    # A flag tells the column and what was unusual, and never the value.
    assert ("Age", "out-of-range") in row.flags
    assert "81.25" not in str(row)


def test_left_out_values_are_not_in_the_file_either(tmp_path, ask, titanic):
    from core.serving.prediction_log import open_prediction_log
    from core.settings import Settings

    settings = Settings.from_environment(
        {"SLIPWAY_HOME": str(tmp_path), "SLIPWAY_LOG_LEAVE_OUT": "Cabin", "SLIPWAY_LOG_HASH": "Sex"}
    )
    log = open_prediction_log(settings)
    log.add(ask(titanic, {"Cabin": "B99-secret", "Sex": "alien-secret", "Embarked": "X-open"}))
    assert log.flush()
    content = file_bytes(tmp_path)
    assert b"-secret" not in content
    assert b"X-open" in content
    log.close()


def test_equal_values_have_equal_hashes_and_others_other_ones(open_log, reader, ask, titanic):
    log = open_log(SLIPWAY_LOG_HASH="titanic.Cabin,Fare")
    cabins = [{"Cabin": cabin, "Fare": fare} for cabin, fare in (("A1", 5), ("B2", 5.0), ("A1", 6))]
    log.add(ask(titanic, *cabins, {"Cabin": None}))
    log.close()
    log = open_log(SLIPWAY_LOG_HASH="titanic.Cabin,Fare")
    log.add(ask(titanic, {"Cabin": "A1"}))  # by another process, with the same secret
    assert log.flush()
    rows = sorted(reader.rows(EVERYTHING), key=lambda row: row.row_id)
    first, second, third, missing, later = (row.inputs["Cabin"] for row in rows)
    assert first == third == later
    assert first != second
    assert missing is None
    assert len(first) == 16
    assert rows[0].inputs["Fare"] == rows[1].inputs["Fare"] != rows[2].inputs["Fare"]
    columns = {column.name: column for column in next(iter(reader.layouts().values())).columns}
    assert columns["Cabin"].is_hashed
    assert not columns["Age"].is_hashed


def test_a_star_stands_for_all_columns(open_log, reader, ask, titanic, mpg):
    log = open_log(SLIPWAY_LOG_LEAVE_OUT="mpg.*", SLIPWAY_LOG_HASH="*")
    log.add(ask(titanic))
    log.add(ask(mpg))
    assert log.flush()
    rows = {row.model: row for row in reader.rows(EVERYTHING)}
    assert rows["mpg"].inputs == {}
    assert set(rows["titanic"].inputs) == set(titanic.contract.names)
    assert all(value is None or len(value) == 16 for value in rows["titanic"].inputs.values())


def test_left_out_goes_before_hashed(tmp_path, titanic):
    privacy = Privacy(["Age"], ["Age", "Sex"], tmp_path)
    kept = {column.name: column.is_hashed for column in privacy.columns(titanic.contract)}
    assert "Age" not in kept
    assert kept["Sex"]


def test_the_secret_is_made_once_and_for_its_owner_only(tmp_path):
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(read_key, [tmp_path / KEY_FILE] * 50))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert stat.S_IMODE(os.stat(tmp_path / KEY_FILE).st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]


def test_an_empty_secret_is_refused(tmp_path):
    (tmp_path / KEY_FILE).touch()
    with pytest.raises(StorageError, match="must not be empty"):
        read_key(tmp_path / KEY_FILE)


def test_names_of_foreign_columns_are_cut(open_log, reader, ask, titanic):
    log = open_log()
    log.add(ask(titanic, {f"{number}" * 300: 1 for number in range(100)}))
    assert log.flush()
    (row,) = reader.rows(EVERYTHING)
    assert len(row.flags) == 50
    assert max(len(column) for column, _ in row.flags) <= 100
    assert [(flag.column, flag.code) for flag in reader.flags(EVERYTHING)] == [("", "extra-column")]
