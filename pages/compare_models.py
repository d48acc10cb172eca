"""Compare models: the leaderboard, curves of the candidates side by side, and the choice of one."""

from typing import Any

import streamlit as st

from core.charts.leaderboard import leaderboard_alt_text, leaderboard_figure
from core.evaluation.fold_scores import fold_scores
from core.evaluation.reports import REPORTS
from core.scoring.metrics import METRICS
from core.tasks import get_task
from core.training.jobs import choose_winner, start_learning_curve
from core.training.state import CandidateState, Holdout, RunState
from pages._ui import errors, resources, state, text
from pages._ui.layout import empty_state, metric_row, need_run, next_step
from pages._ui.leaderboard import column_config, leaderboard
from pages._ui.reports import CROSS_VALIDATION, HOLD_OUT, learning_data, report_data, show_report

SHOWN_AT_FIRST = 3
POLL_SECONDS = 1.0


@errors.guarded
def choose(run_id: str, candidate: str) -> None:
    choose_winner(resources.settings(), run_id, candidate)
    state.notify("The hold-out is scored.", ":material/trophy:")


@errors.guarded
def draw_curves(run_id: str, candidates: list[str]) -> None:
    for candidate in candidates:
        start_learning_curve(resources.settings(), run_id, candidate)


def show_leaderboard(run: RunState, report: Holdout | None) -> str:
    """The table and the same as a figure, by a metric that a person may change."""
    metrics = get_task(run.task).metrics
    metric = st.selectbox(
        "Metric",
        metrics,
        index=metrics.index(run.metric),
        format_func=lambda name: METRICS[name].title,
        key=f"compare_metric_{run.id}",
        help=f"The run was decided by {METRICS[run.metric].title}; look at any other here.",
        persist_state="session",
    )
    table_tab, figure_tab = st.tabs(["Table", "Figure"], on_change="rerun", key="compare_view")
    table = leaderboard(run, metric, {report.candidate: report.metrics[metric]} if report else None)
    if table_tab.open:
        with table_tab:
            st.dataframe(
                table,
                hide_index=True,
                height="content",
                column_config=column_config(run, metric),
                key="compare_board",
                placeholder="–",
                alt="The candidates, best first, with their scores",
            )
            st.download_button(
                "Table as CSV",
                table.to_csv(index=False).encode(),
                file_name=f"{run.name}-leaderboard.csv",
                mime="text/csv",
                icon=":material/download:",
                key="compare_csv",
                on_click="ignore",
            )
    if figure_tab.open:
        with figure_tab:
            scores = {
                c.title: found
                for c in run.ranked(metric)
                if (found := fold_scores(c.fold_scores, metric)) is not None
            }
            figure = leaderboard_figure(scores, [c.title for c in run.ranked()])
            st.plotly_chart(figure, key="compare_figure", alt=leaderboard_alt_text(scores))
    return str(metric)


def show_curves(run: RunState, report: Holdout | None) -> None:
    """One report at a time, for the candidates that a person picks."""
    done = {c.name: c for c in run.ranked()}
    picked = st.pills(
        "Candidates",
        list(done),
        default=list(done)[:SHOWN_AT_FIRST],
        selection_mode="multi",
        format_func=lambda name: done[name].title,
        key=f"compare_picked_{run.id}",
        persist_state="session",
    )
    chosen = [done[name] for name in done if name in picked]
    names = get_task(run.task).reports
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            "Report",
            names,
            format_func=lambda name: REPORTS[name].title,
            key="compare_report",
            persist_state="session",
        )
        source = CROSS_VALIDATION
        if report is not None and REPORTS[name].needs == "answers":
            source = st.segmented_control(
                "Rows",
                [CROSS_VALIDATION, HOLD_OUT],
                default=CROSS_VALIDATION,
                required=True,
                key="compare_source",
                persist_state="session",
                help="In cross-validation each row is answered by a model that had not seen it.",
            )
    if source == HOLD_OUT and report is not None:
        chosen = [done[report.candidate]]
    if not chosen:
        st.caption("Pick at least one candidate.")
        return
    if name == "learning_curve":
        show_learning_curves(run, chosen)
        return
    data = {c.title: report_data(run.id, c.name, name, source) for c in chosen}
    if REPORTS[name].several or len(chosen) == 1:
        show_report(run, name, data, chosen, f"compare_{name}")
        return
    for tab, candidate in zip(
        st.tabs([c.title for c in chosen], key=f"compare_tabs_{name}"), chosen, strict=True
    ):
        with tab:
            one = {candidate.title: data[candidate.title]}
            show_report(run, name, one, [candidate], f"compare_{name}_{candidate.name}")


