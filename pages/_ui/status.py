"""What is serving, without importing MLflow where that can be avoided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.errors import SlipwayError
from pages._ui import resources, state

if TYPE_CHECKING:
    from core.registry.summary import SummaryRow
    from core.training.state import RunState


def known_models() -> tuple[SummaryRow, ...] | None:
    """The registered models, at no cost; None when only the registry itself can tell."""
    from core.registry.summary import read_summary

    return read_summary(resources.settings())


@st.cache_data(ttl=15, show_spinner=False)
def ask_models() -> tuple[SummaryRow, ...]:
    """The registered models, asked of the registry, which costs an import of MLflow; empty when it refuses."""
    from core.registry.summary import summary_row

    try:
        return tuple(summary_row(model) for model in resources.registry().models())
    except SlipwayError:
        return ()


def serving(rows: tuple[SummaryRow, ...]) -> SummaryRow | None:
    """The model to speak of: the one this person chose last, else the one promoted last."""
    answering = sorted(
        (row for row in rows if row.champion is not None),
        key=lambda row: (row.model == state.model(), row.promoted_at or ""),
    )
    return answering[-1] if answering else None


def serves_run(row: SummaryRow | None, run: RunState | None) -> bool:
    """Whether the version that answers came from this run."""
    return row is not None and run is not None and row.run_id == run.id


def score_text(metric: str, value: float | None) -> str:
    """A score with its metric's name, as in `0.871 ROC AUC`; empty when there is none."""
    from core.scoring.metrics import find_metric

    known = find_metric(metric)
    return "" if known is None or value is None else f"{known.format(value)} {known.title}"
