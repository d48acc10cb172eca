"""Deploy model: a candidate to a version, which version answers, and what happened when."""

import streamlit as st

from core.registry.summary import SummaryRow
from core.registry.words import Version
from pages._ui import resources, state
from pages._ui.aliases import show_aliases
from pages._ui.champions import confirm_move, show_history, show_moves
from pages._ui.deploying import show_deploy_form
from pages._ui.errors import error_boundary
from pages._ui.layout import next_step
from pages._ui.models import choose_model, kept_choice, need_models, registered, versions_of
from pages._ui.uploading import show_upload


def choose_version(model: SummaryRow, versions: list[Version]) -> Version:
    by_number = {version.version: version for version in versions}
    chosen = st.selectbox(
        "Version",
        list(by_number),
        format_func=lambda number: _label(by_number[number]),
        key=kept_choice(f"deploy_version_{model.model}", list(by_number)),
        persist_state="session",
    )
    return by_number[chosen]


def _label(version: Version) -> str:
    title = version.tags.get("candidate_title", "")
    return f"{version.version} – {title}{', champion' if version.is_champion else ''}"


def show_model(model: SummaryRow) -> None:
    """The versions of a model, the buttons that move the champion, the history."""
    from pages._ui.versions import show_version, show_versions

    versions = versions_of(model.model)
    changes = resources.registry().history(model.model)
    show_versions(versions)
    choice, moves = st.columns([2, 3], vertical_alignment="bottom")
    with choice:
        chosen = choose_version(model, versions)
    with moves.container(horizontal=True):
        show_moves(chosen, versions, changes)
        show_aliases(chosen, versions)
    confirm_move()
    with st.container(border=True), error_boundary():
        show_version(chosen)
    st.subheader("History", anchor=False)
    show_history(changes)


run = state.current_run()
if run is not None and run.ranked():
    rows = registered()
    st.subheader("Deploy a candidate", anchor=False)
    show_deploy_form(run, rows)
    show_upload()
    if not rows:
        st.stop()
else:
    show_upload()
    rows = need_models()

st.subheader("Deployed models", anchor=False)
shown = choose_model(rows, "deploy_model")
show_model(shown)
next_step("try_predictions.py", "Try predictions", key="deploy_next")
