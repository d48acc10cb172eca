"""A version as files: what each is good for, and how to load it elsewhere."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from core.exports import FORMATS
from core.exports.base import ExportFormat, ExportInput
from core.recipe import dump_recipe
from pages._ui import resources
from pages._ui.text import escape

if TYPE_CHECKING:
    from core.registry.words import Version

LANGUAGES = {"recipe": "yaml", "script": "python"}
"""The formats that can be read as text, and how they are highlighted."""


@st.cache_resource(show_spinner=False, max_entries=4)
def export_input(name: str, version: int, manifest_sha256: str) -> ExportInput:
    """What the files of a version are made from; raises `ArtifactError` when it is damaged."""
    from core.exports.collect import collect_export

    registry = resources.registry()
    return collect_export(resources.settings(), registry, registry.get(name, version))


def collect(version: Version) -> ExportInput:
    """What the files of a version are made from."""
    return export_input(version.name, version.version, version.manifest_sha256)


@st.cache_data(show_spinner="Trying what pandas reads…", max_entries=16)
def build_text(format_name: str, made_from: tuple[object, ...], _export: ExportInput) -> str:
    """A file of a version that can be read; making the script reads the training file once more."""
    return FORMATS[format_name].build(_export).decode()


def show_formats(export: ExportInput) -> None:
    """A card a format, with its download."""
    with st.grid(2, min_column_width=300):
        for entry in FORMATS.values():
            with st.container(border=True, height="stretch", gap="small"):
                st.markdown(f"**{entry.icon} {entry.title}**")
                st.markdown(entry.description)
                st.space("stretch")
                _download(entry, export)


def _download(entry: ExportFormat, export: ExportInput) -> None:
    filename, is_gone = entry.filename(export.stem), entry.holds_data and export.kept_data is None
    st.download_button(
        filename,
        partial(entry.build, export),
        file_name=filename,
        mime=entry.mime,
        icon=":material/download:",
        key=f"export_{entry.name}",
        on_click="ignore",
        disabled=is_gone,
        help="The data set was deleted. Load its file again to export it." if is_gone else None,
        width="stretch",
    )


def show_texts(export: ExportInput) -> None:
    """The formats that can be read, and the lines that load the others."""
    readable = [FORMATS[name] for name in ("script", "recipe")]
    loading, *texts = st.tabs(
        ["Load it in Python", *(entry.title for entry in readable)],
        on_change="rerun",
        key="export_view",
    )
    if loading.open:
        with loading:
            _show_loading(export)
    for tab, entry in zip(texts, readable, strict=True):
        if tab.open:
            text = build_text(entry.name, _made_from(export), export)
            tab.code(text, language=LANGUAGES[entry.name], height=560)


def _made_from(export: ExportInput) -> tuple[object, ...]:
    """All that tells the texts of two versions apart."""
    data = export.kept_data.dataset_id if export.kept_data else None
    return export.stem, export.candidate, dump_recipe(export.recipe), export.source_file, data


def _show_loading(export: ExportInput) -> None:
    with st.container(gap="small"):
        st.markdown("In an environment with the libraries that it was fitted with:")
        st.code(install_line(export), language="bash", wrap_lines=True)
        for name, code in loading_code(export).items():
            st.markdown(f"From **{FORMATS[name].filename(export.stem)}**:")
            st.code(code, language="python", wrap_lines=True)
        wanted = ", ".join(escape(name) for name in export.recipe.features)
        st.caption(f"`rows` is a pandas table with the columns {wanted}.")


def install_line(export: ExportInput) -> str:
    """The command that installs the libraries a model file needs."""
    pinned = [f"{name}=={number}" for name, number in export.libraries if name != "python"]
    return f"pip install {' '.join(pinned)}"


def loading_code(export: ExportInput) -> dict[str, str]:
    """The lines of Python that load a model file, by format."""
    joblib_file, skops_file = (FORMATS[name].filename(export.stem) for name in ("joblib", "skops"))
    return {
        "joblib": (
            f'import joblib\n\npipeline = joblib.load("{joblib_file}")\nprint(pipeline.predict(rows))\n'
        ),
        "skops": (
            "import skops.io\n\n"
            f'types = skops.io.get_untrusted_types(file="{skops_file}")  # look at them first\n'
            f'pipeline = skops.io.load("{skops_file}", trusted=types)\n'
            "print(pipeline.predict(rows))\n"
        ),
    }
