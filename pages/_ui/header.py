"""The head of every page: its title, and what is being worked on."""

from pathlib import Path

import streamlit as st

from pages._ui import state
from pages._ui.pages import PageEntry
from pages._ui.text import count, escape

_HERE = Path(__file__).resolve().parent


def show(entry: PageEntry) -> None:
    """The page's title, with the path from data set to run to serving model under it."""
    st.logo(str(_HERE / "logo.svg"), size="large", icon_image=str(_HERE / "icon.svg"))
    st.title(entry.heading or entry.title, anchor=False)
    crumbs = _crumbs()
    if crumbs:
        st.caption("  :material/chevron_right:  ".join(crumbs))


def _crumbs() -> list[str]:
    crumbs = []
    dataset = state.current_dataset()
    if dataset is not None:
        crumbs.append(
            f":material/table_chart: {escape(dataset.name)}, {count(dataset.rows, 'row')}"
        )
    return crumbs
