"""Two runs on the same data side by side: what was done otherwise, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from core.evaluation.parallel_coordinates import show_value
from core.scoring.metrics import get_metric
from pages._ui import resources, state
from pages._ui.leaderboard import run_label, score_format
from pages._ui.text import count, escape

if TYPE_CHECKING:
    from core.evaluation.run_comparison import CandidateComparison, RunComparison
    from core.scoring.base import Metric
    from core.training.state import RunState


def show_other_runs(run: RunState) -> None:
    """The choice of another run, and both side by side; nothing where there is no other."""
    known = {
        other.id: other
        for other in state.recent_runs()
        if other.dataset_id == run.dataset_id and other.id != run.id and other.best is not None
    }
    if not known:
        return
    st.subheader("Another run", anchor=False)
    other = st.selectbox(
        "Compare with",
        list(known),
        index=None,
        format_func=lambda name: run_label(known[name]),
        key=f"compare_other_{run.id}",
        placeholder="Choose another run on this data",
    )
    if other is None:
        return
    from core.evaluation.run_comparison import compare_runs, load_facts

    runs = resources.runs()
    _show(compare_runs(load_facts(runs, other), load_facts(runs, run.id)))


def _show(found: RunComparison) -> None:
    metric = get_metric(found.metric)
    st.markdown(f"**{_verdict(found, metric)}**")
    rows = [found.best, *found.candidates]
    number, digits = (
        st.column_config.NumberColumn,
        score_format(score for row in rows for score in (row.first, row.second)),
    )
    st.dataframe(
        [_row(row) for row in rows],
        hide_index=True,
        column_config={
            "Other run": number(format=digits, help="Mean over the folds."),
            "This run": number(format=digits, help="Mean over the folds."),
            "Difference": number(format=f"%+{digits[1:]}", help="This run minus the other one."),
            "Noise": number(
                "± noise",
                format=digits,
                help="A smaller difference may be luck: half the 95 % interval, from the same folds in "
                "both. Without the same folds it cannot be said.",
            ),
        },
        key=f"compare_pair_{found.first.state.id}_{found.second.state.id}",
        height="content",
        placeholder="–",
        alt=f"The candidates of both runs by {metric.title}",
    )
    if found.same_recipe:
        st.caption("Both followed the same recipe.")
        return
    st.markdown(f"**{count(len(found.differences), 'choice')} of the recipe differ**")
    st.dataframe(
        [
            {
                "Choice": difference.name.replace(".", " › ").replace("_", " "),
                "Other run": _words(difference.first),
                "This run": _words(difference.second),
            }
            for difference in found.differences
        ],
        hide_index=True,
        key=f"compare_recipes_{found.first.state.id}_{found.second.state.id}",
        alt="Where the recipes of both runs differ",
    )


def _verdict(found: RunComparison, metric: Metric) -> str:
    """Which run came further, and whether that may be luck."""
    first, second = metric.format(found.best.first), metric.format(found.best.second)
    scores = f"{escape(metric.title)} {second} here, {first} there"
    if found.best.difference is None:
        return f"{scores}: the best of both cannot be compared."
    if found.best.is_beyond_noise is None:
        return (
            f"{scores}: the rows were split in another way, so luck plays a part that is not known."
        )
    if not found.best.is_beyond_noise:
        return f"{scores}: no difference beyond noise."
    better = metric.sort_key(found.best.second) > metric.sort_key(found.best.first)
    return f"{scores}: this run is {'better' if better else 'worse'} beyond noise."


def _row(row: CandidateComparison) -> dict[str, Any]:
    said = {True: "yes", False: "no", None: "–"}
    return {
        "Candidate": "Best of each" if row.name == "best" else row.title,
        "Other run": row.first,
        "This run": row.second,
        "Difference": row.difference,
        "Noise": row.noise,
        "Beyond noise": said[row.is_beyond_noise],
    }


def _words(value: Any) -> str:
    """A choice as text; what is not there as a dash."""
    if value is None or value == "" or value == ():
        return "–"
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else show_value(value)
