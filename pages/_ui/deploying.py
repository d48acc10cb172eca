"""A finished candidate to a version: which one, under what name, with what note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.registry.words import propose_name
from core.scoring.metrics import get_metric
from pages._ui import errors, resources, state
from pages._ui.models import show_model, versions_of
from pages._ui.pages import link_button
from pages._ui.people import name_field, person
from pages._ui.text import count, escape

if TYPE_CHECKING:
    from core.registry.summary import SummaryRow
    from core.training.state import CandidateState, Holdout, RunState


def show_deploy_form(run: RunState, rows: tuple[SummaryRow, ...]) -> None:
    """The inputs and the button that registers a version."""
    report = resources.runs().holdout(run.id)
    ranked = run.ranked()
    done = {candidate.name: candidate for candidate in ranked}
    names = sorted(done, key=lambda name: name != run.winner)
    with st.container(border=True):
        left, right = st.columns(2)
        candidate = left.selectbox(
            "Candidate",
            names,
            format_func=lambda name: done[name].title + (" (winner)" if name == run.winner else ""),
            key=f"deploy_candidate_{run.id}",
            persist_state="session",
            help="The chosen winner first, then by their scores in cross-validation.",
        )
        name = right.selectbox(
            "Model name",
            _names(run, rows, st.session_state.get(f"deploy_name_{run.id}")),
            key=f"deploy_name_{run.id}",
            accept_new_options=True,
            persist_state="session",
            help="Choose a model to add a version to it, or type a new name.",
        )
        note_place, person_place = st.columns(2)
        note = note_place.text_input(
            "Note",
            key=state.fresh_key("deploy_note"),
            max_chars=500,
            placeholder="What is special about this version",
        )
        with person_place:
            name_field("deploy_person")
        on_all_rows = st.checkbox(
            "Fit it again on all rows",
            value=True,
            key=f"deploy_on_all_rows_{run.id}",
            persist_state="session",
            help="The scores are of a fit without the hold-out. Once they are known, nothing more is to be "
            "learned from keeping those rows back: the model that answers may learn from them too.",
        )
        remarks = st.container(gap="xxsmall")
        if st.button("Deploy", type="primary", icon=":material/rocket_launch:", key="deploy_start"):
            with errors.error_boundary(), st.spinner("Checking and registering the model…"):
                deploy_candidate(run, candidate, name or "", note or "", on_all_rows=on_all_rows)
                st.rerun()
        with remarks:
            _show_scores(done[candidate], run, report)
            _show_name_remark(
                done[candidate], run, next((r for r in rows if r.model == name), None)
            )


def deploy_candidate(
    run: RunState, candidate: str, name: str, note: str, *, on_all_rows: bool = True
) -> None:
    """Registers the candidate and says what became of it; raises as `deploy` does."""
    from core.serving.registration import deploy

    version = deploy(
        resources.settings(),
        run.id,
        candidate,
        name.strip(),
        by=person(),
        description=note.strip(),
        on_all_rows=on_all_rows,
    )
    show_model(version.name)
    state.renew_key("deploy_note")
    st.session_state[f"deploy_version_{version.name}"] = version.version
    if version.is_champion:
        state.notify(f"{version.title} is deployed and answers.", ":material/rocket_launch:")
    else:
        state.notify(f"{version.title} is registered. Promote it when it should answer.")


def proposed_name(run: RunState, rows: tuple[SummaryRow, ...]) -> str:
    """The model chosen last when it answers the same question, else the data set's name."""
    same = [row.model for row in rows if (row.task, row.target) == (run.task, run.target)]
    chosen = state.model()
    return chosen if chosen in same else propose_name(run.name)


def _names(run: RunState, rows: tuple[SummaryRow, ...], typed: str | None) -> list[str]:
    """The names to choose from: the proposed one, the models there are, what was typed before."""
    names = [proposed_name(run, rows), *(row.model for row in rows), *([typed] if typed else [])]
    return list(dict.fromkeys(names))


def _show_scores(candidate: CandidateState, run: RunState, report: Holdout | None) -> None:
    """How good the candidate is known to be, and what is not known."""
    metric = get_metric(run.metric)
    mean, spread = candidate.cv_mean(run.metric), candidate.cv_std(run.metric)
    text = f"{metric.title} {metric.format(mean)} ± {metric.format(spread)} in cross-validation"
    if report is not None and report.candidate == candidate.name:
        text += f", {metric.format(report.metrics[run.metric])} on the hold-out"
    st.caption(f":material/monitoring: {text}.")
    if report is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(
                ":orange[:material/info:] No winner was chosen, so none is scored on the hold-out. It "
                "can be deployed on its cross-validation score.",
                width="stretch",
            )
            link_button("compare_models.py", "Choose the winner first", key="deploy_compare")
    elif report.candidate != candidate.name:
        st.caption(
            ":orange[:material/info:] The hold-out was scored for another candidate. This one is "
            "deployed on its cross-validation score."
        )


def _show_name_remark(candidate: CandidateState, run: RunState, model: SummaryRow | None) -> None:
    """What the name leads to: a new model, a new version, or a mix-up."""
    if model is None:
        st.caption(
            f":material/add: A new model that predicts {escape(run.target)}. Its first version "
            "answers at once, and a call to `/predict` that names no model asks it from then on."
        )
        return
    name = escape(model.model)
    if model.target and (model.target, model.task) != (run.target, run.task):
        st.caption(
            f":orange[:material/warning:] **{name}** predicts {escape(model.target)} so far, this "
            f"candidate {escape(run.target)}. Give it a name of its own, so that nobody's calls break."
        )
        return
    st.caption(
        f":material/layers: Becomes a new version of **{name}**, which has "
        f"{count(model.versions, 'version')}. The champion stays until you promote another."
    )
    for version in versions_of(model.model):
        if (version.tags.get("run_id"), version.tags.get("candidate")) == (run.id, candidate.name):
            st.caption(
                f":green[:material/check:] This candidate is version {version.version} of **{name}** "
                "already."
            )
            return
