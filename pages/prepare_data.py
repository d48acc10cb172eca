"""Prepare data: what to predict, from what, how columns are prepared and how rows are split."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.data.dataset import DatasetInfo
from core.data.findings import Finding, Subject, find_about_target
from core.data.profiling import typed_column
from core.recipe import Recipe, Role, Split, dump_recipe
from core.tasks import TASKS, get_task
from pages._ui import errors, resources, state, text
from pages._ui.findings import show_findings
from pages._ui.judging import show_metrics, show_more, title_of_more
from pages._ui.layout import need_dataset, next_step
from pages._ui.preview import show_preview
from pages._ui.recipe_file import show_recipe_file
from pages._ui.recipes import change_columns, change_recipe, change_target, current_recipe
from pages._ui.roles import show_columns
from pages._ui.split import show_advice, show_split, show_verdict
from pages._ui.steps import show_steps

# What a click on a finding can make of its column.
ROLE_ACTIONS = (Role.IGNORE, Role.FEATURE, Role.GROUP, Role.TIME)


@errors.guarded
def choose_role(info: DatasetInfo, role: Role, column: str) -> None:
    change_columns(info, {column: {"Role": str(role)}})


@errors.guarded
def choose_target(info: DatasetInfo) -> None:
    change_target(info, st.session_state["prepare_target"])


@errors.guarded
def choose_task(info: DatasetInfo) -> None:
    change_target(info, current_recipe(info).target, st.session_state["prepare_task"])


@errors.guarded
def choose_positive(info: DatasetInfo) -> None:
    change_recipe(info, positive=st.session_state["prepare_positive"])


@st.cache_data(show_spinner=False, max_entries=50)
def labels_of(dataset_id: str, target: str, kind: str, task: str) -> list[object]:
    """The classes of the target, the most frequent first."""
    values = typed_column(resources.dataset(dataset_id), target, kind).dropna()
    return list(get_task(task).prepare_target(values).value_counts().index)


@st.cache_data(show_spinner=False, max_entries=50)
def target_findings(
    dataset_id: str, target: str, roles: dict[str, str], test_fraction: float
) -> tuple[Finding, ...]:
    """What stands out only now that the target, the roles and the split are known."""
    dataset = resources.dataset(dataset_id)
    chosen = {name: Role(role) for name, role in roles.items()}
    split = Split(test_fraction=test_fraction)
    return find_about_target(Subject(dataset.frame, dataset.info.columns, target, chosen, split))


def show_target_findings(info: DatasetInfo, recipe: Recipe) -> None:
    roles = {name: str(choice.role) for name, choice in recipe.columns.items()}
    found = target_findings(info.id, recipe.target, roles, recipe.split.test_fraction)
    show_findings(found, role_actions(info))


def show_column_findings(info: DatasetInfo, recipe: Recipe) -> None:
    """What was found when the data was loaded, as far as it is about columns that models would learn from."""
    features = recipe.features
    found = [f for f in info.findings if f.column in features and "ignore" in f.actions]
    if found:
        title = f"{text.count(len(found), 'finding')} about columns that models would learn from"
        with st.expander(title, icon=":material/flag:"):
            show_findings(found, role_actions(info), key="column_findings")


def role_actions(info: DatasetInfo) -> dict[str, Callable[[str], None]]:
    return {str(role): partial(choose_role, info, role) for role in ROLE_ACTIONS}


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
        kind = recipe.columns[recipe.target].kind
        labels = labels_of(info.id, recipe.target, kind, recipe.task)
        places[2].selectbox(
            "Positive class",
            labels if recipe.positive in labels else [recipe.positive, *labels],
            key=state.preset("prepare_positive", recipe.positive),
            help="What precision, recall and the curves are about: the thing that may happen.",
            on_change=choose_positive,
            args=(info,),
        )
    st.caption(get_task(recipe.task).description)


dataset = need_dataset()
draft = current_recipe(dataset)

st.subheader("What to predict", anchor=False)
show_target(dataset, draft)
show_target_findings(dataset, draft)

st.subheader("From what", anchor=False)
show_column_findings(dataset, draft)
show_columns(dataset, draft)

st.subheader("How columns are prepared", anchor=False)
st.caption("Learned inside each fold from its own training rows, so that nothing leaks.")
steps_fit = show_steps(dataset, draft)
with st.expander(
    "See what it does", icon=":material/visibility:", on_change="rerun", key="prepare_preview"
) as seen:
    if seen.open and steps_fit:
        show_preview(dataset, draft)
    elif seen.open:
        st.caption("There is something to see as soon as the steps fit together.")

st.subheader("How models are judged", anchor=False)
draft_text = dump_recipe(draft)
show_split(dataset, draft)
metrics = st.container()
with st.expander(title_of_more(draft), icon=":material/tune:"):
    show_more(dataset, draft)
advice = st.container()
verdict = st.container()

with st.expander(
    "Recipe file and code", icon=":material/code:", on_change="rerun", key="prepare_file"
) as file:
    if file.open:
        show_recipe_file(dataset, draft)

with metrics.skeleton(), metrics, errors.error_boundary():
    show_metrics(dataset, draft)
with advice, errors.error_boundary():
    show_advice(dataset, draft, draft_text)
with verdict.skeleton(), errors.error_boundary():
    with verdict:
        show_verdict(dataset, draft_text)
    next_step("train_models.py", "Train models", key="prepare_next")
