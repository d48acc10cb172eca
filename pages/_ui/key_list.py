"""The API keys that were made, and revoking one."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pages._ui import errors, resources, state
from pages._ui.text import ago, count, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.serving.access import ApiKey

_ASKED = "ui_revoke"


def show_keys(keys: Sequence[ApiKey]) -> None:
    """The keys in use with the button that revokes one; those of the past folded away."""
    now = time.time()
    usable = [key for key in keys if key.is_usable(now)]
    past = [key for key in keys if not key.is_usable(now)]
    if usable:
        _show_table(usable, "access_keys")
        _show_revoking(usable)
    else:
        st.caption("No key is in use.")
    if past:
        with st.expander(count(len(past), "revoked or expired key")):
            _show_table(past, "access_past_keys")


def _show_table(keys: Sequence[ApiKey], key: str) -> None:
    st.dataframe(
        keys_table(keys, time.time()),
        hide_index=True,
        height="content" if len(keys) <= 12 else 460,
        key=key,
        column_config={"Name": st.column_config.TextColumn(pinned=True)},
        alt="API keys with what they may do and when they were used last",
    )


def keys_table(keys: Sequence[ApiKey], now: float) -> pd.DataFrame:
    """One row a key; nothing of its secret."""
    return pd.DataFrame(
        {
            "Name": [key.name for key in keys],
            "State": [key.state(now) for key in keys],
            "May": [" and ".join(key.scopes) for key in keys],
            "Models": [", ".join(key.models) or "all" for key in keys],
            "A minute": [
                "no limit" if key.requests_per_minute is None else f"{key.requests_per_minute:,}"
                for key in keys
            ],
            "Last used": [_ago(key.last_used_at) for key in keys],
            "Made": [_ago(key.created_at) for key in keys],
            "Expires": [_day(key.expires_at) for key in keys],
            "Begins with": [f"slipway_{key.id}_" for key in keys],
        }
    )


def _ago(at: float | None) -> str:
    return "never" if at is None else ago(datetime.fromtimestamp(at, UTC).isoformat())


def _day(at: float | None) -> str:
    return "never" if at is None else datetime.fromtimestamp(at, UTC).date().isoformat()


def _show_revoking(usable: Sequence[ApiKey]) -> None:
    by_id = {key.id: key for key in usable}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Key to revoke",
            list(by_id),
            format_func=lambda key_id: by_id[key_id].name,
            key="access_chosen",
            width=320,
        )
        st.button(
            "Revoke…",
            icon=":material/key_off:",
            key="access_revoke",
            on_click=_ask,
            args=(chosen,),
        )
    asked = by_id.get(st.session_state.get(_ASKED, ""))
    if asked is not None:
        _confirm(asked)


def _ask(key_id: str) -> None:
    st.session_state[_ASKED] = key_id


def _forget() -> None:
    st.session_state.pop(_ASKED, None)


@st.dialog("Revoke this key?", icon=":material/key_off:", on_dismiss=_forget)
def _confirm(key: ApiKey) -> None:
    st.markdown(
        f"Whoever uses **{escape(key.name)}** is refused from within two seconds on. This cannot be "
        "undone; a new key can be made."
    )
    st.caption(f"It was last used: {_ago(key.last_used_at)}.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="access_cancel", on_click=_forget):
            st.rerun()
        if st.button(
            "Revoke", type="primary", key="access_confirm", on_click=_revoke, args=(key.id,)
        ):
            st.rerun()


@errors.guarded
def _revoke(key_id: str) -> None:
    _forget()
    key = resources.keys().revoke(key_id)
    state.notify(f"The key {escape(key.name)} is revoked.", ":material/key_off:")