def show_learning_curves(run: RunState, chosen: list[CandidateState]) -> None:
    """Learning curves are fitted when somebody asks for them, in a process of their own."""
    runs = resources.runs()
    curves = {c.name: runs.learning_curve(run.id, c.name) for c in chosen}
    running = [
        curve for curve in curves.values() if curve is not None and curve.status == "running"
    ]
    if running:
        follow_curves(run.id, [curve.candidate for curve in running])
    for curve in curves.values():
        if curve is not None and curve.status in ("failed", "interrupted"):
            st.warning(text.escape(curve.message), icon=":material/error:")
    absent = [n for n, c in curves.items() if c is None or c.status in ("failed", "interrupted")]
    if absent and not running:
        st.markdown(f"**{REPORTS['learning_curve'].question}**")
        st.button(
            f"Draw {text.count(len(absent), 'learning curve')}",
            icon=":material/show_chart:",
            key="compare_draw",
            on_click=draw_curves,
            args=(run.id, absent),
            help="Fits each candidate on growing parts of the rows; takes about as long as its training.",
        )
    data: dict[str, Any] = {c.title: learning_data(run.id, c.name) for c in chosen}
    finished = {title: found for title, found in data.items() if found is not None}
    if finished:
        show_report(run, "learning_curve", finished, chosen, "compare_learning")


@st.fragment(run_every=POLL_SECONDS)
def follow_curves(run_id: str, candidates: list[str]) -> None:
    """Curves in the making, drawn again every second until they have ended."""
    curves = [resources.runs().learning_curve(run_id, name) for name in candidates]
    known = [curve for curve in curves if curve is not None]
    if all(curve.status != "running" for curve in known):
        st.rerun()
    done, total = sum(c.done for c in known), sum(max(c.total, 1) for c in known)
    st.progress(done / total, f"Drawing: {done} of {total} fits")


def show_choice(run: RunState) -> None:
    """The choice of one candidate, for which the hold-out is scored, once."""
    ranked = run.ranked()
    picked = st.selectbox(
        "Winner",
        [c.name for c in ranked],
        format_func=lambda name: next(c.title for c in ranked if c.name == name),
        key=f"compare_winner_{run.id}",
        persist_state="session",
        help="Best first. A simpler candidate that is as good within the spread is often the wiser choice.",
    )
    st.button(
        "Choose and score on the hold-out",
        type="primary",
        icon=":material/trophy:",
        key="compare_choose",
        on_click=choose,
        args=(run.id, picked),
    )
    st.caption(
        f"{text.count(run.rows_test, 'row')} were held out and nothing was chosen by them. They are "
        "scored once, for your winner only: that score is what to expect on new data."
    )


def show_holdout(run: RunState, report: Holdout) -> None:
    """What the winner scored on the hold-out, beside what cross-validation said."""
    winner = run.candidate(report.candidate)
    assert winner is not None
    st.markdown(
        f":material/trophy: **{text.escape(winner.title)}** was chosen and scored on the "
        f"{report.rows:,} rows of the hold-out, {text.ago(report.scored_at)}."
    )
    shown = []
    for name, value in report.metrics.items():
        metric = METRICS[name]
        mean, spread = metric.format(winner.cv_mean(name)), metric.format(winner.cv_std(name))
        explained = f"{metric.description} In cross-validation it was {mean} ± {spread}."
        shown.append((metric.title, metric.format(value), explained))
    metric_row(shown)
    st.caption("The hold-out is used up: it was scored once, for this winner alone.")


run = need_run()
if not run.ranked():
    if run.is_active:
        empty_state(
            "Training goes on",
            "The first candidate is not done yet. Watch it on the train page.",
            "train_models.py",
            "Train models",
        )
    else:
        empty_state(
            "No candidate has finished",
            "The last run ended before one was done. Train again.",
            "train_models.py",
            "Train models",
        )
    st.stop()
holdout = resources.runs().holdout(run.id)
if run.is_active:
    st.info(
        f"Training goes on: {run.done_tasks} of {run.total_tasks} fits. What is done is shown; "
        "the winner can be chosen when it has ended.",
        icon=":material/hourglass_top:",
    )

st.subheader("Leaderboard", anchor=False)
show_leaderboard(run, holdout)

st.subheader("Look closer", anchor=False)
show_curves(run, holdout)

if not run.is_active:
    st.subheader("The winner", anchor=False)
    if holdout is None:
        show_choice(run)
    else:
        show_holdout(run, holdout)
        next_step("deploy_model.py", "Deploy the winner", key="compare_next")
