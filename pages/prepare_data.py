"""Prepare data: what to predict, from what, how columns are prepared and how rows are split."""

import streamlit as st
from msgspec.structs import replace

from core.data.dataset import DatasetInfo
from core.data.findings import find
from core.recipe import Recipe, Role, dump_recipe, load_recipe
from core.tasks import TASKS, get_task
from pages._ui import errors, resources, state, text
from pages._ui.columns import COLUMN_CONFIG, columns_table, edit_columns
from pages._ui.findings import show_findings
from pages._ui.layout import need_dataset, next_step
from pages._ui.recipes import (
    change_columns,
    change_recipe,
    change_target,
    current_recipe,
    load_draft,
)
from pages._ui.steps import show_steps

ROLE_TITLES = {
    Role.FEATURE: "Feature",
    Role.TARGET: "Target",
    Role.GROUP: "Group",
    Role.TIME: "Time",
    Role.IGNORE: "Ignore",
}

ROLE_COLUMN = st.column_config.SelectboxColumn(
    options=[str(role) for role in ROLE_TITLES],
    format_func=lambda role: ROLE_TITLES[Role(str(role))],
    required=True,
    help="Group: rows that belong together stay together in the split. "
    "Time: the hold-out is the latest part.",
)


@errors.guarded
def choose_target(info: DatasetInfo) -> None:
    change_target(info, st.session_state["prepare_target"])


@errors.guarded
def choose_task(info: DatasetInfo) -> None:
    change_target(info, current_recipe(info).target, st.session_state["prepare_task"])


@errors.guarded
def choose_positive(info: DatasetInfo) -> None:
    change_recipe(info, positive=st.session_state["prepare_positive"])


@errors.guarded
def choose_split(info: DatasetInfo, field: str, key: str) -> None:
    value = st.session_state[key]
    if field == "test_fraction":
        value = value / 100
    change_recipe(info, split=replace(current_recipe(info).split, **{field: value}))


@errors.guarded
def choose_seed(info: DatasetInfo) -> None:
    change_recipe(info, seed=st.session_state["prepare_seed"])


@st.cache_data(show_spinner=False, max_entries=50)
def labels_of(dataset_id: str, target: str, task: str) -> list[object]:
    """The classes of the target, the most frequent first."""
    values = resources.dataset(dataset_id).frame[target].dropna()
    return list(get_task(task).prepare_target(values).value_counts().index)


@st.cache_data(show_spinner=False, max_entries=50)
def target_findings(dataset_id: str, target: str) -> list:
    """What stands out only now that the target is known."""
    dataset = resources.dataset(dataset_id)
    known = set(dataset.info.findings)
    found = find(dataset.frame, dataset.info.columns, target)
    return [finding for finding in found if finding not in known]


@st.cache_data(show_spinner=False, max_entries=50)
def split_sizes(dataset_id: str, recipe_text: str) -> tuple[int, int, int]:
    """Rows to learn from, rows held out, and rows left out because their target is missing.

    Raises `RecipeError` when the recipe does not fit the data: the same check as at the start of a run.
    """
    from core.training.table import training_table

    table = training_table(resources.dataset(dataset_id), load_recipe(recipe_text))
    return len(table.train), len(table.test), table.dropped


def show_target(info: DatasetInfo, recipe: Recipe) -> None:
    has_positive = recipe.positive is not None
    places = st.columns(3 if has_positive else 2)
    places[0].selectbox(
        "Column to predict",
        info.names,
        key=state.preset("prepare_target", recipe.target),
        on_change=choose_target,
        args=(info,),
    )
    places[1].selectbox(
        "Kind of question",
        list(TASKS),
        format_func=lambda name: TASKS[name].title,
        key=state.preset("prepare_task", recipe.task),
        help="Found from the column's values; change it when they mean something else.",
        on_change=choose_task,
        args=(info,),
    )
    if has_positive:
        labels = labels_of(info.id, recipe.target, recipe.task)
        places[2].selectbox(
            "Positive class",
            labels if recipe.positive in labels else [recipe.positive, *labels],
            key=state.preset("prepare_positive", recipe.positive),
            help="What precision, recall and the curves are about: the thing that may happen.",
            on_change=choose_positive,
            args=(info,),
        )
    st.caption(get_task(recipe.task).description)


def show_columns(info: DatasetInfo, recipe: Recipe) -> None:
    table = columns_table(info)
    table["Kind"] = [recipe.columns[name].kind for name in info.names]
    table.insert(1, "Role", [str(recipe.columns[name].role) for name in info.names])
    changes = edit_columns(
        "prepare_columns",
        table,
        ("Role", "Kind"),
        {**COLUMN_CONFIG, "Role": ROLE_COLUMN},
        "The role and kind of each column",
    )
    if changes:
        with errors.then_rerun():
            change_columns(info, changes)


