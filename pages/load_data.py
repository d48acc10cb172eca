"""Load data: a file or a sample, how it was understood, and what stands out."""

import pandas as pd
import streamlit as st

from core.data.dataset import DatasetInfo
from core.data.profiling import distribution
from core.data.reading import list_sheets
from core.recipe import ReadOptions
from pages._ui import errors, resources, state, text
from pages._ui.columns import COLUMN_CONFIG, columns_table, edit_columns
from pages._ui.files import FILE_TYPES
from pages._ui.findings import show_findings
from pages._ui.layout import metric_row, next_step
from pages._ui.samples import sample_cards

PREVIEW_ROWS = 100


def take_file() -> None:
    """The uploader. A file that cannot be read is explained, and what was loaded before stays."""
    uploaded = st.file_uploader(
        "CSV, TSV, Excel, Parquet or JSON",
        type=FILE_TYPES,
        key=state.fresh_key("load_file"),
        max_upload_size=resources.settings().max_upload_bytes // 2**20,
        help="The first row names the columns. Encoding and delimiter are found out by themselves.",
    )
    if uploaded is not None:
        with errors.take_once("load_file"):
            with st.spinner(f"Reading {text.escape(uploaded.name)}…"):
                info = resources.datasets().add(uploaded.getvalue(), uploaded.name)
            state.select_dataset(info.id)
            state.notify(f"{text.escape(info.name)} is loaded.")


def show_source(info: DatasetInfo) -> None:
    """Which data set this is, with the others used before, and the sheets of a workbook, to choose from."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        known = state.recent_datasets()
        if len(known) > 1:
            st.selectbox(
                "Data set",
                list(known),
                format_func=lambda id_: f"{known[id_].name}, {text.count(known[id_].rows, 'row')}",
                key=state.preset("load_dataset", info.id),
                on_change=choose_dataset,
            )
        sheets = sheets_of(info.id) if info.read.format == "excel" else []
        if len(sheets) > 1:
            st.selectbox(
                "Sheet",
                sheets,
                key=state.preset("load_sheet", info.read.sheet),
                on_change=choose_sheet,
                args=(info.id,),
            )


@st.cache_data(show_spinner=False, max_entries=20)
def sheets_of(dataset_id: str) -> list[str]:
    """The sheets of the workbook that this data set was read from."""
    return list_sheets(resources.datasets().original(dataset_id)[1])


@errors.guarded
def choose_dataset() -> None:
    state.select_dataset(st.session_state["load_dataset"])


@errors.guarded
def choose_sheet(dataset_id: str) -> None:
    filename, content = resources.datasets().original(dataset_id)
    options = ReadOptions(format="excel", sheet=st.session_state["load_sheet"])
    state.select_dataset(resources.datasets().add(content, filename, options).id)


def show_overview(info: DatasetInfo) -> None:
    cells = info.rows * len(info.columns)
    missing = sum(column.missing for column in info.columns)
    metric_row(
        [
            ("Rows", f"{info.rows:,}", ""),
            ("Columns", f"{len(info.columns):,}", ""),
            ("Missing", text.share(missing, cells), "The share of all cells without a value."),
            ("File size", text.size(info.size_bytes), ""),
        ]
    )
    if info.skipped:
        with st.expander(
            f"{text.count(len(info.skipped), 'row')} of the file did not fit and were left out",
            icon=":material/warning:",
        ):
            skipped = pd.DataFrame(
                [(row.line, row.reason) for row in info.skipped],
                columns=["Line of the file", "Why"],
            )
            st.dataframe(skipped, hide_index=True, alt="Rows that were left out, and why")


def show_columns(info: DatasetInfo) -> None:
    """The columns; a corrected kind makes a data set of its own, which takes over the draft recipe."""
    st.caption("A kind that was taken wrongly can be corrected here: click it and choose another.")
    changes = edit_columns(
        "load_kinds",
        columns_table(info),
        ("Kind",),
        COLUMN_CONFIG,
        f"The columns of {info.name}, their kinds, missing values and ranges",
    )
    if changes:
        with errors.then_rerun():
            kinds = {name: change["Kind"] for name, change in changes.items()}
            state.replace_dataset(info.id, resources.datasets().with_kinds(info.id, kinds))


def show_distribution(info: DatasetInfo) -> None:
    from core.charts.distribution import distribution_alt_text, distribution_figure

    name = st.selectbox("Column", info.names, key="load_column", persist_state="session")
    column = info.column(name if name in info.names else info.names[0])
    counted = distribution(resources.dataset(info.id).frame[column.name], column.kind)
    st.plotly_chart(
        distribution_figure(counted),
        key="load_distribution",
        alt=distribution_alt_text(counted, column.name),
    )
    if counted.quantiles:
        names = ("Minimum", "Lower quartile", "Median", "Upper quartile", "Maximum")
        values = [text.number(value) for value in counted.quantiles.values()]
        metric_row([(name, value, "") for name, value in zip(names, values, strict=True)])
    if counted.missing:
        st.caption(
            f"{text.count(counted.missing, 'row')} without a value "
            f"({text.share(counted.missing, info.rows)})"
        )


dataset = state.current_dataset()
if dataset is None:
    take_file()
    st.subheader("Or start from a sample", anchor=False)
    sample_cards(key="load_sample")
    st.stop()

# Closed again once other data is loaded.
with st.expander("Load other data", icon=":material/upload_file:", key=f"load_other_{dataset.id}"):
    take_file()
    sample_cards(key="load_sample")
show_source(dataset)
show_overview(dataset)
show_findings(dataset.findings)

preview, columns, distributions = st.tabs(
    ["Preview", "Columns and kinds", "Distributions"], on_change="rerun", key="load_view"
)
if preview.open:
    with preview:
        st.caption(f"The first {min(PREVIEW_ROWS, dataset.rows):,} of {dataset.rows:,} rows")
        rows = resources.dataset(dataset.id).frame.head(PREVIEW_ROWS)
        st.dataframe(rows, hide_index=True, alt=f"The first rows of {dataset.name}")
if columns.open:
    with columns:
        show_columns(dataset)
if distributions.open:
    with distributions:
        show_distribution(dataset)

next_step("prepare_data.py", "Prepare this data", key="load_next")
