"""Export model: a version as files that work without this app."""

import streamlit as st

from pages._ui.models import choose_model, choose_version, need_models, versions_of

rows = need_models()
left, right = st.columns(2)
with left:
    model = choose_model(rows, "export_model")
with right:
    versions = versions_of(model.model)
    number = choose_version(versions, "export_version")
version = next(v for v in versions if v.version == number or (number is None and v.is_champion))

cards, texts = st.container(), st.container()
with cards, st.spinner("Reading the model…"):
    from pages._ui.exporting import collect, show_formats, show_texts

    export = collect(version)
with cards:
    show_formats(export)
with texts:
    st.subheader("What is inside", anchor=False)
    show_texts(export)