def show_split(info: DatasetInfo, recipe: Recipe) -> None:
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    left.slider(
        "Hold-out",
        5,
        50,
        step=5,
        format="%d %%",
        key=state.preset("prepare_test", round(recipe.split.test_fraction * 100)),
        help="These rows are scored once, for the model that you choose in the end.",
        on_change=choose_split,
        args=(info, "test_fraction", "prepare_test"),
    )
    middle.slider(
        "Folds",
        2,
        20,
        key=state.preset("prepare_folds", recipe.split.folds),
        help="The rest is split into so many parts; each is judged by a model fitted on the others.",
        on_change=choose_split,
        args=(info, "folds", "prepare_folds"),
    )
    right.number_input(
        "Seed",
        min_value=0,
        max_value=2**32 - 1,
        step=1,
        key=state.preset("prepare_seed", recipe.seed),
        help="The same seed on the same data gives the same result.",
        on_change=choose_seed,
        args=(info,),
    )
    if get_task(recipe.task).can_stratify:
        st.toggle(
            "Keep the class shares equal in every part",
            key=state.preset("prepare_stratify", recipe.split.stratify),
            on_change=choose_split,
            args=(info, "stratify", "prepare_stratify"),
        )


def show_recipe_file(info: DatasetInfo, recipe: Recipe) -> None:
    st.caption("Every choice above in one file, for the command line, a colleague or another day.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Save recipe",
            dump_recipe(recipe),
            file_name=f"{info.name}-recipe.yaml",
            mime="application/yaml",
            icon=":material/save:",
            key="prepare_save",
            on_click="ignore",
        )
        with st.popover("Load recipe", icon=":material/folder_open:"):
            uploaded = st.file_uploader(
                "A recipe that was saved here",
                type=["yaml", "yml"],
                key=state.fresh_key("prepare_recipe"),
            )
    if uploaded is not None:
        with errors.take_once("prepare_recipe"):
            load_draft(info, uploaded.getvalue())
            state.notify("The recipe is loaded.")
    as_yaml, as_code = st.tabs(
        ["Recipe", "As scikit-learn code"], on_change="rerun", key="prepare_code"
    )
    if as_yaml.open:
        as_yaml.code(dump_recipe(recipe), language="yaml", height=360)
    if as_code.open:
        with as_code:
            show_code(info, recipe)


def show_code(info: DatasetInfo, recipe: Recipe) -> None:
    from core.exports.base import ExportInput
    from core.exports.script import SCRIPT
    from core.features.pipeline import build_pipeline
    from core.training.catalogue import candidates_for

    task = get_task(recipe.task)
    candidates = {candidate.name: candidate for candidate in candidates_for(task)}
    names = list(candidates)
    name = st.selectbox(
        "For which candidate",
        names,
        index=min(1, len(names) - 1),  # the first is the baseline
        format_func=lambda name: candidates[name].title if name in candidates else name,
        key=f"prepare_code_{recipe.task}",
        persist_state="session",
    )
    candidate = candidates[name or names[0]]
    make = candidate.maker(task)
    assert make is not None, "candidates_for leaves out families without one"
    script = SCRIPT.build(
        ExportInput(
            name=info.name,
            version=1,
            pipeline=build_pipeline(recipe, make(recipe.seed), candidate.needs),
            recipe=recipe,
            contract=b"",
            source_file=resources.datasets().original(info.id)[0],
            candidate=candidate.name,
            skipped_lines=tuple(line for line, _ in info.skipped),
        )
    )
    st.code(script.decode(), language="python", height=480)


dataset = need_dataset()
draft = current_recipe(dataset)

st.subheader("What to predict", anchor=False)
show_target(dataset, draft)
show_findings(target_findings(dataset.id, draft.target))

st.subheader("From what", anchor=False)
show_columns(dataset, draft)

st.subheader("How columns are prepared", anchor=False)
st.caption("Learned inside each fold from its own training rows, so that nothing leaks.")
show_steps(dataset, draft.preparing, draft.features)

st.subheader("How models are judged", anchor=False)
show_split(dataset, draft)
verdict = st.container()

with st.expander(
    "Recipe file and code", icon=":material/code:", on_change="rerun", key="prepare_file"
) as file:
    if file.open:
        show_recipe_file(dataset, draft)

with verdict.skeleton(), errors.error_boundary():
    learn, held_out, dropped = split_sizes(dataset.id, dump_recipe(draft))
    without = f" {text.count(dropped, 'row')} without a target left out." if dropped else ""
    verdict.caption(
        f":green[:material/check_circle:] {text.count(learn, 'row')} to learn from in "
        f"{draft.split.folds} folds, {text.count(held_out, 'row')} held out.{without}"
    )
    next_step("train_models.py", "Train models", key="prepare_next")
