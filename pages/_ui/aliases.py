"""Names of versions beside `champion`, and how strictly requests to a model are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.registry.words import CHAMPION, MODES
from pages._ui import errors, resources, state
from pages._ui.people import person
from pages._ui.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.registry.words import Version

MODE_TITLES = {
    "lenient": "Lenient: what is unusual is flagged and answered",
    "strict": "Strict: what is unusual is refused",
    "coerce": "Coerce: values that cannot be read count as missing, and are flagged",
}


def show_aliases(chosen: Version, versions: Sequence[Version]) -> None:
    """The aliases of all versions, a field to give the chosen one another, and the model's mode."""
    with st.popover("Aliases and mode", icon=":material/label:", key="deploy_aliases"):
        for version in versions:
            for alias in version.aliases:
                if alias != CHAMPION:
                    _show_alias(version, alias)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_input(
                f"Alias for version {chosen.version}",
                key="deploy_alias",
                max_chars=60,
                placeholder="challenger",
                help="Requests may ask for a version by it; it moves away from the version that had it.",
            )
            st.button("Set", key="deploy_alias_set", on_click=_set, args=(chosen,))
        mode = chosen.mode or MODES[0]
        key = f"deploy_mode_{chosen.name}"
        st.selectbox(
            "How requests are read",
            MODES,
            format_func=MODE_TITLES.__getitem__,
            key=state.preset(key, mode),
            on_change=_set_mode,
            args=(chosen.name, key),
            help="Of this model, whichever version answers.",
        )


def _show_alias(version: Version, alias: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{escape(alias)}** is version {version.version}", width="stretch")
        st.button(
            "Remove",
            icon=":material/close:",
            type="tertiary",
            key=f"deploy_alias_remove_{alias}",
            on_click=_remove,
            args=(version.name, alias),
        )


@errors.guarded
def _set(version: Version) -> None:
    alias = st.session_state["deploy_alias"].strip() or "challenger"
    resources.registry().set_alias(version.name, alias, version.version, by=person())
    st.session_state["deploy_alias"] = ""
    state.notify(f"{version.title} is {alias} now.", ":material/label:")


@errors.guarded
def _remove(model: str, alias: str) -> None:
    resources.registry().delete_alias(model, alias, by=person())
    state.notify(f"{model} has no {alias} any more.", ":material/label_off:")


@errors.guarded
def _set_mode(model: str, key: str) -> None:
    resources.registry().set_mode(model, st.session_state[key])
