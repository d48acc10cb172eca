import numpy as np
import pandas as pd
import pytest

from core.data.kinds import KINDS, base_of
from core.data.profiling import coerce_columns, describe_columns, distribution, infer_kinds
from core.errors import DataError, UnknownColumn


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([True, False], "boolean"),
        ([True, False, None], "boolean"),
        ([np.nan, False, True], "boolean"),
        ([True, None], "constant"),
        ([0, 1], "integer"),
        ([0.0, 1.0, np.nan], "integer"),
        ([1.5, 2.0, np.nan], "number"),
        ([1e300, 2.0], "number"),
        ([2019, 2020], "integer"),
        (["yes", "no"], "category"),
        (["2024-01-31", "2024-02-01T10:00:00Z"], "date"),
        (["2024/1/31"], "date"),
        (["31.12.2023", "01.02.2024"], "date"),
        (["31/12/2023", "01/02/2024"], "date"),
        (["12/31/2023", "01/02/2024"], "date"),
        (["01/02/2024", "03/04/2024"], "category"),
        (["2024-02-30"], "category"),
        (["20240131", "20240201"], "category"),
        (["2024-01-31", "soon"], "category"),
        (["10:30", "11:00"], "category"),
        ([pd.Timestamp("2024-01-31"), pd.Timestamp("2024-02-01"), pd.NaT], "date"),
        ([pd.Timestamp("2024-01-31"), pd.NaT], "constant"),
        ([None, None], "constant"),
        ([np.nan, np.nan], "constant"),
        (["x", "x", None], "constant"),
        ([7], "integer"),
        ([], "category"),
    ],
)
def test_recognises_a_column(values: list[object], kind: str) -> None:
    assert infer_kinds(pd.DataFrame({"x": values})) == {"x": kind}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    "series",
    [
        pd.Series([], dtype="str"),
        pd.Series(["a", None], dtype="str"),
        pd.Series([None, None], dtype=object),
        pd.Series([True, False]),
        pd.Series([True, np.nan], dtype=object),
        pd.Series([1, 2, 3]),
        pd.Series([5, 5], dtype="uint8"),
        pd.Series([1.5, np.nan, np.inf, -np.inf]),
        pd.Series([1, None], dtype="Int64"),
        pd.Series([1e300, -1e300]),
        pd.Series([2**53, 2**53 + 1]),
        pd.Series([10**17, 10**17]),
        pd.Series([1.5, 1.5]),
        pd.Series(pd.to_datetime(["2024-01-31", None])),
        pd.Series(pd.to_datetime(["2024-01-31T10:00:00+02:00"])),
        pd.Series(["2024-01-31", "9999-12-31"], dtype="str"),
    ],
)
def test_any_column_can_be_made_any_kind_and_described(series: pd.Series, kind: str) -> None:
    frame = coerce_columns(series.to_frame("x"), {"x": kind})
    dtype = str(frame["x"].dtype)
    assert (
        dtype
        in {
            "number": {"float64", "int64"},
            "category": {"str"},
            "boolean": {"bool", "object"},
            "date": {"datetime64[ns]"},
        }[base_of(kind)]
    )
    (column,) = describe_columns(frame, {"x": kind})
    assert column.missing == frame["x"].isna().sum()
    bars = distribution(frame["x"], kind)
    assert sum(bars.counts) + bars.other + bars.missing == len(frame)
    assert len(bars.edges) in (0, len(bars.counts) + 1)
    pd.testing.assert_frame_equal(coerce_columns(frame, {"x": kind}), frame)


def coerced(values: list[object], kind: str) -> list[object]:
    return coerce_columns(pd.DataFrame({"x": values}), {"x": kind})["x"].tolist()


def test_corrections_spell_values_as_a_person_would() -> None:
    np.testing.assert_equal(coerced([3.0, np.nan], "category"), ["3", np.nan])
    assert coerced([1.5, 2.0], "category") == ["1.5", "2"]
    assert coerced([True, False], "category") == ["True", "False"]
    assert coerced([pd.Timestamp("2024-01-31")], "category") == ["2024-01-31"]
    assert coerced([0, 1], "boolean") == [False, True]
    np.testing.assert_equal(coerced(["yes", "No", "perhaps"], "boolean"), [True, False, np.nan])
    np.testing.assert_equal(coerced(["1.5", "x"], "number"), [1.5, np.nan])
    np.testing.assert_equal(coerced([1.0, np.inf], "number"), [1.0, np.nan])


def test_dates_are_read_by_the_order_that_fits_all() -> None:
    assert coerced(["12/31/2023", "01/02/2024"], "date")[1] == pd.Timestamp("2024-01-02")
    assert coerced(["31/12/2023", "01/02/2024"], "date")[1] == pd.Timestamp("2024-02-01")
    assert coerced(["2024-01-31T10:00:00+02:00"], "date") == [pd.Timestamp("2024-01-31T08:00:00")]
    assert coerced(["2024-01-31 9:05"], "date") == [pd.Timestamp("2024-01-31T09:05:00")]
    assert coerced(["9999-12-31"], "date") == [pd.NaT]


@pytest.mark.parametrize(
    ("values", "ambiguous"),
    [
        (["03/04/2024", None, "04/04/2024"], [True, False, False]),
        (["03/04/2024", "31/12/2023"], [False, False]),
        (["03/04/2024", "12/31/2023"], [False, False]),
        (["03/04/2024", "12/31/2023", "31/12/2023"], [True, False, False]),
        (["03.04.2024", "03-04-2024", "2024-03-04"], [False, True, False]),
        (["03.04.2024", "12/31/2023"], [True, False]),
        (["03/04/2024 10:30", "abc"], [True, False]),
        ([20240304, 3], [False, False]),
    ],
)
def test_dates_that_could_be_two_days_are_found(values, ambiguous) -> None:
    assert KINDS["date"].find_ambiguous(pd.Series(values)).tolist() == ambiguous


def test_an_unknown_column_or_kind_is_refused() -> None:
    frame = pd.DataFrame({"age": [1]})
    with pytest.raises(UnknownColumn, match="'agee'"):
        coerce_columns(frame, {"age": "number", "agee": "number"})
    with pytest.raises(DataError, match="'numbr'"):
        coerce_columns(frame, {"age": "numbr"})


def test_describes_levels_most_frequent_first_and_ranges() -> None:
    frame = pd.DataFrame(
        {
            "c": pd.Series(["b", "a", "b", None], dtype="str"),
            "n": [1.0, 2.0, np.nan, 4.0],
            "d": pd.to_datetime(["2024-01-01", "2024-01-03", None, "2024-01-02"]),
        }
    )
    kinds = {"c": "category", "n": "integer", "d": "date"}
    c, n, d = describe_columns(coerce_columns(frame, kinds), kinds)
    assert (c.levels, c.unique, c.missing) == (("b", "a"), 2, 1)
    assert (n.minimum, n.maximum, n.whole) == (1.0, 4.0, True)
    assert (d.minimum, d.maximum) == ("2024-01-01T00:00:00", "2024-01-03T00:00:00")


def test_small_whole_numbers_get_a_bar_each_and_many_levels_are_joined() -> None:
    children = distribution(pd.Series([0, 1, 1, 3]), "number")
    assert children.counts == (1, 2, 0, 1)
    assert children.edges == (-0.5, 0.5, 1.5, 2.5, 3.5)
    assert children.quantiles["0.5"] == 1.0
    many = distribution(pd.Series([f"l{n}" for n in range(100)], dtype="str"), "category")
    assert (len(many.labels), many.other) == (30, 70)
