"""Findings about the data as cards, the gravest first."""

from collections.abc import Sequence

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


def show_findings(findings: Sequence[Finding]) -> None:
    """A card a finding; beyond a few, the rest in an expander."""
    ranks = list(SEVERITIES)
    ordered = sorted(findings, key=lambda finding: ranks.index(finding.severity))
    _cards(ordered[:SHOWN])
    if len(ordered) > SHOWN:
        with st.expander(f"{count(len(ordered) - SHOWN, 'more finding')}"):
            _cards(ordered[SHOWN:])


def _cards(findings: Sequence[Finding]) -> None:
    if not findings:
        return
    with st.grid(min(len(findings), SHOWN), min_column_width=250):
        for finding in findings:
            with st.container(border=True, height="stretch", gap="xxsmall"):
                st.markdown(f"{SEVERITIES[finding.severity]} **{escape(finding.message)}**")
                if finding.hint:
                    st.caption(escape(finding.hint))
