import hashlib
import hmac

import numpy as np
import pandas as pd
import pytest

from core.data.protection import protect
from core.errors import DataError, UnknownColumn

KEY = b"a key of this test"


@pytest.fixture
def people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": pd.Series(["Ann", "Bo", None, "Ann"], dtype="str"),
            "mail": ["a@x.org", "b@x.org", "c@x.org", "a@x.org"],
            "phone": [3.0, 4.0, np.nan, 3.0],
            "age": [31, 42, 53, 31],
        }
    )


def test_dropped_columns_are_gone_and_the_rest_stays(people) -> None:
    safe = protect(people, {"mail": "drop"}, KEY)
    pd.testing.assert_frame_equal(safe, people[["name", "phone", "age"]])


def test_the_table_that_was_given_is_not_changed(people) -> None:
    before = people.copy()
    protect(people, {"name": "hash", "mail": "drop"}, KEY)
    pd.testing.assert_frame_equal(people, before)


def test_a_hash_is_keyed_and_has_16_digits(people) -> None:
    safe = protect(people, {"name": "hash"}, KEY)
    expected = hmac.new(KEY, b"Ann", hashlib.sha256).hexdigest()[:16]
    assert safe["name"][0] == expected
    assert protect(people, {"name": "hash"}, b"another key")["name"][0] != expected
    assert list(safe) == list(people)
    assert safe["name"].dtype == "str"


def test_equal_values_stay_equal_and_others_do_not(people) -> None:
    safe = protect(people, {"name": "hash", "mail": "hash", "phone": "hash"}, KEY)
    for name in ("name", "mail", "phone"):
        assert safe[name][0] == safe[name][3]
        assert safe[name].nunique() == people[name].nunique()


def test_missing_values_stay_missing(people) -> None:
    safe = protect(people, {"name": "hash", "phone": "hash"}, KEY)
    assert (
        safe["name"].isna().tolist() == safe["phone"].isna().tolist() == [False, False, True, False]
    )


def test_tables_can_still_be_joined(people) -> None:
    visits = pd.DataFrame({"who": ["Bo", "Ann"], "phone": [4, 3]}, index=[7, 9])
    left = protect(people, {"name": "hash", "phone": "hash"}, KEY)
    right = protect(visits, {"who": "hash", "phone": "hash"}, KEY)
    assert right.index.tolist() == [7, 9]
    assert right["who"].tolist() == [left["name"][1], left["name"][0]]
    assert right["phone"].tolist() == [left["phone"][1], left["phone"][0]]  # 4 and 4.0 are the same


@pytest.mark.parametrize(
    "values",
    [
        [True, False, True],
        pd.Series([True, np.nan, True], dtype=object),
        pd.to_datetime(["2024-01-31", None, "2024-01-31"]),
        [2**60, 2**60 + 1, 2**60],
        ["Zoë", "王伟", "Zoë"],
        [None, None, None],
    ],
)
def test_every_kind_of_column_can_be_hashed(values) -> None:
    safe = protect(pd.DataFrame({"a": values, "b": [1, 2, 3]}), {"a": "hash"}, KEY)
    first, second, third = safe["a"]
    assert (pd.isna(first) and pd.isna(third)) or first == third != second


def test_a_day_is_the_same_with_and_without_times_beside_it() -> None:
    days = pd.DataFrame({"a": pd.to_datetime(["2024-01-31", "2024-02-01"])})
    times = pd.DataFrame(
        {"a": pd.to_datetime(["2024-01-31", "2024-02-01 10:00:00.5"], format="ISO8601")}
    )
    first, second = protect(days, {"a": "hash"}, KEY), protect(times, {"a": "hash"}, KEY)
    assert (first["a"] == second["a"]).tolist() == [True, False]


def test_an_empty_table_can_be_protected() -> None:
    safe = protect(pd.DataFrame({"a": pd.Series([], dtype="str"), "b": []}), {"a": "hash"}, KEY)
    assert list(safe) == ["a", "b"]


def test_wrong_choices_are_refused(people) -> None:
    with pytest.raises(UnknownColumn):
        protect(people, {"nmae": "drop"}, KEY)
    with pytest.raises(DataError, match="must be one of drop, hash. Got 'burn'"):
        protect(people, {"name": "burn"}, KEY)
    with pytest.raises(DataError, match="must be secret"):
        protect(people, {"name": "hash"}, b"")
    with pytest.raises(DataError, match="At least one column"):
        protect(people, dict.fromkeys(people, "drop"), KEY)
