"""Load data: get it, see how it was understood and what is wrong with it, and get to know it."""

import streamlit as st

from pages._ui import state
from pages._ui.associations import show_associations, show_missing
from pages._ui.findings import show_findings
from pages._ui.full_report import show_full_report
from pages._ui.history import show_removal
from pages._ui.layout import next_step
from pages._ui.loading import show_progress
from pages._ui.profile import show_columns, show_distribution, show_overview, show_preview
from pages._ui.protecting import ACTIONS, show_protection
from pages._ui.reading import show_reading, show_skipped
from pages._ui.reading_form import reading_actions
from pages._ui.samples import sample_cards
from pages._ui.sources import UPLOAD, show_sources

VIEWS = {
    "Rows": show_preview,
    "Columns and kinds": show_columns,
    "Distributions": show_distribution,
    "Missing": show_missing,
    "Associations": show_associations,
    "Full report": show_full_report,
}

is_loading = show_progress()
dataset = state.current_dataset()
if dataset is None:
    if not is_loading and show_sources() == UPLOAD:
        st.subheader("Or start from a sample", anchor=False)
        sample_cards(key="load_sample")
    show_removal()
    st.stop()

if not is_loading:
    # Closed again once other data is loaded.
    with st.expander(
        "Load other data", icon=":material/upload_file:", key=f"load_other_{dataset.id}"
    ):
        show_sources()
show_removal()
show_protection(dataset)

show_overview(dataset)
show_reading(dataset)
show_skipped(dataset)
show_findings(dataset.findings, ACTIONS | reading_actions(dataset), key="load_findings")
next_step("prepare_data.py", "Prepare this data", key="load_next")

tabs = st.tabs(list(VIEWS), on_change="rerun", key="load_view")
for tab, show in zip(tabs, VIEWS.values(), strict=True):
    if tab.open:
        with tab:
            show(dataset)
