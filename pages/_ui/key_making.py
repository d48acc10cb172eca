"""A new API key: what it may do, and the one time that it is shown."""

from __future__ import annotations

import streamlit as st

from core.serving.access.keys import MANAGE, PREDICT, SCOPES
from pages._ui import errors, resources, state
from pages._ui.addresses import api_url
from pages._ui.models import registered
from pages._ui.text import escape

_MADE = "ui_made_key"
MEANINGS = {PREDICT: "Predict", MANAGE: "Manage: metrics, load and unload"}
LIVES = {"Never": None, "In 30 days": 30, "In 90 days": 90, "In a year": 365}


def show_making() -> None:
    """The form, or the key that was just made."""
    made = st.session_state.get(_MADE)
    if made is not None:
        _show_made(*made)
        return
    with st.form("access_make", enter_to_submit=False):
        name, scopes = st.columns(2)
        models, rate, life = st.columns([2, 1, 1])
        name.text_input(
            "Name",
            key=state.fresh_key("access_name"),
            max_chars=60,
            placeholder="Who or what uses it, for example: web shop",
        )
        scopes.multiselect(
            "May",
            SCOPES,
            default=[PREDICT],
            format_func=MEANINGS.__getitem__,
            key=state.fresh_key("access_scopes"),
        )
        models.multiselect(
            "Only these models",
            [row.model for row in registered()],
            placeholder="All models",
            key=state.fresh_key("access_models"),
        )
        rate.number_input(
            "Requests a minute",
            min_value=1,
            max_value=1_000_000,
            value=None,
            placeholder="No limit",
            key=state.fresh_key("access_rate"),
        )
        life.selectbox("Expires", list(LIVES), key=state.fresh_key("access_life"))
        st.form_submit_button(
            "Make a key",
            type="primary",
            icon=":material/key:",
            key="access_make_key",
            on_click=_make,
        )


@errors.guarded
def _make() -> None:
    chosen = {
        name: st.session_state[state.fresh_key(f"access_{name}")]
        for name in ("name", "scopes", "models", "rate", "life")
    }
    key, token = resources.keys().create(
        chosen["name"], chosen["scopes"], chosen["models"], chosen["rate"], LIVES[chosen["life"]]
    )
    for name in chosen:
        state.renew_key(f"access_{name}")
    st.session_state[_MADE] = (key.name, token)


def _show_made(name: str, token: str) -> None:
    with st.container(border=True):
        st.markdown(f":green[:material/check_circle:] **The key {escape(name)} is made**")
        st.markdown("Copy it now: it is kept only as a hash, and cannot be shown again.")
        st.code(token, language=None, wrap_lines=True)
        st.caption("A call with it:")
        st.code(
            f"curl {api_url()}/v1/models \\\n  -H 'Authorization: Bearer {token}'",
            language="bash",
            wrap_lines=True,
        )
        st.button(
            "I have copied it", icon=":material/done:", key="access_copied", on_click=forget_made
        )


def forget_made() -> None:
    """Lets go of the key that was shown."""
    st.session_state.pop(_MADE, None)
