"""Check the API: every dialect asked over HTTP, with request, answer and calls ready to paste."""

import streamlit as st

from pages._ui.addresses import local_url
from pages._ui.checking import ask_key, run_button, show_call, show_results
from pages._ui.errors import error_boundary
from pages._ui.layout import next_step
from pages._ui.models import choose_model, get_hub, need_models

rows = need_models()
left, right = st.columns(2)
with left:
    model = choose_model(rows, "check_model")
with right:
    key = ask_key()

with st.spinner("Loading the model…"):
    contract = get_hub().get(model.model).contract

with error_boundary():
    results = run_button(contract, local_url(), key)
    if results:
        show_call(show_results(results))

next_step("export_model.py", "Export the model", key="check_next")
