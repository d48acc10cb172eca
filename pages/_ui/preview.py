"""What the preparing steps do to the data: rows before and after, each column's way, the pipeline drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.data.kinds import base_of
from core.errors import RecipeError, list_names
from core.features.needs import CODES, NATIVE, SCALED, InputNeeds
from core.recipe import Recipe, dump_recipe, load_recipe
from pages._ui import errors, resources
from pages._ui.layout import CHART
from pages._ui.text import count, escape

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from core.data.dataset import DatasetInfo
    from core.features.preview import Preview

ROWS = 50
SHOWN_OUTPUTS = 6
TABLE_HEIGHT = 320
DECIMALS = 4
EVERY = ""
"""Instead of the name of a column: all of them."""

WANTS: dict[str, tuple[str, InputNeeds]] = {
    "linear": ("Linear models", replace(SCALED, accepts_sparse=True)),
    "scaled": ("Neighbours and networks", SCALED),
    "trees": ("Trees and forests", CODES),
    "boosting": ("Gradient boosting", NATIVE),
}
"""The sorts of models that get their columns prepared in different ways, and what they want."""


@st.cache_data(show_spinner=False, max_entries=20)
def make_preview(dataset_id: str, recipe_text: str, wants: str) -> Preview:
    """The first rows before and after; raises `RecipeError` when the steps cannot be done with this table."""
    from core.features.preview import preview
    from core.features.proposal import check_recipe

    dataset, recipe = resources.dataset(dataset_id), load_recipe(recipe_text)
    check_recipe(recipe, dataset.info)
    try:
        return preview(recipe, WANTS[wants][1], dataset, ROWS)
    except (ValueError, MemoryError) as error:
        raise RecipeError(
            f"The steps must be possible with these rows. They are not: {error}",
            "Take back the step that was changed last, or give it another choice.",
        ) from error


@st.cache_data(show_spinner=False, max_entries=20)
def draw_pipeline(recipe_text: str, wants: str) -> tuple[Figure, str]:
    """The pipeline as a figure, and what it shows in words."""
    from core.charts.pipeline import pipeline_alt_text, pipeline_figure
    from core.features.outline import outline
    from core.features.pipeline import build_preparer

    model, needs = WANTS[wants]
    steps = outline(build_preparer(load_recipe(recipe_text), needs))
    return pipeline_figure(steps, model), pipeline_alt_text(steps, model)


def show_preview(info: DatasetInfo, recipe: Recipe) -> None:
    """What a sort of models gets: the table before and after, and the steps between."""
    left, right = st.columns(2)
    wants = left.selectbox(
        "What these models get",
        _offered(recipe),
        format_func=lambda name: WANTS[name][0],
        key="prepare_preview_wants",
        help="Where a step is automatic, each sort of model gets what suits it.",
    )
    followed = right.selectbox(
        "Follow a column",
        [EVERY, *recipe.features],
        format_func=lambda name: name or "All columns",
        key="prepare_preview_column",
    )
    content = dump_recipe(recipe)
    with errors.error_boundary():
        with st.spinner("Preparing some rows…"):
            made = make_preview(info.id, content, wants)
        _say_size(recipe, made)
        tables, steps = st.tabs(
            [":material/table_rows: Before and after", ":material/route: The steps"]
        )
        with tables:
            _show_tables(made, followed)
        with steps:
            _show_steps(recipe, made, content, wants)


def _offered(recipe: Recipe) -> list[str]:
    """The sorts whose columns differ: only words are too many for some of the models that want a scale."""
    has_text = any(base_of(kind) == "text" for kind in recipe.features.values())
    return [name for name in WANTS if has_text or name != "scaled"]


def _say_size(recipe: Recipe, made: Preview) -> None:
    features = count(len(recipe.features), "column")
    st.caption(
        f"{features} {'becomes' if len(recipe.features) == 1 else 'become'} "
        f"{count(made.outputs, 'column')}. Learned here from {count(made.learned_from, 'row')}; "
        "in training from each fold's own rows, so that numbers differ a little."
    )


def _show_tables(made: Preview, followed: str) -> None:
    before = made.before[[followed]] if followed in made.before else made.before
    left, right = st.columns([2, 3])
    with left:
        st.markdown("**Before**")
        st.dataframe(before.rename_axis("Row"), height=TABLE_HEIGHT, alt="The rows as they are")
    with right:
        st.markdown("**After**")
        _show_after(made, followed)
    if made.outputs > len(made.columns):
        st.caption(
            f"Shown are {len(made.columns)} of {made.outputs:,} columns: "
            "those that most of these rows have something in."
        )


def _show_after(made: Preview, followed: str) -> None:
    origins = {
        name: output.origins
        for name, output in zip(made.after, made.columns, strict=True)
        if not followed or followed in output.origins
    }
    if not origins:
        st.caption("No column that is shown here is made of it.")
        return
    st.dataframe(
        made.after[list(origins)].round(DECIMALS).rename_axis("Row"),
        height=TABLE_HEIGHT,
        column_config={
            str(name): st.column_config.NumberColumn(help=escape(f"From {list_names(used)}"))
            for name, used in origins.items()
        },
        alt="The same rows as models get them",
    )


def _show_steps(recipe: Recipe, made: Preview, content: str, wants: str) -> None:
    left, right = st.columns([2, 3])
    figure, told = draw_pipeline(content, wants)
    with left:
        st.plotly_chart(figure, key="prepare_pipeline", config=CHART, alt=told)
    with right:
        st.dataframe(
            becomes_table(recipe, made),
            hide_index=True,
            height="content",
            alt="What each column becomes",
        )


def becomes_table(recipe: Recipe, made: Preview) -> pd.DataFrame:
    """One row a feature: into how many columns it goes, and which."""
    found: dict[str, list[str]] = {name: [] for name in recipe.features}
    for output in made.columns:
        for origin in output.origins:
            found[origin].append(output.name)
    is_whole = made.outputs == len(made.columns)
    becomes = [_spell(names, is_whole) for names in found.values()]
    table = pd.DataFrame({"Column": list(found), "Becomes": becomes})
    if is_whole:
        table.insert(1, "Columns after", [len(names) for names in found.values()])
    return table


def _spell(names: list[str], is_whole: bool) -> str:
    """The first names; how many others there are only where all are known."""
    if is_whole:
        return list_names(names, SHOWN_OUTPUTS) or "nothing"
    return f"{', '.join(names[:SHOWN_OUTPUTS])} …".strip()
