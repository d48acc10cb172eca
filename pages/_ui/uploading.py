"""A model that was trained elsewhere to a version: its file, and what it may be asked."""

from __future__ import annotations

import streamlit as st

from core.registry.words import propose_name
from pages._ui import errors, resources, state
from pages._ui.models import show_model
from pages._ui.people import name_field, person
from pages._ui.text import escape

_FROM_SAMPLE, _TYPED = "From a sample table", "Typed in"

_EXAMPLE = """{
  "target": "price",
  "fields": [
    {"name": "size", "kind": "number", "example": 120},
    {"name": "colour", "kind": "category", "levels": ["red", "blue"], "example": "red"}
  ]
}"""


def show_upload() -> None:
    """The inputs and the button that registers an uploaded file; drawn when they are opened."""
    box = st.expander(
        "Upload a model that was trained elsewhere",
        icon=":material/upload_file:",
        on_change="rerun",
        key="deploy_upload",
    )
    if box.open:
        with box:
            _show_inputs()


def _show_inputs() -> None:
    allows_joblib = resources.settings().allow_joblib
    st.caption(
        "A scikit-learn model saved with skops, or any model as ONNX: from PyTorch, TensorFlow or another library."
    )
    formats = ["skops", "onnx", *(["joblib"] if allows_joblib else [])]
    file = st.file_uploader("Model file", formats, key=state.fresh_key("deploy_upload_file"))
    if file is not None and file.name.endswith(".joblib"):
        from core.serving.importing import JOBLIB_WARNING

        st.warning(JOBLIB_WARNING, icon=":material/warning:")
    left, right = st.columns(2)
    proposed = propose_name(file.name.rsplit(".", 1)[0]) if file is not None else ""
    name = left.text_input(
        "Model name", key="deploy_upload_name", placeholder=proposed, max_chars=60
    )
    with right:
        name_field("deploy_upload_person")
    how = st.segmented_control(
        "What it may be asked",
        [_FROM_SAMPLE, _TYPED],
        default=_FROM_SAMPLE,
        required=True,
        key="deploy_upload_how",
    )
    sample, target, typed = None, "", ""
    if how == _TYPED:
        typed = st.text_area(
            "Contract", value=_EXAMPLE, height=240, key="deploy_upload_contract",
            help='With "classes" and "positive" where it tells classes apart.',
        )  # fmt: skip
    else:
        table_place, target_place = st.columns(2)
        sample = table_place.file_uploader(
            "Sample table",
            key=state.fresh_key("deploy_upload_sample"),
            help="Rows like those that it was trained on: columns, kinds, levels and ranges are learned from them, "
            "and some are kept with the version as golden requests.",
        )
        target = target_place.text_input(
            "Target column",
            key="deploy_upload_target",
            help="What it predicts. Where the table has that column, its classes are learned too.",
        )
    if st.button(
        "Register",
        type="primary",
        icon=":material/upload:",
        key="deploy_upload_start",
        disabled=file is None or (how == _FROM_SAMPLE and sample is None),
    ):
        assert file is not None
        given = (typed,) if sample is None else (sample.getvalue(), sample.name, target.strip())
        with errors.error_boundary(), st.spinner("Checking the model, and asking it its example…"):
            _register(file.getvalue(), file.name, name.strip() or proposed, given)
            st.rerun()


def _register(
    content: bytes, filename: str, name: str, given: tuple[str] | tuple[bytes, str, str]
) -> None:
    from core.serving.importing import Sample, import_model, load_typed

    what = load_typed(given[0].encode()) if len(given) == 1 else Sample(*given)
    version = import_model(resources.settings(), content, filename, name, what, by=person())
    show_model(version.name)
    for key in ("deploy_upload_file", "deploy_upload_sample"):
        state.renew_key(key)
    st.session_state[f"deploy_version_{version.name}"] = version.version
    answers = (
        "answers" if version.is_champion else "is registered. Promote it when it should answer"
    )
    state.notify(f"{escape(version.title)} {answers}.", ":material/upload_file:")
