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
            "text": {"str"},
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


@pytest.mark.parametrize(
    ("name", "values", "unit", "kind"),
    [
        ("lat", [52.52, 48.14, 40.5], "", "latitude"),
        ("pickup_latitude", [52.52, 48.14, 40.5], "", "latitude"),
        ("GeoLat", [-33.9, 48.14], "", "latitude"),
        ("y_coord", [52.52, 48.14, 40.5], "", "latitude"),
        ("lat", [52, 48, 40], "", "integer"),
        ("lat", [152.5, 48.1], "", "number"),
        ("plate", [52.52, 48.14], "", "number"),
        ("lng", [-122.4, 13.37], "", "longitude"),
        ("Längengrad", [11.5, 13.37], "", "longitude"),
        ("long", [1, 2], "", "integer"),
        ("price", [9.5, 12.0], "$", "money"),
        ("price", [9, 12], "EUR", "money"),
        ("price", [9.5, 12.0], "km", "number"),
        ("share", [9.5, 12.0], "%", "percent"),
        ("pct_alcohol", [9.5, 12.0], "", "percent"),
        ("pct_change", [-9.5, 212.0], "", "number"),
        ("interest_rate", [9.5, 12.0], "", "number"),
        ("photo", ["a.png", "b/c.JPG", "https://x.org/d.webp?w=3"], "", "image"),
        ("file", ["a.png", "b.csv", "c.txt"], "", "category"),
        ("size", ["S", "XL", "M"], "", "ordinal"),
        ("photo", [None, "a.png", "b.png"], "", "image"),
        ("size", ["S", "XL", "M", "blue"], "", "category"),
        ("grade", ["A", "B", "C"], "", "ordinal"),
        ("deck", ["A", "B", "C"], "", "category"),
        ("blood", ["A", "B", "AB", "0"], "", "category"),
        ("colour", ["red", "green", "blue"], "", "category"),
    ],
)
def test_recognises_a_meaning(name: str, values: list[object], unit: str, kind: str) -> None:
    assert infer_kinds(pd.DataFrame({name: values}), {name: unit}) == {name: kind}


@pytest.mark.parametrize(
    "levels",
    [
        ["low", "medium", "high"],
        ["Very Low", "LOW", "High", "Very High"],
        ["XS", "S", "M", "L", "XL", "XXL"],
        ["poor", "fair", "good", "very good", "excellent"],
        ["Fair", "Good", "Very Good", "Premium", "Ideal"],
        ["I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"],
        ["1st", "2nd", "3rd", "10th"],
        ["1st class", "2nd class", "3rd class"],
        ["First", "Second", "Third"],
        ["0-9", "10-19", "20-29", "100-109"],
        ["<5", "5-10", ">10"],
        ["<18", "18–24", "25–34", "65+"],
        ["under 18", "18 to 65", "over 65"],
        ["0", "1", "2", "3+"],
        ["< 1 year", "1 year", "2 years", "10+ years"],
        ["$0-$999", "$1,000-$4,999", "$5,000 or more"],
        ["D-", "D", "C+", "B", "A-", "A+"],
        ["strongly disagree", "disagree", "neutral", "agree", "strongly agree"],
        ["never", "rarely", "sometimes", "often", "always"],
        ["Jan", "Feb", "Mar", "Dec"],
        ["Monday", "Tuesday", "Sunday"],
        ["Montag", "Dienstag", "Sonntag"],
        [
            "some high school",
            "high school",
            "some college",
            "associate's degree",
            "master's degree",
        ],
        ["Preschool", "1st-4th", "9th", "HS-grad", "Some-college", "Bachelors", "Doctorate"],
        ["stage 1", "stage 2", "stage 10"],
        ["I", "II", "III", "IV"],
        ["BB+", "BBB", "A-", "AAA"],
    ],
)
def test_levels_that_read_as_an_order_are_described_in_it(levels: list[str]) -> None:
    rows = pd.DataFrame({"x": pd.Series([*levels, levels[-1], None] * 3, dtype="str")})
    shuffled = rows.sample(frac=1, random_state=0)
    assert infer_kinds(shuffled) == {"x": "ordinal"}
    (column,) = describe_columns(coerce_columns(shuffled, {"x": "ordinal"}), {"x": "ordinal"})
    assert column.levels == tuple(levels)
    bars = distribution(shuffled["x"], "ordinal")
    assert (bars.kind, bars.labels, bars.counts[-1]) == ("ordinal", tuple(levels), 6)


