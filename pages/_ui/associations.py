"""Where values are missing, and how each column goes with one that a person picks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.data.dataset import DatasetInfo
from core.errors import RecipeError
from pages._ui import resources, state, text
from pages._ui.layout import CHART

if TYPE_CHECKING:
    from core.data.gaps import MissingPattern
    from core.data.profile import Association, Relation

WEAK = 0.01
"""Below, what a column accounts for is of no use by itself."""

MEASURE = (
    "**The share of the variation that a column accounts for by itself.** The rows are put into groups by the "
    "column's values (numbers and dates into twelve groups of about equal size, text into its twenty most "
    "frequent values), and the share of the target's variation that lies between the groups is taken: of "
    "a quantity the correlation ratio η² of its ranks, of classes the τ of Goodman and Kruskal. "
    "Both are adjusted for the number of groups, as an adjusted R² is. 0 = nothing, 100% = all of it. It also "
    "sees relations that rise and fall again; it says nothing about what columns tell only together, or about causes."
)


def show_missing(info: DatasetInfo) -> None:
    """The pattern of gaps over the rows, and columns whose gaps come together."""
    from core.charts.gaps import gaps_alt_text, gaps_figure

    pattern = missing(info.id)
    if not pattern.columns:
        st.markdown(":green[:material/check_circle:] Every cell has a value.")
        return
    st.caption(
        f"{text.share(pattern.complete, pattern.rows)} of the rows have a value in every column. "
        "Each line is a column with gaps; darker = more values of these rows are missing."
    )
    st.plotly_chart(gaps_figure(pattern), config=CHART, key="load_gaps", alt=gaps_alt_text(pattern))
    gaps = [column for column in info.columns if column.missing]
    if len(gaps) > len(pattern.columns):
        st.caption(
            f"The {len(pattern.columns)} emptiest of {len(gaps)} columns with gaps are shown."
        )
    if pattern.together:
        st.markdown("**Gaps that come together**")
        st.dataframe(
            pd.DataFrame(
                [(pair.first, pair.second, pair.rows, pair.share) for pair in pattern.together],
                columns=["Column", "and column", "Rows without both", "Of the rows without either"],
            ),
            column_config={
                "Of the rows without either": st.column_config.ProgressColumn(
                    format="percent", min_value=0.0, max_value=1.0
                )
            },
            hide_index=True,
            alt="Pairs of columns whose gaps are in the same rows",
        )


@st.cache_data(show_spinner=False, max_entries=20)
def missing(dataset_id: str) -> MissingPattern:
    """Where a data set has no values."""
    from core.data.gaps import missing_pattern

    return missing_pattern(resources.dataset(dataset_id).frame)


def show_associations(info: DatasetInfo) -> None:
    """How strongly each column goes with the target, and one of them in full."""
    from core.charts.association import (
        association_alt_text,
        association_figure,
        relation_alt_text,
        relation_figure,
    )

    if len(info.columns) < 2:
        st.caption("There is only one column.")
        return
    left, right = st.columns(2)
    target = left.selectbox(
        "Column to explain",
        info.names,
        index=info.names.index(_likely_target(info)),
        key=f"load_target_{info.id}",
        help="The column to predict, or any other.",
    )
    if info.column(target).missing == info.rows:
        st.caption("This column has no values.")
        return
    found = associations(info.id, target)
    strengths = {one.column: one.strength for one in found}
    key = f"load_pair_{info.id}_{target}"
    chosen = right.selectbox(
        "Explained by",
        list(strengths),
        format_func=lambda name: f"{name}  ({strengths.get(name, 0):.1%})",
        key=key,
        help="Or click its bar.",
    )
    bars, detail = st.columns(2)
    with bars:
        st.markdown(f"**What goes with {text.escape(target)}**", help=MEASURE)
        st.plotly_chart(
            association_figure(found, chosen),
            config=CHART,
            key=f"load_bars_{info.id}_{target}",
            alt=association_alt_text(found, target),
            on_select=lambda: _pick_bar(info.id, target, [one.column for one in found]),
            selection_mode="points",
        )
        st.caption(
            "Share of the variation that each column accounts for by itself."
            if found[0].strength >= WEAK
            else "No column tells anything about it by itself; several together may."
        )
    with detail:
        st.markdown(f"**{text.escape(target)} by {text.escape(chosen)}**")
        found_relation = relation(info.id, chosen, target)
        st.plotly_chart(
            relation_figure(found_relation),
            config=CHART,
            key="load_relation",
            alt=relation_alt_text(found_relation),
        )


def _pick_bar(dataset_id: str, target: str, columns: list[str]) -> None:
    points = st.session_state[f"load_bars_{dataset_id}_{target}"].selection.points
    if points:
        st.session_state[f"load_pair_{dataset_id}_{target}"] = columns[points[0]["point_index"]]


def _likely_target(info: DatasetInfo) -> str:
    """The target of the draft recipe, or what looks most like one."""
    from core.features.proposal import propose_target

    recipe = state.draft(info.id)
    if recipe is not None and recipe.target in info.names:
        return recipe.target
    try:
        return propose_target(info)
    except RecipeError:
        return info.names[-1]


@st.cache_data(show_spinner=False, max_entries=50)
def associations(dataset_id: str, target: str) -> tuple[Association, ...]:
    """How strongly each column of a data set goes with one of them."""
    from core.data.profile import associate

    found = resources.dataset(dataset_id)
    return associate(found.frame, found.info.columns, target)


@st.cache_data(show_spinner=False, max_entries=200)
def relation(dataset_id: str, column: str, target: str) -> Relation:
    """One column of a data set in the groups of another."""
    from core.data.profile import relate

    found = resources.dataset(dataset_id)
    return relate(found.frame, found.info.column(column), found.info.column(target))
