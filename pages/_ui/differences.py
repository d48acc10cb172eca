"""What changes in the answers when another version answers, for somebody who is about to decide that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from core.errors import SlipwayError
from pages._ui import errors
from pages._ui.models import get_hub
from pages._ui.text import escape

if TYPE_CHECKING:
    from core.serving.comparing import Comparison

SHOWN_COLUMNS = 6


def show_differences(model: str, champion: int, version: int) -> bool:
    """Whether the version answers all that the champion is asked; the differences are drawn."""
    try:
        with st.spinner("Asking both versions the requests kept with them…"):
            found = _compare(model, champion, version)
    except SlipwayError as error:
        errors.show_error(error)
        return False
    if not found.is_safe:
        _show_troubles(found)
    if found.answered:
        st.markdown(escape(found.summary))
    for line in found.contract:
        st.caption(f":orange[:material/contract_edit:] {escape(line)}")
    for trouble in found.champion_troubles:
        st.caption(
            f":material/info: Version {champion} cannot answer {trouble.count} of the new version's own "
            f"requests: {escape(trouble.reason)}"
        )
    for note in found.notes:
        st.caption(f":material/info: {escape(note)}")
    if found.rows:
        with st.expander("The requests whose answers change most", icon=":material/difference:"):
            _show_rows(found)
    return found.is_safe


# Versions never change, so what two of them answer is worked out once for all who ask.
@st.cache_data(max_entries=50, show_spinner=False)
def _compare(model: str, champion: int, version: int) -> Comparison:
    from core.serving.comparing import compare_versions

    hub = get_hub()
    return compare_versions(hub.registry, hub, model, champion, version)


def _show_troubles(found: Comparison) -> None:
    reasons = "\n\n".join(
        f"{f'{trouble.count} of them: ' if trouble.count else ''}{escape(trouble.reason)}"
        for trouble in found.troubles[:3]
    )
    st.error(
        f"**Version {found.challenger} cannot answer what version {found.champion} is asked.** Callers of the "
        f"model would be refused.\n\n{reasons}",
        icon=":material/error:",
    )


def _show_rows(found: Comparison) -> None:
    """The answers beside the columns in which these requests differ most."""
    columns = list(dict.fromkeys(name for change in found.rows for name in change.row))
    columns.sort(key=lambda name: -len({str(change.row.get(name)) for change in found.rows}))
    table = pd.DataFrame(
        {
            f"Version {found.champion}": [str(change.before) for change in found.rows],
            f"Version {found.challenger}": [str(change.after) for change in found.rows],
            "Change": [change.change for change in found.rows],
            **{
                name: [_shown(change.row.get(name)) for change in found.rows]
                for name in columns[:SHOWN_COLUMNS]
            },
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config={"Change": st.column_config.NumberColumn(format="%.3g")},
        alt="The requests whose answers change most, with the answers of both versions",
    )


def _shown(value: object) -> str:
    return "–" if value is None else str(value)
