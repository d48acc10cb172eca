import numpy as np
import pandas as pd
import pytest

from core.charts.association import (
    MAX_BARS,
    association_alt_text,
    association_figure,
    relation_alt_text,
    relation_figure,
)
from core.charts.palette import PALETTE
from core.data.dataset import Column
from core.data.profile import Association, relate

RNG = np.random.default_rng(0)
X = RNG.normal(size=300)
DAYS = pd.Series(pd.date_range("2024-01-01", periods=300)).astype("datetime64[ns]")


def related(kinds, **values):
    frame = pd.DataFrame(values)
    columns = [
        Column(name, kind, 0, frame[name].nunique())
        for name, kind in zip(frame, kinds, strict=True)
    ]
    return relate(frame, *columns)


def test_the_strongest_is_above_and_the_chosen_stands_out():
    found = [Association("a", "number", 0.5), Association("b", "number", 0.1)]
    (bars,) = association_figure(found, "b").data
    assert list(bars.x) == [0.5, 0.1]
    assert list(bars.marker.color) == [PALETTE[0], PALETTE[1]]
    assert association_figure(found).layout.yaxis.range == (1.6, -0.6)


def test_next_to_nothing_does_not_look_like_much():
    figure = association_figure([Association("a", "number", 0.001)])
    assert figure.layout.xaxis.range[1] > 0.2


def test_of_many_columns_the_strongest_are_drawn():
    found = [Association(f"c{place}", "number", 0.5) for place in range(50)]
    assert len(association_figure(found).data[0].x) == MAX_BARS


def test_the_alternative_text_names_the_strongest():
    found = [Association("a", "number", 0.5), Association("b", "number", 0.125)]
    assert association_alt_text(found, "y") == (
        "The share of the variation of y that each column accounts for: a 50%, b 12%."
    )
    assert association_alt_text([], "y") == "There is nothing to show yet."


@pytest.mark.parametrize(
    ("kinds", "values"),
    [
        (("number", "category"), {"x": X, "y": np.where(X > 0, "yes", "no")}),
        (("category", "number"), {"x": np.where(X > 0, "yes", "no"), "y": X}),
        (("number", "number"), {"x": X, "y": X**2}),
        (("category", "date"), {"x": ["a", "b", None] * 100, "y": DAYS}),
        (("date", "category"), {"x": DAYS, "y": ["a", None, "c"] * 100}),
    ],
    ids=["number to class", "class to number", "numbers", "class to date", "date to class"],
)
def test_every_pair_of_kinds_has_a_figure_and_a_sentence(kinds, values):
    values = {
        name: pd.Series(v, dtype="str") if kind == "category" else v
        for kind, (name, v) in zip(kinds, values.items(), strict=True)
    }
    relation = related(kinds, **values)
    drawn = relation_figure(relation)
    assert drawn.data
    assert drawn.layout.paper_bgcolor == "rgba(0, 0, 0, 0)"
    assert relation_alt_text(relation).startswith("y by x: ")


def test_two_classes_are_told_by_the_second():
    relation = related(
        ("category", "category"),
        x=pd.Series(["f", "f", "m", "m", "m"], dtype="str"),
        y=pd.Series(["n", "y", "n", "n", "n"], dtype="str"),
    )
    assert relation_alt_text(relation) == (
        "y by x: y is 50% of the rows where it is f, and 0% where it is m."
    )


def test_names_that_look_like_markup_are_shown_as_they_are():
    found = [Association("<b>x</b>", "number", 0.5)]
    assert "<b>x</b>" not in association_figure(found).to_json()
    relation = related(
        ("category", "category"),
        x=pd.Series(["<i>", "b"] * 50, dtype="str"),
        y=pd.Series(["<u>", "d"] * 50, dtype="str"),
    )
    drawn = relation_figure(relation).to_json()
    assert "<i>" not in drawn
    assert "<u>" not in drawn
