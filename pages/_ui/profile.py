"""What a table is like: its size in numbers, its columns, and how often which values occur."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from core.data.dataset import DatasetInfo
from core.data.kinds import KINDS, Distribution
from core.data.loading import start_correction
from pages._ui import errors, resources, text
from pages._ui.columns import COLUMN_CONFIG, columns_table, edit_columns
from pages._ui.layout import CHART, metric_row
from pages._ui.loading import load

if TYPE_CHECKING:
    import pandas as pd
    from streamlit.elements.lib.column_config_utils import ColumnConfigMappingInput

PREVIEW_ROWS = 100
SHAPE_ROWS = 5_000
"""So many rows show the shape of a distribution in a cell."""

SHAPE_BARS = 16

MAX_DUPLICATE_CELLS = 100_000_000
"""Above, looking for equal rows takes seconds; a finding tells of them when the file is loaded."""

_CONFIG: ColumnConfigMappingInput = {
    **COLUMN_CONFIG,
    "Shape": st.column_config.BarChartColumn(
        help="How often which values occur: from low to high, or the most frequent first.",
        width="small",
        y_min=0,
    ),
    "In the file": st.column_config.TextColumn(help="What the column is called in the file."),
}


def show_overview(info: DatasetInfo) -> None:
    """The table in numbers, and its columns by kind."""
    cells = info.rows * len(info.columns)
    missing = sum(column.missing for column in info.columns)
    rows_help = ""
    if info.sampled_from is not None:
        rows_help = f"Drawn at random from {info.sampled_from:,}: all of them do not fit in memory."
    metrics = [
        ("Rows", f"{info.rows:,}", rows_help),
        ("Columns", f"{len(info.columns):,}", ""),
        ("Missing", text.share(missing, cells), "The share of all cells without a value."),
    ]
    if cells <= MAX_DUPLICATE_CELLS:
        metrics.append(
            (
                "Duplicates",
                f"{duplicates(info.id):,}",
                "Rows that repeat an earlier one in every column.",
            )
        )
    metrics.append(("File size", text.size(info.size_bytes), _memory_text(info)))
    metric_row(metrics)
    if info.sampled_from is not None:
        st.caption(
            f":material/filter_alt: A sample: {info.rows:,} rows drawn at random from {info.sampled_from:,}, "
            "since all of them do not fit in memory."
        )
    kinds = Counter(column.kind for column in info.columns)
    st.markdown(
        " ".join(
            f":gray-badge[{KINDS[kind].icon} {KINDS[kind].title} {number:,}]"
            for kind, number in kinds.most_common()
        )
    )


def _memory_text(info: DatasetInfo) -> str:
    return f"In memory the table takes {text.size(memory(info.id))}."


@st.cache_data(show_spinner=False, max_entries=50)
def memory(dataset_id: str) -> int:
    """How many bytes the rows take."""
    return int(resources.dataset(dataset_id).frame.memory_usage(deep=False).sum())


@st.cache_data(show_spinner=False, max_entries=50)
def duplicates(dataset_id: str) -> int:
    """How many rows repeat an earlier one."""
    from core.data.findings.duplicate_rows import count_duplicates

    return count_duplicates(resources.dataset(dataset_id).frame)


def show_preview(info: DatasetInfo) -> None:
    """The first rows."""
    st.caption(f"The first {min(PREVIEW_ROWS, info.rows):,} of {info.rows:,} rows")
    rows = resources.dataset(info.id).frame.head(PREVIEW_ROWS)
    st.dataframe(
        rows,
        hide_index=True,
        column_config=days_only(rows),
        alt=f"The first rows of {info.name}",
    )


def days_only(rows: pd.DataFrame) -> ColumnConfigMappingInput:
    """How columns of moments are shown whose days have no times."""
    moments = rows.select_dtypes("datetime")
    return {
        str(name): st.column_config.DateColumn()
        for name in moments
        if (moments[name].dropna() == moments[name].dropna().dt.normalize()).all()
    }


def show_columns(info: DatasetInfo) -> None:
    """The columns; a corrected kind makes a data set of its own, which takes over the draft recipe."""
    st.caption("A kind that was taken wrongly can be corrected here: click it and choose another.")
    table = columns_table(info)
    table.insert(2, "Shape", shapes(info.id))
    if any(column.unit for column in info.columns):
        table.insert(2, "Unit", [column.unit for column in info.columns])
    if info.renamed:
        table["In the file"] = [info.renamed.get(name, name) for name in info.names]
    changes = edit_columns(
        "load_kinds",
        table,
        ("Kind",),
        _CONFIG,
        f"The columns of {info.name}, their kinds, missing values and ranges",
    )
    if changes:
        with errors.then_rerun():
            kinds = {name: change["Kind"] for name, change in changes.items()}
            start = partial(start_correction, resources.settings(), info.id, kinds=kinds)
            load(start, replaces=info.id)


@st.cache_data(show_spinner=False, max_entries=50)
def shapes(dataset_id: str) -> list[list[int]]:
    """The bars of each column's distribution, in some of the rows."""
    from core.data.findings.base import spread_rows
    from core.data.profiling import distribution

    found = resources.dataset(dataset_id)
    frame = found.frame.take(spread_rows(len(found.frame), SHAPE_ROWS))
    return [
        _few_bars(distribution(frame[column.name], column.kind)) for column in found.info.columns
    ]


def _few_bars(counted: Distribution) -> list[int]:
    """As many bars as a cell has room for: neighbours are put together, levels beyond them left out."""
    counts = list(counted.counts)
    if counted.labels:
        return counts[:SHAPE_BARS]
    step = -(-len(counts) // SHAPE_BARS) or 1
    return [sum(counts[first : first + step]) for first in range(0, len(counts), step)]


def show_distribution(info: DatasetInfo) -> None:
    """One column large: its bars, its quartiles, its gaps."""
    from core.charts.distribution import distribution_alt_text, distribution_figure

    # Identifiers and texts have no shape to look at first.
    shaped = [place for place, c in enumerate(info.columns) if KINDS[c.kind].is_feature]
    name = st.selectbox(
        "Column",
        info.names,
        index=shaped[0] if shaped else 0,
        key="load_column",
        persist_state="session",
    )
    column = info.column(name if name in info.names else info.names[0])
    counted = count_values(info.id, column.name, column.kind)
    st.plotly_chart(
        distribution_figure(counted),
        config=CHART,
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


@st.cache_data(show_spinner=False, max_entries=200)
def count_values(dataset_id: str, name: str, kind: str) -> Distribution:
    """How often which values occur in a column."""
    from core.data.profiling import distribution

    return distribution(resources.dataset(dataset_id).frame[name], kind)
