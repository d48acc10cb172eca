"""The drawing of a pipeline: every step a person would name, in order, on the line of its columns."""

import json
import re

import pytest
from sklearn.linear_model import LogisticRegression

from core.charts.pipeline import pipeline_alt_text, pipeline_figure
from core.features.needs import CODES, NATIVE, SCALED
from core.features.outline import outline
from core.features.pipeline import build_pipeline, build_preparer
from core.recipe import (
    ColumnChoice,
    DateSteps,
    NumberSteps,
    Preparing,
    Recipe,
    Role,
    TableSteps,
)

COLUMNS = {
    "age": ColumnChoice("number"),
    "a <b> & a name much longer than a line of the drawing can be": ColumnChoice("money"),
    "sex": ColumnChoice("category"),
    "cabin": ColumnChoice("category", encode="hash"),
    "size": ColumnChoice("ordinal", levels=("S", "M")),
    "when": ColumnChoice("date"),
    "note": ColumnChoice("text"),
    "paid": ColumnChoice("boolean"),
    "y": ColumnChoice("number", Role.TARGET),
}
EVERYTHING = Preparing(
    number=NumberSteps("iterative", True, True, "power", "robust", "splines"),
    date=DateSteps(("elapsed", "year", "day_of_month"), "DE"),
    table=TableSteps(True, "univariate", reduce="pca", order=("reduce", "interactions", "select")),
)


def recipe(preparing=EVERYTHING, **columns: ColumnChoice) -> Recipe:
    return Recipe("y", "binary", "roc_auc", columns or COLUMNS, preparing=preparing)


def drawn(figure) -> list[str]:
    return [re.sub("<[^>]*>", "", note.text) for note in figure.layout.annotations]


@pytest.mark.parametrize("needs", [SCALED, CODES, NATIVE])
@pytest.mark.parametrize("preparing", [Preparing(), EVERYTHING], ids=["defaults", "everything"])
def test_every_recipe_can_be_drawn(preparing, needs):
    steps = outline(build_preparer(recipe(preparing), needs))
    figure = pipeline_figure(steps, "Trees")
    texts = drawn(figure)
    assert texts[0] == "The table"
    assert texts[-1] == "Trees"
    assert {"Numbers", "Dates", "Texts", "Yes or no"} < set(texts)
    assert not {"Join", "Mark", "Round", "Seconds since 1970"} & set(texts)  # plumbing
    assert pipeline_alt_text(steps, "Trees").endswith("Trees.")


def test_texts_do_not_overlap_and_lie_within_the_figure():
    figure = pipeline_figure(outline(build_preparer(recipe(), SCALED)))
    heights = [note.y for note in figure.layout.annotations]
    assert min(b - a for a, b in zip(heights, heights[1:], strict=False)) >= 15
    assert figure.layout.yaxis.range[0] > heights[-1]
    assert max(map(len, drawn(figure))) < 50


def test_the_steps_of_the_table_stand_in_the_recipes_order():
    texts = drawn(pipeline_figure(outline(build_preparer(recipe(), SCALED))))
    after = texts[texts.index("All columns together") :]
    titles = ["Principal components", "Products of pairs", "Choose columns", "Model"]
    assert [text for text in after if text in titles] == titles


def test_missing_values_are_marked_beside_the_other_steps():
    steps = outline(build_preparer(recipe(), SCALED))
    numbers = next(
        s for s in pipeline_alt_text(steps).split(".") if s.strip().startswith("Numbers")
    )
    assert "Fill missing values" in numbers
    assert "Mark missing values" in numbers


def test_colours_and_background_are_the_pages_own():
    figure = pipeline_figure(outline(build_preparer(recipe(Preparing()), SCALED)))
    assert figure.layout.paper_bgcolor == "rgba(0, 0, 0, 0)"
    assert all("currentColor" in note.text for note in figure.layout.annotations)
    assert "&lt;b&gt; &amp;" in json.dumps(figure.to_plotly_json())


def test_one_column_of_one_kind_and_an_estimator_make_a_whole():
    alone = recipe(Preparing(), age=ColumnChoice("number"), y=COLUMNS["y"])
    steps = outline(build_pipeline(alone, LogisticRegression(), SCALED))
    texts = drawn(pipeline_figure(steps))
    assert texts.count("Model") == 1
    assert texts[-1] == "LogisticRegression"
