"""How a file was read: in words, beside its first lines, and with every choice open to correction."""

from __future__ import annotations

import io
from functools import partial

import pandas as pd
import streamlit as st

from core.data.containers import unpack
from core.data.dataset import DatasetInfo
from core.data.loading import start_correction
from core.data.raw_lines import RawLine, read_raw_lines
from core.data.reading_words import describe_reading
from core.data.tables import TableChoice, find_format, list_tables
from core.recipe import ReadOptions
from pages._ui import errors, resources, state, text
from pages._ui.loading import load
from pages._ui.profile import days_only
from pages._ui.reading_form import show_form

SHOWN_ROWS = 8
LINES_IN_SIGHT = 12
SHOWN_SKIPPED = 200
MARKS = {
    "preamble": "above",
    "names": "names",
    "row": "row",
    "comment": "comment",
    "empty": "",
    "misfit": "no fit",
    "footer": "below",
}
"""By `RawLine.mark`, short enough to stand beside a line."""

HAS_TABLES = ("excel", "sqlite", "json")
"""Formats whose files may hold several tables."""


def show_reading(info: DatasetInfo) -> None:
    """One line in words; a click away the file's first lines beside the table, and the choices."""
    st.markdown(f":material/menu_book: **How it was read**: {text.escape(describe_reading(info))}.")
    choose_table(info)
    opened = st.expander(
        "The file beside the table, and how to read it otherwise"
        if info.read.format == "csv"
        else "How to read it otherwise",
        icon=":material/compare:",
        on_change="rerun",
        key=f"load_reading_{info.id}",
    )
    if opened.open:
        with opened:
            _show_beside(info)
            show_form(info)


def choose_table(info: DatasetInfo) -> None:
    """Which sheet, table or file inside it is read, where there are several."""
    if info.read.member is None and info.read.format not in HAS_TABLES:
        return
    with errors.error_boundary():
        choices = tables_of(info.id)
        for option, label in (("member", "File in the archive"), ("sheet", "Table or sheet")):
            names = [choice.name for choice in choices[option]]
            if len(names) > 1:
                st.selectbox(
                    label,
                    names,
                    format_func=partial(_say_table, {one.name: one for one in choices[option]}),
                    key=state.preset(f"load_{option}", getattr(info.read, option)),
                    on_change=_choose,
                    args=(info, option),
                )


@st.cache_data(show_spinner=False, max_entries=20)
def tables_of(dataset_id: str) -> dict[str, list[TableChoice]]:
    """The tables in the file of a data set, by the option that chooses among them."""
    store = resources.datasets()
    filename, content = store.original(dataset_id)
    member = store.info(dataset_id).read.member
    members = list_tables(content, filename) if member is not None else []
    inside = list_tables(content, filename, member)
    return {
        "member": [choice for choice in members if choice.option == "member"],
        "sheet": [choice for choice in inside if choice.option == "sheet"],
    }


@errors.guarded
def _choose(info: DatasetInfo, option: str) -> None:
    """Reads another table of the same file, of which everything else is detected."""
    chosen = st.session_state[f"load_{option}"]
    read = ReadOptions(format=info.read.format, member=info.read.member, sheet=chosen)
    if option == "member":
        filename, content = resources.datasets().original(info.id)
        inner = unpack(content, filename, chosen)
        read = ReadOptions(format=find_format(inner.content, inner.filename).name, member=chosen)
    load(partial(start_correction, resources.settings(), info.id, read), replaces=info.id)


def show_skipped(info: DatasetInfo) -> None:
    """The rows that did not fit, in sight; what is around the table, a click away; both to download."""
    names = [
        f"{text.escape(old) or '(none)'} → {text.escape(new)}" for new, old in info.renamed.items()
    ]
    if names:
        more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
        st.caption(f":material/edit: Renamed columns: {', '.join(names[:5])}{more}")
    if not info.skipped:
        return
    if info.misfits:
        title = (
            f"{text.count(info.misfits, 'row')} of the file did not fit and "
            f"{'was' if info.misfits == 1 else 'were'} left out"
        )
    else:
        around = sum(row.code != "empty" for row in info.skipped)
        if not around:
            return
        title = f"{text.count(around, 'line')} around the table left out"
    with st.expander(title, icon=":material/warning:" if info.misfits else ":material/notes:"):
        ordered = sorted(info.skipped, key=lambda row: row.code != "misfit")
        st.dataframe(
            pd.DataFrame(
                [(row.line, row.reason, row.text) for row in ordered[:SHOWN_SKIPPED]],
                columns=["Line of the file", "Why", "What it says"],
            ),
            hide_index=True,
            height="auto",
            alt="Lines of the file that are not in the table, and why",
        )
        st.download_button(
            "Download all of them",
            partial(resources.datasets().skipped_rows, info.id),
            file_name=f"{info.name}-left-out.csv",
            mime="text/csv",
            icon=":material/download:",
            key="load_skipped",
            on_click="ignore",
        )


def _show_beside(info: DatasetInfo) -> None:
    lines: tuple[RawLine, ...] = ()
    with errors.error_boundary():
        lines = raw_lines(info.id)
    if not lines:
        return
    raw, read = st.columns(2)
    with raw:
        st.caption("The first lines of the file, and what each was taken for")
        st.code(
            _draw_lines(lines),
            language=None,
            height="content" if len(lines) <= LINES_IN_SIGHT else 330,
        )
    with read:
        st.caption("The first rows of the table")
        frame = resources.dataset(info.id).frame.head(SHOWN_ROWS)
        st.dataframe(
            frame,
            hide_index=True,
            height="content",
            column_config=days_only(frame),
            alt="The first rows of the table",
        )


@st.cache_data(show_spinner=False, max_entries=50)
def raw_lines(dataset_id: str) -> tuple[RawLine, ...]:
    """The first lines of the file of a data set."""
    store = resources.datasets()
    filename, path = store.original_path(dataset_id)
    return read_raw_lines(path, filename, store.info(dataset_id))


def _draw_lines(lines: tuple[RawLine, ...]) -> str:
    drawn = io.StringIO()
    width = max(len(MARKS[line.mark]) for line in lines)
    for line in lines:
        shown = line.text.replace("\t", "→\t")
        drawn.write(f"{line.number:>3}  {MARKS[line.mark]:<{width}}  {shown}\n")
    return drawn.getvalue().rstrip("\n")


def _say_table(choices: dict[str, TableChoice], name: str) -> str:
    choice = choices.get(name)
    if choice is None:
        return name
    if choice.size_bytes is not None:
        return f"{name} ({text.size(choice.size_bytes)})"
    if choice.rows is not None and choice.columns is not None:
        return f"{name} ({choice.rows:,} × {choice.columns:,})"
    return name
