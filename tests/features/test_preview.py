import dataclasses

import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace
from sklearn.linear_model import LogisticRegression

from core.features.needs import CODES, NATIVE, SCALED
from core.features.outline import outline, outline_text
from core.features.outputs import name_outputs
from core.features.pipeline import build_pipeline, build_preparer
from core.features.preview import MAX_COLUMNS, preview
from core.features.proposal import propose_recipe
from core.recipe import (
    CategorySteps,
    ColumnChoice,
    DateSteps,
    NumberSteps,
    Preparing,
    Recipe,
    Role,
    TableSteps,
    TextSteps,
)

ROWS = 60
TABLE = "n,c,d,text,y\n" + "".join(
    f"{i * 7 % 41 + 0.5 if i % 6 else ''},g{i % 3},2024-0{i % 9 + 1}-11,word {i} of a long text,{i % 2}\n"
    for i in range(ROWS)
)
COLUMNS = {
    "n": ColumnChoice("number"),
    "c": ColumnChoice("category"),
    "d": ColumnChoice("date"),
    "y": ColumnChoice("number", Role.TARGET),
}
DAYS = DateSteps(("elapsed", "year", "day_of_month", "month"), "DE")
CHOICES = {
    "as they are": Preparing(),
    "onehot": Preparing(number=NumberSteps("median", indicator=True), category=CategorySteps(encode="onehot")),
    "hash": Preparing(number=NumberSteps(expand="bins"), category=CategorySteps(encode="hash", hash_columns=3)),
    "target": Preparing(number=NumberSteps("knn", expand="splines"), category=CategorySteps(encode="target")),
    "dates": Preparing(number=NumberSteps("iterative", transform="power", clip=True), date=DAYS),
    "products": Preparing(table=TableSteps(True, "univariate")),
    "components": Preparing(table=TableSteps(select="model", reduce="pca")),
}  # fmt: skip


def _frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"n": rng.normal(size=ROWS), "c": rng.choice(["a", "b", "c"], ROWS)})
    frame["d"] = pd.date_range("2024-01-01", periods=ROWS, freq="7h")
    frame.loc[::6, "n"] = np.nan
    return frame.astype({"c": "str"})


@pytest.mark.parametrize("needs", [SCALED, CODES, NATIVE])
@pytest.mark.parametrize("choice", CHOICES)
def test_every_output_has_a_name_and_its_origins(choice, needs):
    recipe = Recipe("y", "binary", "roc_auc", COLUMNS, preparing=CHOICES[choice])
    preparer = build_preparer(recipe, needs)
    matrix = preparer.fit_transform(_frame(), np.arange(ROWS) % 2)
    outputs = name_outputs(preparer)
    assert len(outputs) == matrix.shape[1]
    assert len({output.name for output in outputs}) == len(outputs)
    assert {origin for output in outputs for origin in output.origins} <= {"n", "c", "d"}


def test_names_tell_what_was_done():
    preparing = Preparing(
        number=NumberSteps("median", indicator=True),
        category=CategorySteps(encode="hash", hash_columns=2),
        date=DateSteps(("elapsed", "day_of_month"), "DE"),
    )
    preparer = build_preparer(Recipe("y", "binary", "roc_auc", COLUMNS, preparing=preparing), CODES)
    preparer.fit(_frame(), np.arange(ROWS) % 2)
    assert [(output.name, output.origins) for output in name_outputs(preparer)] == [
        ("c_hash_0", ("c",)),
        ("c_hash_1", ("c",)),
        ("n", ("n",)),
        ("n_missing", ("n",)),
        ("d_elapsed", ("d",)),
        ("d_day_of_month", ("d",)),
        ("d_holiday", ("d",)),
    ]


def test_a_product_is_made_from_two_columns():
    preparing = Preparing(table=TableSteps(True), date=DateSteps(()))
    recipe = Recipe("y", "binary", "roc_auc", COLUMNS, preparing=preparing)
    preparer = build_preparer(recipe, CODES).fit(_frame(), np.arange(ROWS) % 2)
    assert [(o.name, o.origins) for o in name_outputs(preparer)][-1] == ("c n", ("c", "n"))


def test_a_preview_shows_rows_before_and_after(csv_dataset):
    dataset = csv_dataset(TABLE)
    recipe = propose_recipe(dataset, "y")
    shown = preview(recipe, SCALED, dataset, rows=5)
    assert list(shown.before) == list(recipe.features)
    assert shown.before.index.tolist() == shown.after.index.tolist() == [0, 1, 2, 3, 4]
    assert np.isfinite(shown.after.to_numpy()).all()
    assert len(shown.columns) == shown.after.shape[1] <= shown.outputs
    assert shown.learned_from == ROWS
    bins = Preparing(number=NumberSteps(expand="bins", transform="quantile"))
    assert preview(replace(recipe, preparing=bins), SCALED, dataset).outputs > shown.outputs
    assert preview(recipe, NATIVE, dataset).after["n"].isna().sum() == 2


def test_of_thousands_of_words_those_of_the_rows_are_shown(csv_dataset):
    rows = "".join(
        f"common words and w{i} x{i * 7} y{i * 3} of a text,{i * 0.5},{i % 2}\n" for i in range(80)
    )
    dataset = csv_dataset(f"text,text_common,y\n{rows}")
    recipe = propose_recipe(dataset, "y")
    assert recipe.features == {"text": "text", "text_common": "number"}
    steps = Preparing(text=TextSteps(characters=False, min_count=1))
    words = dataclasses.replace(SCALED, accepts_sparse=True)
    shown = preview(replace(recipe, preparing=steps), words, dataset)
    assert shown.outputs > shown.after.shape[1] == MAX_COLUMNS
    assert {"text_common", "text_common (2)", "text_w0", "text_w7"} <= set(shown.after)
    assert shown.after.columns.is_unique


def test_an_outline_names_steps_columns_and_settings():
    recipe = Recipe("y", "binary", "roc_auc", COLUMNS, preparing=CHOICES["products"])
    drawn = outline(build_pipeline(recipe, LogisticRegression(C=3), SCALED))
    assert [step.name for step in drawn.children] == ["prepare", "interactions", "select", "model"]
    assert drawn.children[0].side_by_side
    assert [step.columns for step in drawn.children[0].children] == [("c",), ("n",), ("d",)]
    assert drawn.children[-1].settings == (("C", "3"),)
    text = outline_text(drawn)
    assert "  Prepare columns\n    Categories (c)\n      Fill missing values (" in text
    assert "Model (C=3)" in text


def test_the_outline_of_every_choice_can_be_read():
    for preparing in CHOICES.values():
        recipe = Recipe("y", "binary", "roc_auc", COLUMNS, preparing=preparing)
        for line in outline_text(outline(build_preparer(recipe, NATIVE))).split("\n"):
            assert len(line) < 300
            assert " at 0x" not in line
