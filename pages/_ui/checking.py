"""The checks of the API: where it is asked, how each dialect did, and one call in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from core.serving.conformance import run_checks
from core.serving.snippets import write_calls
from pages._ui.addresses import api_url
from pages._ui.layout import metric_row
from pages._ui.text import count, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.serving.conformance import CheckResult
    from core.serving.contract import Contract

RESULTS = "check_results"
SHOWN_CHARACTERS = 4_000


def ask_key() -> str:
    """The key that the API wants, if it wants one."""
    return st.text_input(
        "API key",
        key="check_key",
        type="password",
        help="Only where the API wants one. It is sent with each request, and not kept.",
    )


def run_button(contract: Contract, address: str, key: str) -> tuple[CheckResult, ...]:
    """What the checks found when they last ran for this model at this address."""
    subject = (contract.model, contract.version, address)
    if st.button("Run the checks", type="primary", icon=":material/play_arrow:", key="check_run"):
        with st.spinner("Asking in every dialect…"):
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            found = tuple(run_checks(contract, address, headers))
        st.session_state[RESULTS] = (subject, found)
    known, results = st.session_state.get(RESULTS, (None, ()))
    if known != subject:
        st.caption(
            f"Each check asks `{address}` about a real row of the training data. Another server is "
            "checked on the command line: `python -m core conformance --url ADDRESS`."
        )
        return ()
    return tuple(results)


def show_results(results: Sequence[CheckResult]) -> CheckResult:
    """All checks in a table; the one that is selected, else the first that failed, else the first."""
    failed = [result for result in results if not result.is_passed]
    slowest = max(result.heard.seconds for result in results)
    metric_row(
        [
            ("Passed", f"{len(results) - len(failed)} of {len(results)}", ""),
            ("Dialects", str(len({result.dialect for result in results})), ""),
            ("Slowest answer", f"{1000 * slowest:.0f} ms", "One request after another."),
        ]
    )
    if failed:
        text = f"{count(len(failed), 'answer is', 'answers are')} not as the protocol wants."
        st.error(text, icon=":material/error:")
    event = st.dataframe(
        {
            "Passed": ["✓" if result.is_passed else "✗" for result in results],
            "Dialect": [result.dialect for result in results],
            "Check": [result.title for result in results],
            "Status": [result.heard.status for result in results],
            "Time": [1000 * result.heard.seconds for result in results],
            "What is wrong": [result.problem for result in results],
        },
        column_config={
            "Passed": st.column_config.TextColumn(width="small"),
            "Status": st.column_config.NumberColumn(width="small"),
            "Time": st.column_config.NumberColumn(format="%.1f ms", width="small"),
        },
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="check_table",
    )
    selected = event.selection.rows
    if selected and selected[0] < len(results):
        return results[selected[0]]
    return failed[0] if failed else results[0]


def show_call(result: CheckResult) -> None:
    """One call: what was sent, what came back, and how to send it oneself."""
    mark = ":green[:material/check_circle:]" if result.is_passed else ":red[:material/error:]"
    st.markdown(f"#### {mark} {escape(result.dialect)}: {escape(result.title)}")
    if result.problem:
        st.caption(f":red[{escape(result.problem)}]")
    else:
        st.caption("Select a row of the table to see its call.")
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Request**")
        st.code(_write_request(result), language="http", wrap_lines=True, height=320)
    with right:
        milliseconds = 1000 * result.heard.seconds
        st.markdown(f"**Answer** in {milliseconds:.1f} ms")
        st.code(_write_answer(result), language="http", wrap_lines=True, height=320)
    st.markdown("**Call it yourself**")
    calls = write_calls(result.call, api_url())
    for tab, call in zip(
        st.tabs([call.title for call in calls], key="check_calls"), calls, strict=True
    ):
        tab.code(call.code, language=call.language, wrap_lines=True)


def _write_request(result: CheckResult) -> str:
    call = result.call
    head = [f"{call.method} {call.path}", *(f"{n}: {v}" for n, v in call.all_headers.items())]
    return "\n".join([*head, "", call.text]).rstrip()


def _write_answer(result: CheckResult) -> str:
    heard = result.heard
    head = [str(heard.status), *(f"{name}: {value}" for name, value in heard.headers.items())]
    text = heard.text
    if len(text) > SHOWN_CHARACTERS:
        text = f"{text[:SHOWN_CHARACTERS]}…"
    return "\n".join([*head, "", text]).rstrip()
