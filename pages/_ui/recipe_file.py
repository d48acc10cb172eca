"""The draft recipe as a file and as code."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from core.recipe import Recipe, dump_recipe
from core.tasks import get_task
from pages._ui import errors, resources, state
from pages._ui.recipes import load_draft

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo
    from core.exports.base import ExportInput


def show_recipe_file(info: DatasetInfo, recipe: Recipe) -> None:
    """The recipe as a file to save and load, as text, and as code."""
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
    """The script that trains one candidate by this recipe with plain scikit-learn."""
    from core.exports.training_data import DATA, copy_name
    from core.training.catalogue import candidates_for

    candidates = {candidate.name: candidate for candidate in candidates_for(get_task(recipe.task))}
    names = list(candidates)
    name = st.selectbox(
        "For which candidate",
        names,
        index=min(1, len(names) - 1),  # the first is the baseline
        format_func=lambda name: candidates[name].title if name in candidates else name,
        key=f"prepare_code_{recipe.task}",
        persist_state="session",
    )
    draft = _draft_export(info, recipe, name or names[0])
    script = _draft_script(info.id, dump_recipe(recipe), draft.candidate, draft)
    st.code(script, language="python", height=480)
    if copy_name(draft) in script:
        st.download_button(
            copy_name(draft),
            partial(DATA.build, draft),
            file_name=copy_name(draft),
            mime=DATA.mime,
            icon=DATA.icon,
            key="prepare_code_data",
            help="What the script reads. It holds the values themselves, also personal ones.",
            on_click="ignore",
        )


@st.cache_data(show_spinner="Trying what pandas reads…", max_entries=16)
def _draft_script(dataset_id: str, recipe: str, candidate: str, _draft: ExportInput) -> str:
    """The script of a draft; making it reads the file once more."""
    from core.exports.script import SCRIPT

    return SCRIPT.build(_draft).decode()


def _draft_export(info: DatasetInfo, recipe: Recipe, candidate_name: str) -> ExportInput:
    from core.exports.base import ExportInput
    from core.exports.training_data import TrainingData
    from core.training.catalogue import CATALOGUE
    from core.training.fitting import make_pipeline
    from core.training.table import training_table

    candidate = CATALOGUE[candidate_name]
    rows = len(training_table(resources.dataset(info.id), recipe).train)
    return ExportInput(
        name=info.name,
        version=1,
        pipeline=make_pipeline(candidate, recipe, rows=rows),
        recipe=recipe,
        contract=b"",
        source_file=resources.datasets().original_path(info.id)[0],
        candidate=candidate.name,
        data=TrainingData(resources.datasets(), info.id),
        is_draft=True,
    )
