"""How rows are set aside for judging, to choose and to check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st
from msgspec.structs import replace

from core.recipe import Recipe, Role, load_recipe
from pages._ui import errors, resources, state
from pages._ui.recipes import change_columns, change_recipe, current_recipe
from pages._ui.text import count, escape

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo
    from core.scoring.proposal import Advice, SplitProposal

SCHEMES = {"folds": "Folds: every row", "once": "One part only"}
ICONS = {"warning": ":orange[:material/warning:]", "info": ":blue[:material/info:]"}


@errors.guarded
def choose_split(info: DatasetInfo, field: str, key: str) -> None:
    value = st.session_state[key]
    if field == "test_fraction":
        value = value / 100
    change_recipe(info, split=replace(current_recipe(info).split, **{field: value}))


@errors.guarded
def use_proposal(info: DatasetInfo, proposal: SplitProposal) -> None:
    for column, role in proposal.roles.items():
        change_columns(info, {column: {"Role": str(role)}})
    change_recipe(info, split=proposal.split)


@st.cache_data(show_spinner=False, max_entries=50)
def judge_split(dataset_id: str, recipe_text: str) -> tuple[SplitProposal, tuple[Advice, ...]]:
    """The split that is proposed, and what is wrong with the one that is chosen."""
    from core.scoring.proposal import check_split, propose_split

    dataset, recipe = resources.dataset(dataset_id), load_recipe(recipe_text)
    return propose_split(dataset, recipe), check_split(dataset, recipe)


@st.cache_data(show_spinner=False, max_entries=50)
def describe_split(dataset_id: str, recipe_text: str) -> tuple[str, tuple[str, ...]]:
    """The split in a sentence, and what was given up for want of rows.

    Raises `RecipeError` when the recipe does not fit the data: the same check as at the start of a run.
    """
    from core.training.table import training_table

    recipe = load_recipe(recipe_text)
    table = training_table(resources.dataset(dataset_id), recipe)
    without = f" {count(table.dropped, 'row')} without a target left out." if table.dropped else ""
    said = (
        f"{count(len(table.train), 'row')} to learn from {describe_scheme(recipe)}, "
        f"{count(len(table.test), 'row')} held out.{without}"
    )
    return said, table.notes


def describe_scheme(recipe: Recipe) -> str:
    """How the rows are judged that are not held out, as in `in 5 folds`."""
    split = recipe.split
    if split.scheme == "once":
        said = f"with one of {split.folds} parts judged"
    else:
        said = f"in {split.folds} folds"
    if split.repeats > 1 and not recipe.named(Role.TIME):
        said += f", drawn {split.repeats} times"
    return said


def show_split(info: DatasetInfo, recipe: Recipe) -> None:
    """The hold-out, and how the rest is split."""
    split, has_time = recipe.split, bool(recipe.named(Role.TIME))
    places = st.columns(4, vertical_alignment="bottom")
    places[0].slider(
        "Hold-out",
        5,
        50,
        step=5,
        format="%d %%",
        key=state.preset("prepare_test", round(split.test_fraction * 100)),
        help="These rows are scored once, for the model that you choose in the end.",
        on_change=choose_split,
        args=(info, "test_fraction", "prepare_test"),
    )
    places[1].selectbox(
        "Judge the rest by",
        list(SCHEMES),
        format_func=SCHEMES.__getitem__,
        key=state.preset("prepare_scheme", split.scheme),
        help="Folds judge every row by a model fitted without it. One part is quicker and less sure: "
        "for very large tables.",
        on_change=choose_split,
        args=(info, "scheme", "prepare_scheme"),
    )
    places[2].slider(
        "Folds" if split.scheme == "folds" else "Parts",
        2,
        20,
        key=state.preset("prepare_folds", split.folds),
        help="The rest is split into so many parts; each is judged by a model fitted on the others"
        + (", in order of time on those before it." if has_time else "."),
        on_change=choose_split,
        args=(info, "folds", "prepare_folds"),
    )
    if has_time:
        _show_gap(places[3], info, split.gap)
    else:
        places[3].number_input(
            "Repeats",
            min_value=1,
            max_value=20,
            step=1,
            key=state.preset("prepare_repeats", split.repeats),
            help="How often the folds are drawn anew: more steady the scores of a small table.",
            on_change=choose_split,
            args=(info, "repeats", "prepare_repeats"),
        )


def _show_gap(place: st.delta_generator.DeltaGenerator, info: DatasetInfo, gap: int) -> None:
    place.number_input(
        "Gap in rows",
        min_value=0,
        step=1,
        key=state.preset("prepare_gap", gap),
        help="So many rows are left out between what is learned from and what is judged: as many as a "
        "real forecast has to look ahead.",
        on_change=choose_split,
        args=(info, "gap", "prepare_gap"),
    )


def show_advice(info: DatasetInfo, recipe: Recipe, recipe_text: str) -> None:
    """What is proposed, with the reason, and what is wrong with the choices."""
    proposal, advices = judge_split(info.id, recipe_text)
    if proposal.roles or proposal.split != recipe.split:
        with st.container(border=True, gap="xsmall"):
            said = _spell_proposal(proposal, recipe)
            st.markdown(f":blue[:material/lightbulb:] **Proposed: {escape(said)}**")
            for reason in proposal.reasons:
                st.caption(escape(reason))
            st.button(
                "Use what is proposed",
                key="prepare_use_proposal",
                icon=":material/check:",
                on_click=use_proposal,
                args=(info, proposal),
            )
    else:
        for reason in proposal.reasons:
            st.caption(f":material/lightbulb: {escape(reason)}")
    # What is a finding, too, is a card further up.
    for advice in advices:
        if not advice.code:
            st.markdown(f"{ICONS[advice.severity]} {escape(f'{advice.message} {advice.hint}')}")


def _spell_proposal(proposal: SplitProposal, recipe: Recipe) -> str:
    columns = recipe.columns | {
        column: replace(recipe.columns[column], role=role)
        for column, role in proposal.roles.items()
    }
    roles = [f"{column} as {role.title()}" for column, role in proposal.roles.items()]
    proposed = replace(recipe, split=proposal.split, columns=columns)
    shares = ["equal class shares"] if proposal.split.stratify and not recipe.split.stratify else []
    return ", ".join([*roles, describe_scheme(proposed), *shares])


def show_verdict(info: DatasetInfo, recipe_text: str) -> None:
    """The split in numbers, and what became of it where rows are few; an error when it cannot be made."""
    said, notes = describe_split(info.id, recipe_text)
    st.caption(f":green[:material/check_circle:] {said}")
    for note in notes:
        st.caption(f"{ICONS['info']} {escape(note)}")
