"""Findings about the data as cards, the gravest first, with what a click can do about them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

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


class Action(NamedTuple):
    """What a person reads of something that a click does about a finding."""

    title: str
    icon: str
    help: str


ACTIONS = {
    "ignore": Action(
        "Ignore column",
        ":material/visibility_off:",
        "Models do not learn from it; it stays in the data.",
    ),
    "feature": Action("Use it anyway", ":material/visibility:", "Models learn from it after all."),
    "group": Action(
        "Keep together",
        ":material/group_work:",
        "Rows with the same value stay on one side of the split.",
    ),
    "time": Action("Split by time", ":material/schedule:", "The hold-out is the latest part."),
    "drop": Action(
        "Drop column", ":material/delete:", "A copy of the data set without it takes its place."
    ),
    "hash": Action(
        "Hash values",
        ":material/tag:",
        "A copy with 16 digits for each value takes its place: equal values stay equal. "
        "The rows are still about the same persons.",
    ),
    "keep": Action(
        "Keep as text",
        ":material/text_fields:",
        "The file is read again, with words such as None and NA as values of this column.",
    ),
    "decimal-point": Action(
        "Read with a decimal point",
        ":material/refresh:",
        "The file is read again: 1.234 is a little more than one, and 1,234 more than a thousand.",
    ),
    "decimal-comma": Action(
        "Read with a decimal comma",
        ":material/refresh:",
        "The file is read again: 1,234 is a little more than one, and 1.234 more than a thousand.",
    ),
}
"""By their name in `Finding.actions`."""


def show_findings(
    findings: Sequence[Finding],
    actions: Mapping[str, Callable[[str], None]] | None = None,
    key: str = "findings",
) -> None:
    """A card a finding; beyond a few, the rest in an expander.

    `actions` are those that a click can do here: by their name, what is called with the column.
    `key` tells several of these on one page apart.
    """
    ranks = list(SEVERITIES)
    ordered = sorted(findings, key=lambda finding: ranks.index(finding.severity))
    seen: Counter[tuple[str, str | None]] = Counter()
    cards = []
    for finding in ordered:
        about = (finding.code, finding.column)
        again = f"_{seen[about]}" if seen[about] else ""  # two sentinels in one column
        cards.append((f"{key}_{finding.code}_{finding.column}{again}", finding))
        seen[about] += 1
    _show_cards(cards[:SHOWN], actions or {})
    if len(cards) > SHOWN:
        with st.expander(f"{count(len(cards) - SHOWN, 'more finding')}"):
            for severity in SEVERITIES:
                rest = [card for card in cards[SHOWN:] if card[1].severity == severity]
                _show_cards(rest, actions or {})


def _show_cards(
    cards: Sequence[tuple[str, Finding]], actions: Mapping[str, Callable[[str], None]]
) -> None:
    if not cards:
        return
    with st.grid(min(len(cards), SHOWN), min_column_width=250):
        for key, finding in cards:
            with st.container(border=True, height="stretch", gap="xxsmall"):
                st.markdown(f"{SEVERITIES[finding.severity]} **{escape(finding.message)}**")
                if finding.hint:
                    st.caption(escape(finding.hint))
                with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
                    _show_actions(key, finding, actions)
                    st.caption(f"`{finding.code}`", width="content")


def _show_actions(key: str, finding: Finding, actions: Mapping[str, Callable[[str], None]]) -> None:
    if finding.column is None:
        return
    for name in finding.actions:
        if name in actions:
            action = ACTIONS[name]
            st.button(
                action.title,
                key=f"{key}_{name}",
                icon=action.icon,
                help=action.help,
                on_click=actions[name],
                args=(finding.column,),
                type="tertiary",
            )
