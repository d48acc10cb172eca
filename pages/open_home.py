"""Home: what is loaded, trained and serving, and what to do next."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.registry.summary import SummaryRow
from core.training.state import RunState
from pages._ui import state, status
from pages._ui.journey import find_next_step
from pages._ui.layout import card
from pages._ui.pages import link_button
from pages._ui.samples import sample_cards
from pages._ui.text import ago, count, duration, escape, run_progress

RUN_BADGES = {
    "queued": ":blue-badge[:material/schedule: waiting]",
    "running": ":blue-badge[:material/hourglass_top: running]",
    "finished": ":green-badge[:material/check: finished]",
    "cancelled": ":gray-badge[:material/block: cancelled]",
    "failed": ":red-badge[:material/error: failed]",
    "interrupted": ":orange-badge[:material/warning: interrupted]",
}


def run_lines(run: RunState) -> tuple[str, str]:
    """The headline and the small print of a training run."""
    badge = RUN_BADGES.get(run.status, run.status)
    if run.is_active:
        begun = f", {duration(run.elapsed_seconds)} so far" if run.started_at else ""
        return badge, f"{run_progress(run)}{begun}"
    best = run.candidate(run.winner) if run.winner else run.best
    if best is None:
        return badge, escape(run.message) or "No candidate was done."
    score = status.score_text(run.metric, best.cv_mean(run.metric))
    return f"**{escape(best.title)}** {badge}", f"{score}, predicts {escape(run.target)}"


def show_serving(place: DeltaGenerator, models: tuple[SummaryRow, ...]) -> None:
    row = status.serving(models)
    with card(place, ":material/rocket_launch:", "Serving"):
        if row is None:
            st.markdown(":gray[Nothing deployed yet]")
            return
        st.markdown(f"**{escape(row.model)}** :green-badge[version {row.champion}]")
        since = f"since {ago(row.promoted_at)}" if row.promoted_at else ""
        score = status.score_text(row.metric, row.score)
        others = f"and {count(len(models) - 1, 'other model')}" if len(models) > 1 else ""
        st.caption(", ".join(part for part in (score, since, others) if part))


dataset, run = state.current_dataset(), state.current_run()
known = status.known_models()
serving = status.serving(known or ())
has_draft = dataset is not None and state.draft(dataset.id) is not None
step = find_next_step(dataset, has_draft, run, status.serves_run(serving, run))

st.markdown(step.why)
with st.container(horizontal=True):
    link_button(step.file, step.label, key="home_next", primary=True)
    if dataset is not None:
        link_button("load_data.py", "Load other data", key="home_load")

st.space("small")
data_card, run_card, model_card = st.columns(3)
with card(data_card, ":material/table_chart:", "Data"):
    if dataset is None:
        st.markdown(":gray[Nothing loaded yet]")
    else:
        st.markdown(f"**{escape(dataset.name)}**")
        st.caption(
            f"{count(dataset.rows, 'row')}, {count(len(dataset.columns), 'column')}, "
            f"loaded {ago(dataset.loaded_at)}"
        )
with card(run_card, ":material/model_training:", "Training"):
    if run is None:
        st.markdown(":gray[Nothing trained yet]")
    else:
        headline, small_print = run_lines(run)
        st.markdown(headline)
        st.caption(small_print)
serving_card = model_card.container(height="stretch")
if known is not None:
    show_serving(serving_card, known)

st.space("small")
if dataset is None:
    st.subheader("Or start from a sample", anchor=False)
    sample_cards(key="home_sample")
else:
    with st.expander("Try a sample", icon=":material/science:"):
        sample_cards(key="home_sample")

if known is None:  # a registry that is elsewhere is asked last, when the page is drawn
    with serving_card.skeleton():
        show_serving(serving_card, status.ask_models())
