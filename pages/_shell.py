"""The router: page config, menu, the header that all pages share, and the page itself."""

from itertools import groupby

import streamlit as st

from pages._ui import errors, header, state
from pages._ui.pages import existing_pages

st.set_page_config(
    page_title="Slipway",
    page_icon=header.ICON,  # a Material icon here would be fetched from elsewhere
    layout="wide",
    menu_items={"About": "Slipway takes you from a data file to a deployed model."},
)

entries = {
    st.Page(
        entry.file,
        title=entry.title,
        icon=entry.icon,
        help=entry.help,
        url_path=entry.address,
        default=not entry.section,
    ): entry
    for entry in existing_pages()
}
page = st.navigation(
    {
        section: list(group)
        for section, group in groupby(entries, key=lambda page: entries[page].section)
    }
)

# Lines stay readable on a wide screen; a narrow one uses all of its width.
with (
    st.container(horizontal_alignment="center"),
    st.container(width=1100),
    errors.error_boundary(),
):
    state.begin()
    header.show(entries[page])
    errors.show_pending()
    state.show_notices()
    page.run()
