"""Compare models: the leaderboard, curves of the candidates side by side, and the choice of one."""

import streamlit as st

from core.charts.leaderboard import leaderboard_alt_text, leaderboard_figure
from core.evaluation.fold_scores import rank_candidates
from core.scoring.metrics import get_metric
from core.tasks import get_task
from core.training.jobs import choose_winner
from core.training.state import Holdout, RunState
from pages._ui import errors, resources, state, text
from pages._ui.curves import show_curves
from pages._ui.layout import CHART, empty_state, metric_row, need_run, next_step
from pages._ui.leaderboard import column_config, leaderboard
from pages._ui.run_pair import show_other_runs


def choose(run: RunState, candidate: str) -> None:
    """Scores the hold-out for this candidate, fitted first where the run did not come to it."""
    is_fitted = resources.runs().has_pipeline(run.id, candidate)
    first = "" if is_fitted else "Fitting it on all training rows first. "
    with errors.then_rerun(), st.spinner(f"{first}Scoring the hold-out…"):
        choose_winner(resources.settings(), run.id, candidate)
        state.notify("The hold-out is scored.", ":material/trophy:")


def show_leaderboard(run: RunState, report: Holdout | None) -> str:
    """The table and the same as a figure, by a metric that a person may change."""
    metrics = run.metrics or get_task(run.task).metrics
    metric = st.selectbox(
        "Metric",
        metrics,
        index=metrics.index(run.metric),
        format_func=lambda name: get_metric(name).title,
        key=f"compare_metric_{run.id}",
        help=f"The run was decided by {get_metric(run.metric).title}; look at any other here.",
        persist_state="session",
    )
    table_tab, figure_tab = st.tabs(["Table", "Figure"], on_change="rerun", key="compare_view")
    tested = {report.candidate: report.metrics.get(metric)} if report else None
    table = leaderboard(run, metric, tested)
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
            scores = rank_candidates(run.ranked(), metric)
            figure = leaderboard_figure(scores, [c.title for c in run.ranked()])
            st.plotly_chart(
                figure, config=CHART, key="compare_figure", alt=leaderboard_alt_text(scores)
            )
    return str(metric)


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
    if st.button(
        "Choose and score on the hold-out",
        type="primary",
        icon=":material/trophy:",
        key="compare_choose",
    ):
        choose(run, picked)  # here, since it may take a while, and its words belong to the button
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
        metric = get_metric(name)
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
        f"Training goes on: {text.run_progress(run)}. What is done is shown; the winner can be chosen "
        "when it has ended.",
        icon=":material/hourglass_top:",
    )

st.subheader("Leaderboard", anchor=False)
show_leaderboard(run, holdout)

st.subheader("Look closer", anchor=False)
show_curves(run, holdout)
show_other_runs(run)

if not run.is_active:
    st.subheader("The winner", anchor=False)
    if holdout is None:
        show_choice(run)
    else:
        show_holdout(run, holdout)
        next_step("deploy_model.py", "Deploy the winner", key="compare_next")
