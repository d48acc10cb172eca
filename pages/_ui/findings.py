"""Findings about the data as cards, the gravest first."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from core.data.dataset import Finding
from pages._ui.text import count, escape

SEVERITIES = {
    "error": ":red[:material/error:]",
    "warning": ":orange[:material/warning:]",
    "info": ":blue[:material/info:]",
}
SHOWN = 3
"""So many are in sight; the others wait behind a click."""


def show_findings(
    findings: Sequence[Finding],
    actions: Mapping[str, str] | None = None,
    act: Callable[..., None] | None = None,
    args: tuple[Any, ...] = (),
) -> None:
    """A card a finding; beyond a few, the rest in an expander.

    `actions` are those that a click can do here, by code and with a title; it calls
    `act(*args, finding, code)`.
    """

    def cards(part: Sequence[Finding]) -> None:
        _cards(part, actions or {}, act, args)

    ranks = list(SEVERITIES)
    ordered = sorted(findings, key=lambda finding: ranks.index(finding.severity))
    cards(ordered[:SHOWN])
    if len(ordered) > SHOWN:
        with st.expander(f"{count(len(ordered) - SHOWN, 'more finding')}"):
            cards(ordered[SHOWN:])


def _cards(
    findings: Sequence[Finding],
    actions: Mapping[str, str],
    act: Callable[..., None] | None,
    args: tuple[Any, ...],
) -> None:
    if not findings:
        return
    with st.grid(min(len(findings), SHOWN), min_column_width=250):
        for finding in findings:
            with st.container(border=True, height="stretch", gap="xxsmall"):
                st.markdown(f"{SEVERITIES[finding.severity]} **{escape(finding.message)}**")
                if finding.hint:
                    st.caption(escape(finding.hint))
                for code in finding.actions:
                    if code in actions:
                        st.button(
                            actions[code],
                            key=f"finding_{finding.code}_{finding.column}_{code}",
                            on_click=act,
                            args=(*args, finding, code),
                        )
