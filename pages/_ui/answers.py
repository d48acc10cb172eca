"""What a model answers to one row, as a person reads it and as the API writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import streamlit as st

from core.scoring.metrics import find_metric
from core.serving.api.calls import Reply
from core.serving.api.dialects.outline import OUTLINE, write_reply
from core.serving.api.errors import describe_error
from core.serving.contract import label_text
from core.serving.prediction_log.recording import recording
from core.serving.snippets import write_snippets
from pages._ui import resources
from pages._ui.addresses import api_url
from pages._ui.text import count, escape, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.serving.engine import Engine
    from core.serving.field import Wire

_RECORDED = "ui_recorded_row"
SHOWN_CLASSES = 6


def ask(engine: Engine, row: Mapping[str, Wire]) -> Reply:
    """The answer to one row; raises `PredictionError` when it does not fit."""
    parsed = engine.contract.parse(dict(row))
    return Reply(engine.contract, parsed, engine.predict(parsed.rows))


def ask_recorded(engine: Engine, row: Mapping[str, Wire]) -> Reply:
    """As `ask`, and keeps a record where somebody asked: not of the example, nor of a page drawn again."""
    contract = engine.contract
    asked = (contract.model, contract.version, dict(row))
    if asked[2] == contract.example or st.session_state.get(_RECORDED) == asked:
        return ask(engine, row)
    reply = ask(recording(engine, resources.prediction_log(), "page"), row)
    st.session_state[_RECORDED] = asked
    return reply


def write_answer(engine: Engine, row: Mapping[str, Wire]) -> bytes:
    """The very bytes that the API answers to one row, or to one that does not fit."""
    try:
        return msgspec.json.encode(write_reply(ask(engine, row)))
    except Exception as error:  # as the API does: what it knows it answers, the rest goes on
        failure = describe_error(error)
        if failure is None:
            raise
        return msgspec.json.encode(OUTLINE.write_error(failure))


def show_answer(reply: Reply) -> None:
    """The prediction large, its probabilities as bars, and what is unusual about the row."""
    contract, value = reply.contract, reply.answer.values[0]
    shown = label_text(value) if contract.classes is not None else number(value)
    with st.container(border=True):
        st.metric(escape(contract.target), shown, icon=":material/bolt:")
        if reply.answer.probabilities is not None:
            _show_probabilities(reply.answer.probabilities[0])
        for flag in reply.parsed.rows[0].flags:
            st.caption(f":orange[:material/warning:] {escape(flag.message)}")
        st.caption(_signed(reply))


def _show_probabilities(shares: Mapping[str, float]) -> None:
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    for label, share in ordered[:SHOWN_CLASSES]:
        st.progress(min(max(share, 0.0), 1.0), f"**{escape(label)}**: {100 * share:.1f} %")
    if len(ordered) > SHOWN_CLASSES:
        st.caption(
            f"{count(len(ordered) - SHOWN_CLASSES, 'less likely class', 'less likely classes')}"
        )


def _signed(reply: Reply) -> str:
    """Who answered, and how good it was found to be."""
    contract = reply.contract
    metric = find_metric(contract.metric)
    score = (
        f", {metric.title} {metric.format(contract.score)}"
        if metric and contract.score is not None
        else ""
    )
    return f"Answered by {escape(contract.model)} version {contract.version}{score}"


def show_calls(engine: Engine, row: Mapping[str, Wire], version: int | None) -> None:
    """The call that asks about this row, ready to paste, and the answer that it gets."""
    base = api_url()
    needs_key = not resources.settings().api.is_open and bool(resources.keys().list_keys())
    calls = write_snippets(engine.contract, base, row=row, version=version, needs_key=needs_key)
    with st.container(horizontal=True, vertical_alignment="center"):
        said = "Asks about the row that the form holds."
        if needs_key:
            said += " Write one of the keys of **API access** where it says YOUR_API_KEY."
        st.caption(said, width="stretch")
        st.link_button(
            "API documentation", f"{base}/docs", icon=":material/menu_book:", key="try_docs"
        )
    for tab, call in zip(
        st.tabs([call.title for call in calls], key="try_calls"), calls, strict=True
    ):
        tab.code(call.code, language=call.language, wrap_lines=True)
    st.markdown("**The answer**")
    st.code(write_answer(engine, row).decode(), language="json", wrap_lines=True)
