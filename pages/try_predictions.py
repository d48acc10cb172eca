"""Try predictions: one row by a form, many by a file, and the same over HTTP."""

import streamlit as st

from core.serving.engine import Engine
from pages._ui.errors import error_boundary
from pages._ui.layout import next_step
from pages._ui.models import choose_model, choose_version, get_hub, need_models, versions_of

rows = need_models()
left, right = st.columns(2)
with left:
    model = choose_model(rows, "try_model")
with right:
    reference = choose_version(versions_of(model.model), "try_version")


def load_engine() -> Engine:
    """The chosen version, or whichever is champion by now."""
    return get_hub().get(model.model, reference)


@st.fragment
def one_row() -> None:
    """The form beside the answer, which follows each change."""
    from pages._ui.answers import ask_recorded, show_answer
    from pages._ui.inputs import reset_inputs, show_inputs

    with error_boundary():
        engine = load_engine()
        form, answer = st.columns([3, 2], gap="medium")
        with form:
            row = show_inputs(engine.contract)
            st.button(
                "Back to the example",
                icon=":material/restart_alt:",
                key="try_reset",
                on_click=reset_inputs,
                args=(engine.contract,),
                help="A real row of the training data.",
            )
        with answer, error_boundary():
            show_answer(ask_recorded(engine, row))


def rest_call(engine: Engine) -> None:
    from pages._ui.answers import show_calls
    from pages._ui.inputs import current_row

    show_calls(engine, current_row(engine.contract), reference)


with st.spinner("Loading the model…"):
    loaded = load_engine()

form_tab, file_tab, rest_tab = st.tabs(
    ["One row", "A file", "REST call"], on_change="rerun", key="try_view"
)
if form_tab.open:
    with form_tab:
        one_row()
if file_tab.open:
    from pages._ui.batches import show_batch

    with file_tab:
        show_batch(loaded)
if rest_tab.open:
    with rest_tab:
        rest_call(loaded)

next_step("export_model.py", "Export the model", key="try_next")
