"""The versions of a model as a table, and one of them with all that is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pandas as pd
import streamlit as st

from core.data.kinds import KINDS
from core.registry.words import CHAMPION
from core.scoring.metrics import find_metric, get_metric
from core.serving.card import CARD_FILE, Card
from core.serving.contract import load_contract
from core.serving.contract.field import describe_field
from core.serving.hub import CONTRACT_FILE
from core.serving.plan.report import PLAN_REPORT_FILE, load_report
from pages._ui import errors, resources, state
from pages._ui.text import ago, count, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.registry.words import Version
    from core.serving.contract import Contract


def versions_table(versions: Sequence[Version]) -> pd.DataFrame:
    """One row a version, newest first."""
    return pd.DataFrame(
        {
            "Version": [version.version for version in versions],
            "Champion": ["★ Champion" if version.is_champion else "" for version in versions],
            "Aliases": [
                ", ".join(alias for alias in version.aliases if alias != CHAMPION)
                for version in versions
            ],
            "Candidate": [version.tags.get("candidate_title", "") for version in versions],
            "CV": [_score(version) for version in versions],
            "Hold-out": [_score(version, "holdout_") for version in versions],
            "Data set": [version.tags.get("dataset_name", "") for version in versions],
            "Registered": [ago(version.created_at) for version in versions],
            "Note": [version.description for version in versions],
        }
    )


def _score(version: Version, prefix: str = "") -> str:
    metric = find_metric(version.tags.get("metric", ""))
    value = version.metrics.get(f"{prefix}{metric.name}") if metric else None
    return "–" if metric is None or value is None else f"{metric.format(value)} {metric.title}"


def show_versions(versions: Sequence[Version]) -> None:
    """The table of versions."""
    table = versions_table(versions)
    empty = [name for name in ("Aliases", "Note") if not table[name].any()]
    st.dataframe(
        table.drop(columns=empty),
        hide_index=True,
        height="content" if len(table) <= 12 else 460,
        key="deploy_versions",
        column_config={
            "Version": st.column_config.NumberColumn(width="small", pinned=True),
            "CV": st.column_config.TextColumn(
                "Cross-validation", help="Mean over the folds, of the metric that decided."
            ),
            "Hold-out": st.column_config.TextColumn(
                help="On rows that nothing was chosen by; only the winner of a run is scored on them."
            ),
        },
        alt="The versions of the model, newest first, with their scores",
    )


def show_version(version: Version) -> None:
    """What is kept of a version: scores, columns, recipe, and where it came from."""
    registry = resources.registry()
    card = msgspec.json.decode(registry.read_file(version, CARD_FILE), type=Card)
    answers = " :green-badge[:material/star: champion]" if version.is_champion else ""
    st.markdown(f"**{escape(card.title)}**, version {version.version}{answers}")
    if version.description:
        st.markdown(escape(version.description))
    st.caption(escape(_how_it_came_about(card)))
    if PLAN_REPORT_FILE in registry.manifest(version).files:
        report = load_report(registry.read_file(version, PLAN_REPORT_FILE))
        st.caption(escape(report.sentence))
    scores, columns, recipe, origin = st.tabs(
        ["Scores", "Columns", "Recipe", "Origin"], on_change="rerun", key="deploy_card"
    )
    if scores.open:
        with scores:
            _show_scores(card)
    if columns.open:
        with columns:
            _show_columns(load_contract(registry.read_file(version, CONTRACT_FILE)))
    if recipe.open and not card.run_id:
        recipe.caption("It was trained elsewhere: there is no recipe of it here.")
    elif recipe.open:
        from core.serving.registration import RECIPE_FILE

        content = registry.read_file(version, RECIPE_FILE).decode()
        recipe.code(content, language="yaml", height=420)
    if origin.open:
        with origin:
            _show_origin(card)


def _how_it_came_about(card: Card) -> str:
    """What it was scored on and fitted on; of an uploaded model only its note."""
    if not card.metric:
        return card.note
    scored = "Not scored on the hold-out."
    if card.holdout is not None:
        scored = f"Scored once on the {card.rows_test:,} rows of the hold-out."
    learned = "Fitted on the training part alone."
    if card.is_on_all_rows:
        learned = f"Fitted again on all {card.data.rows:,} rows after its scores were known."
    return f"{scored} {learned} {card.note}"


def _show_scores(card: Card) -> None:
    if not card.metric:
        st.caption("It was not scored here.")
        return
    rows = []
    for name, mean in card.cv_mean.items():
        metric = get_metric(name)
        held_out = (card.holdout or {}).get(name)
        rows.append(
            {
                "Metric": metric.title,
                "Cross-validation": metric.format(mean),
                "±": metric.format(card.cv_std.get(name)),
                "Hold-out": "–" if held_out is None else metric.format(held_out),
                "Meaning": metric.description,
            }
        )
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        height="content",
        column_config={"Meaning": st.column_config.TextColumn(width="large")},
        alt="The scores of this version",
    )
    st.caption(
        f"{count(card.rows_train, 'row')} in cross-validation, {card.rows_test:,} held out. "
        f"{get_metric(card.metric).title} decided."
    )


def _show_columns(contract: Contract) -> None:
    table = pd.DataFrame(
        {
            "Column": contract.names,
            "Kind": [KINDS[field.kind].title for field in contract.fields],
            "In training": [
                describe_field(field).removeprefix("Seen in training: ")
                for field in contract.fields
            ],
            "May be missing": [field.nullable for field in contract.fields],
        }
    )
    st.dataframe(
        table, hide_index=True, height="content", alt="The columns that this version wants"
    )
    answer = (
        "one of " + ", ".join(escape(label) for label in contract.classes)
        if contract.classes
        else "a number"
    )
    st.caption(f"Answers {escape(contract.target)}: {answer}.")


def _show_origin(card: Card) -> None:
    came_from = f"{card.data.name} ({card.data.source}), {count(card.data.rows, 'row')}"
    trained = {
        "Data set": came_from,
        "Fingerprint of the data": card.data.fingerprint,
        "Training run": card.run_id,
    }
    facts = {
        **(trained if card.run_id else {"File": card.data.name}),
        "Registered": card.registered_at,
        **{f"Library: {name}": number for name, number in card.libraries.items()},
    }
    st.dataframe(
        pd.DataFrame({"What": list(facts), "Value": list(facts.values())}),
        hide_index=True,
        height="content",
        column_config={"Value": st.column_config.TextColumn(width="large")},
        alt="Where this version came from",
    )
    if not card.run_id:
        return
    is_opened = st.button(
        "Open the training run",
        icon=":material/leaderboard:",
        key="deploy_open_run",
        on_click=_open_run,
        args=(card.run_id,),
    )
    if is_opened and state.run_id() == card.run_id:
        st.switch_page("compare_models.py")


@errors.guarded
def _open_run(run_id: str) -> None:
    state.select_run(run_id)
