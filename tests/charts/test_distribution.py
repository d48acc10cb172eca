import numpy as np
import pandas as pd
import pytest

from core.charts.distribution import distribution_alt_text, distribution_figure
from core.data.profiling import distribution


def dates(*texts):
    return pd.Series(pd.to_datetime(list(texts)).astype("datetime64[ns]"))


@pytest.mark.parametrize(
    ("series", "kind"),
    [
        (pd.Series([0.5, 1.5, 9.25, np.nan]), "number"),
        (pd.Series([1, 2, 2, 3]), "number"),
        (pd.Series([3.7, 3.7]), "number"),
        (pd.Series([5]), "number"),
        (dates("2024-01-01", "2024-06-01", "2024-12-31"), "date"),
        (dates("2024-01-01"), "date"),
        (pd.Series([True, False, True]), "boolean"),
        (pd.Series(["a", "b", "a", None], dtype="str"), "category"),
    ],
    ids=["numbers", "whole", "constant", "one row", "dates", "one date", "boolean", "category"],
)
def test_every_kind_of_column_has_a_figure_without_background_and_title(series, kind):
    found = distribution(series, kind)
    drawn = distribution_figure(found)
    (bars,) = drawn.data
    assert bars.type == "bar"
    assert drawn.layout.paper_bgcolor == "rgba(0, 0, 0, 0)"
    assert drawn.layout.title.text is None
    assert (
        min(bars.width if isinstance(bars.width, tuple | list | np.ndarray) else [bars.width]) > 0
    )
    assert distribution_alt_text(found, "size").startswith("size: ")


def test_a_histogram_has_a_bar_per_bin():
    found = distribution(pd.Series(np.random.default_rng(0).normal(size=500)), "number")
    (bars,) = distribution_figure(found).data
    assert sum(bars.y) == 500
    assert len(bars.y) == len(found.counts)


def test_a_constant_is_named_by_its_value():
    (bars,) = distribution_figure(distribution(pd.Series([5, 5, 5]), "number")).data
    assert list(bars.customdata) == ["5"]
    assert list(bars.x) == [5]


def test_many_levels_become_ten_and_the_rest():
    found = distribution(
        pd.Series([f"level {i}" for i in range(50)] + [None], dtype="str"), "category"
    )
    drawn = distribution_figure(found)
    assert len(drawn.data[0].x) == 12
    assert list(drawn.layout.yaxis.ticktext[-2:]) == ["(other levels)", "(no value)"]
    assert sum(drawn.data[0].x) == 51


def test_a_column_without_values_says_so():
    found = distribution(pd.Series([None, None], dtype="str"), "category")
    assert list(distribution_figure(found).data[0].x) == [2]
    assert distribution_alt_text(found, "note") == "note: 2 without a value."
    nothing = distribution(pd.Series([], dtype="float64"), "number")
    assert len(distribution_figure(nothing).data) == 0
    assert distribution_alt_text(nothing) == "There is nothing to show yet."


def test_the_alternative_text_names_the_range_or_the_most_frequent_level():
    ages = distribution(pd.Series([1.0, 2.0, 3.0, 4.0, np.nan]), "number")
    assert distribution_alt_text(ages, "age") == (
        "age: values from 1 to 4, the middle half from 1.75 to 3.25. 1 without a value."
    )
    sexes = distribution(pd.Series(["f", "m", "m", "m"], dtype="str"), "category")
    assert (
        distribution_alt_text(sexes, "sex") == "sex: the most frequent value is m, 75% of 4 rows."
    )


def test_levels_that_look_like_markup_are_shown_as_they_are():
    found = distribution(pd.Series(["<b>x</b>"], dtype="str"), "category")
    assert "<b>x</b>" not in distribution_figure(found).to_json()
