"""The preparing steps as inputs: a card for each kind of column that is its own base, and one for the table."""

import streamlit as st
from msgspec.structs import replace

from core.data.dataset import DatasetInfo
from core.data.kinds import KINDS, base_of
from core.recipe import NumberSteps, Recipe, TableSteps, dump_recipe, load_recipe
from pages._ui import errors, resources
from pages._ui.recipes import change_recipe, current_recipe
from pages._ui.step_choices import INPUTS, TABLE
from pages._ui.step_inputs import StepInput

OFF = (False, "none")


def show_steps(info: DatasetInfo, recipe: Recipe) -> bool:
    """A card for each base of a kind that occurs among the features, and one for the whole table.

    Answers whether the steps fit together; if not, it says why.
    """
    bases = {name: base_of(kind) for name, kind in recipe.features.items()}
    kinds = [kind for kind in KINDS if kind in INPUTS and kind in bases.values()]
    cards = st.grid(2, min_column_width=300)
    for kind in kinds:
        count = sum(base == kind for base in bases.values())
        title = f"**{KINDS[kind].icon} {KINDS[kind].title}** :gray-badge[{count}]"
        with cards:
            _show_card(info, recipe, kind, title)
    # In the gap that an odd number of cards leaves, else below them.
    is_gap = len(kinds) % 2 == 1
    with cards if is_gap else st.container():
        title = "**:material/table: All columns together**"
        _show_card(info, recipe, TABLE, title, 1 if is_gap else 3)
    fits = False
    with errors.error_boundary():
        check_steps(info.id, dump_recipe(recipe))
        fits = True
    return fits


@st.cache_data(show_spinner=False, max_entries=50)
def check_steps(dataset_id: str, recipe_text: str) -> None:
    """Nothing; raises `RecipeError` when the steps do not fit together, or not this table."""
    from core.features import checks

    checks.check_steps(load_recipe(recipe_text), resources.datasets().info(dataset_id))


def _show_card(info: DatasetInfo, recipe: Recipe, kind: str, title: str, wide: int = 1) -> None:
    steps = getattr(recipe.preparing, kind)
    shown = [each for each in INPUTS[kind] if each.has_use(recipe)]
    more = [each for each in shown if not each.is_usual]
    with st.container(border=True, height="stretch"):
        st.markdown(title)
        with st.grid(wide, min_column_width=200, vertical_alignment="bottom"):
            for each in shown:
                if each.is_usual:
                    _show_input(info, kind, each, steps)
        with st.container(horizontal=True, vertical_alignment="center"):
            if more:
                with st.popover("More steps", icon=":material/tune:", key=f"prepare_{kind}_more"):
                    for each in more:
                        _show_input(info, kind, each, steps)
            if len(_switched_on(steps)) > 1:
                with st.popover("Order", icon=":material/swap_vert:", key=f"prepare_{kind}_order"):
                    _show_order(info, kind, steps)
            changed = [each.label for each in more if _is_changed(each, steps)]
            if changed:
                st.caption(f":material/check: {', '.join(changed)}")


def _show_input(info: DatasetInfo, kind: str, shown: StepInput, steps: object) -> None:
    key = f"prepare_{kind}_{shown.field}"
    shown.show(key, getattr(steps, shown.field), change_step, info, kind, shown, key)


def _is_changed(shown: StepInput, steps: object) -> bool:
    return bool(getattr(steps, shown.field) != getattr(type(steps)(), shown.field))


def _switched_on(steps: object) -> list[str]:
    """The steps that are done, in their order; none where the order is always the same."""
    if not isinstance(steps, NumberSteps | TableSteps):
        return []
    return [name for name in steps.order if getattr(steps, name) not in OFF]


def _show_order(info: DatasetInfo, kind: str, steps: object) -> None:
    """What is switched on, each with a button that moves it before the one above it."""
    labels = {each.field: each.label for each in INPUTS[kind]}
    st.caption("From the top to the bottom.")
    for place, name in enumerate(_switched_on(steps)):
        with st.container(
            horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
        ):
            st.markdown(f"{place + 1}\\. {labels[name]}", width="content")
            st.button(
                "Earlier",
                key=f"prepare_{kind}_earlier_{name}",
                icon=":material/arrow_upward:",
                type="tertiary",
                disabled=place == 0,
                on_click=move_step,
                args=(info, kind, name),
            )


@errors.guarded
def change_step(info: DatasetInfo, kind: str, changed: StepInput, key: str) -> None:
    """Keeps the draft with the value that the input now has."""
    _keep(info, kind, {changed.field: changed.read(st.session_state[key])})


@errors.guarded
def move_step(info: DatasetInfo, kind: str, name: str) -> None:
    """Keeps the draft with this step before the one that was done before it."""
    steps = getattr(current_recipe(info).preparing, kind)
    done = _switched_on(steps)
    before = done[done.index(name) - 1]
    swapped = {name: before, before: name}
    _keep(info, kind, {"order": tuple(swapped.get(each, each) for each in steps.order)})


def _keep(info: DatasetInfo, kind: str, changes: dict[str, object]) -> None:
    preparing = current_recipe(info).preparing
    steps = replace(getattr(preparing, kind), **changes)
    change_recipe(info, preparing=replace(preparing, **{kind: steps}))