@pytest.mark.parametrize(
    "levels",
    [
        ["yes", "no", "maybe"],
        ["12-34", "34-12", "56-78"],
        ["0-10", "5-15", "10-20"],
        ["store 1", "store 2", "store 3"],
        ["2019-20", "2020-21", "2021-22"],
        ["5 kg", "6 lb", "7 kg"],
        ["A1", "B2", "C3"],
        ["S", "C", "Q"],
        ["1-2-3", "4-5-6", "7-8-9"],
    ],
)
def test_levels_without_an_order_stay_a_category(levels: list[str]) -> None:
    assert infer_kinds(pd.DataFrame({"x": levels * 3})) == {"x": "category"}


def test_tells_free_text_from_names_and_answers() -> None:
    texts = [f"the quick brown fox number {n}" for n in range(40)]
    assert infer_kinds(pd.DataFrame({"x": texts})) == {"x": "text"}
    assert infer_kinds(pd.DataFrame({"x": texts[:4] * 10})) == {"x": "category"}
    assert infer_kinds(pd.DataFrame({"x": [f"送餐速度很快味道不错{n}" for n in range(40)]})) == {
        "x": "text"
    }
    assert infer_kinds(pd.DataFrame({"x": [f"person {n}" for n in range(40)]})) == {
        "x": "identifier"
    }


N = 40


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("row", range(N), "identifier"),
        ("customer_id", [n * 17 % 1009 for n in range(N)], "identifier"),
        ("humid", [n * 17 % 1009 for n in range(N)], "integer"),
        ("year", range(1900, 1900 + N), "integer"),
        ("id", [n / 7 for n in range(N)], "number"),
        ("id", [n % 5 for n in range(N)], "integer"),
        ("id", range(5, 12), "integer"),
        ("code", [f"{n:05d}" for n in range(N)], "identifier"),
    ],
)
def test_an_identifier_is_no_measurement(name: str, values: object, kind: str) -> None:
    assert infer_kinds(pd.DataFrame({name: list(values)})) == {name: kind}  # type: ignore[call-overload]


def test_a_whole_number_may_be_said_to_have_fractions() -> None:
    frame = pd.DataFrame({"x": [1, 2]})
    whole = [describe_columns(frame, {"x": kind})[0].whole for kind in ("integer", "number")]
    assert whole == [True, False]
    assert not describe_columns(pd.DataFrame({"x": [1.5, 2]}), {"x": "integer"})[0].whole


def test_units_are_described_with_the_columns() -> None:
    frame = pd.DataFrame({"x": [1.5, 2], "y": [1, 2]})
    x, y = describe_columns(frame, {"x": "money", "y": "integer"}, units={"x": "$"})
    assert (x.unit, y.unit) == ("$", "")


def test_kinds_with_the_same_base_have_the_same_canonical_column() -> None:
    raw = pd.DataFrame({"x": ["1.5", "b", None, "2024-01-31", "yes"]})
    for name, kind in KINDS.items():
        assert base_of(kind.base) == kind.base
        pd.testing.assert_series_equal(
            coerce_columns(raw, {"x": name})["x"], coerce_columns(raw, {"x": kind.base})["x"]
        )


def test_truths_are_known_in_the_main_languages() -> None:
    words = ["ja", "Nein", "oui", "non", "sí", "não", "да", "нет", "是", "否", "はい", "いいえ", "off", "X", "?"]  # fmt: skip
    expected = [True, False, True, False, True, False, True, False, True, False, True, False, False, True, np.nan]  # fmt: skip
    np.testing.assert_equal(coerced(words, "boolean"), expected)


def test_quantities_with_a_unit_or_with_some_words_are_no_identifiers() -> None:
    numbers = pd.Series([float(n) for n in range(40)], name="share")
    assert (
        infer_kinds(pd.DataFrame({"share": numbers}), units={"share": "%"})["share"] != "identifier"
    )
    mixed = pd.Series([f"{n}.5" for n in range(60)] + ["see note", "late"])
    assert infer_kinds(pd.DataFrame({"value": mixed}))["value"] == "category"
    codes = pd.Series([f"0{n}" for n in range(60)])
    assert infer_kinds(pd.DataFrame({"code": codes}))["code"] == "identifier"
