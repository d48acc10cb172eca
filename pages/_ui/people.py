"""Who is sitting there, as histories are to name them; remembered for the browser."""

import streamlit as st

from pages._ui import resources, state
from pages._ui.errors import guarded

SOMEONE = "someone in the app"


def person() -> str:
    """The name to put into a history."""
    return state.workspace().person or SOMEONE


def name_field(key: str) -> None:
    """Asks for the name, once for all places that need it."""
    st.text_input(
        "Your name",
        key=state.preset(key, state.workspace().person),
        max_chars=60,
        placeholder=SOMEONE,
        help="For the history of the model. Remembered in this browser.",
        on_change=_keep,
        args=(key,),
    )


@guarded
def _keep(key: str) -> None:
    name = st.session_state[key].strip()
    resources.workspaces().update(state.workspace_id(), lambda kept: kept.with_person(name))
