"""The registered models and their versions, to choose from on every page that ships."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._ui import resources, state, status
from pages._ui.errors import guarded
from pages._ui.layout import empty_state
from pages._ui.text import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.registry.summary import SummaryRow
    from core.registry.words import Version
    from core.serving.hub import ModelHub

CHAMPION = 0
"""Stands for whichever version is champion; versions are counted from 1."""

_PARAMETER = "model"


def registered() -> tuple[SummaryRow, ...]:
    """The registered models, from the summary where there is one, else from the registry itself."""
    known = status.known_models()
    if known is not None:
        return known
    from core.registry.summary import summary_row

    with st.spinner("Asking the registry…"):
        return tuple(summary_row(model) for model in resources.registry().models())


def need_models() -> tuple[SummaryRow, ...]:
    """The registered models; without one the page ends here and leads to where one is made."""
    rows = registered()
    if rows:
        return rows
    run = state.current_run()
    if run is not None and run.best is not None:
        empty_state(
            "Nothing deployed yet",
            "Your candidates are trained. Deploy one, and it can be used here.",
            "deploy_model.py",
            "Deploy a model",
        )
    else:
        empty_state(
            "Nothing deployed yet",
            "Load a table and train a model first; with a sample it takes a minute.",
            "load_data.py" if state.current_dataset() is None else "train_models.py",
            "Load data" if state.current_dataset() is None else "Train models",
        )
    st.stop()


def choose_model(rows: tuple[SummaryRow, ...], key: str) -> SummaryRow:
    """The model that the address names, else the one chosen last, else the one promoted last."""
    by_name = {row.model: row for row in rows}
    asked = st.query_params.get(_PARAMETER)
    if asked is not None and asked not in by_name:
        st.warning(
            f"The model {escape(asked)} of this link is no longer here.", icon=":material/link_off:"
        )
    serving = status.serving(rows)
    candidates = (asked, state.model(), serving.model if serving else None)
    chosen = next((name for name in candidates if name in by_name), rows[0].model)
    st.selectbox(
        "Model", list(by_name), key=state.preset(key, chosen), on_change=_choose_model, args=(key,)
    )
    if asked != chosen:
        st.query_params[_PARAMETER] = chosen
    elif chosen != state.model():
        state.select_model(chosen)
    return by_name[chosen]


@guarded
def _choose_model(key: str) -> None:
    show_model(st.session_state[key])


def show_model(name: str) -> None:
    """Looks at this model from now on, whatever the address said before."""
    st.query_params[_PARAMETER] = name
    state.select_model(name)


def choose_version(versions: Sequence[Version], key: str) -> int | None:
    """A version's number; None for the champion, whichever it will be."""
    numbers = [version.version for version in versions]
    champion = next((version.version for version in versions if version.is_champion), None)
    chosen = st.selectbox(
        "Version",
        options := numbers if champion is None else [CHAMPION, *numbers],
        format_func=lambda number: _version_label(number, champion),
        key=kept_choice(f"{key}_{versions[0].name}", options),
        persist_state="session",
        help="The champion is the version that answers when none is named.",
    )
    return chosen or None


def kept_choice(key: str, options: Sequence[int]) -> str:
    """The key of a selectbox, with what was chosen before; else the first.

    Setting it anew makes the browser show the option's present label.
    """
    held = st.session_state.get(key)
    return state.preset(key, held if held in options else options[0])


def _version_label(number: int, champion: int | None) -> str:
    return f"Champion (version {champion})" if number == CHAMPION else f"Version {number}"


def versions_of(name: str) -> list[Version]:
    """The versions of a model, newest first."""
    with st.spinner("Asking the registry…"):
        return resources.registry().versions(name)


def get_hub() -> ModelHub:
    """The models that answer, the same as the API's."""
    with st.spinner("Opening the registry…"):
        return resources.hub()
