"""Which version answers: promoting, rolling back, and the history of both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from core.errors import RegistryError
from core.registry.followers import refusals
from core.registry.history import previous_champion
from core.registry.words import CHAMPION, METRIC_TAG
from pages._ui import errors, resources, state
from pages._ui.differences import show_differences
from pages._ui.people import name_field, person
from pages._ui.status import score_text
from pages._ui.text import ago, count, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.registry.words import Change, Version

_MOVE = "ui_move"
SHOWN_CHANGES = 8


@dataclass(frozen=True)
class Move:
    """A move of the champion that waits to be confirmed, with the champion that was shown."""

    action: str
    model: str
    version: int
    champion: int | None
    scores: tuple[str, ...] = ()


def show_moves(chosen: Version, versions: Sequence[Version], changes: list[Change]) -> None:
    """The buttons that change which version answers; those that make no sense say why."""
    champion = next((version.version for version in versions if version.is_champion), None)
    back = previous_champion(changes, champion, {version.version for version in versions})
    scores = {version.version: _score(version) for version in versions}
    st.button(
        f"Promote version {chosen.version}",
        icon=":material/star:",
        type="secondary" if chosen.is_champion else "primary",
        key="deploy_promote",
        disabled=chosen.is_champion,
        help="It is the champion already: choose another version to promote."
        if chosen.is_champion
        else "It will answer wherever no version is named.",
        on_click=_ask,
        args=(_move("promote", chosen.name, chosen.version, champion, scores),),
    )
    st.button(
        "Roll back" if back is None else f"Roll back to version {back}",
        icon=":material/undo:",
        key="deploy_rollback",
        disabled=back is None,
        help="There is nothing to go back to: no other version was champion before."
        if back is None
        else "The version that was champion before answers again.",
        on_click=_ask,
        args=(_move("rollback", chosen.name, back or 0, champion, scores),),
    )


def _move(
    action: str, model: str, version: int, champion: int | None, scores: dict[int, str]
) -> Move:
    compared = [number for number in (champion, version) if number in scores]
    return Move(action, model, version, champion, tuple(scores[number] for number in compared))


def _score(version: Version) -> str:
    """A version and how good it was found to be, so that nobody promotes a worse one unawares."""
    metric = version.tags.get(METRIC_TAG, "")
    said = score_text(metric, version.metrics.get(metric)) or "not scored"
    title = version.tags.get("candidate_title", "")
    return f"Version {version.version}, {title}: {said} in cross-validation"


def confirm_move() -> None:
    """The question before a move, when one is waiting."""
    move = st.session_state.get(_MOVE)
    if move is None:
        return
    title = "Promote" if move.action == "promote" else "Roll back to"
    asking = st.dialog(
        f"{title} version {move.version}?", icon=":material/swap_horiz:", on_dismiss=_forget
    )
    asking(_show_question)(move)


def _show_question(move: Move) -> None:
    instead = f" instead of version {move.champion}" if move.champion else ""
    st.markdown(
        f"Version {move.version} of **{escape(move.model)}** will answer{instead}: in the page and "
        "over HTTP, for everybody."
    )
    for line in move.scores:
        st.caption(escape(line))
    is_allowed = True
    if move.action == "promote" and move.champion:
        is_allowed = show_differences(move.model, move.champion, move.version) or st.checkbox(
            "Promote it all the same", key="deploy_force"
        )
    st.text_input(
        "Reason", key="deploy_reason", max_chars=300, placeholder="Optional, for the history"
    )
    name_field("deploy_move_person")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="deploy_cancel", on_click=_forget):
            st.rerun()
        label = "Promote" if move.action == "promote" else "Roll back"
        if st.button(
            label,
            type="primary",
            key="deploy_confirm",
            disabled=not is_allowed,
            on_click=_carry_out,
            args=(move,),
        ):
            st.rerun()


def _ask(move: Move) -> None:
    st.session_state[_MOVE] = move


def _forget() -> None:
    st.session_state.pop(_MOVE, None)


@errors.guarded
def _carry_out(move: Move) -> None:
    _forget()
    registry, reason = resources.registry(), st.session_state.get("deploy_reason", "").strip()
    if move.action == "promote":
        version = registry.promote(
            move.model, move.version, by=person(), reason=reason, expected=move.champion
        )
    else:
        version = registry.rollback(move.model, by=person(), reason=reason, expected=move.champion)
    refused = refusals(resources.settings(), move.model, version.version)
    if refused:
        raise RegistryError(
            f"{version.title} is the champion, but it cannot be loaded. {refused[0]}",
            "Roll back, or deploy the model again.",
        )
    state.notify(f"{version.title} answers now.", ":material/star:")


def show_history(changes: Sequence[Change]) -> None:
    """What happened to the champion and other aliases, newest first."""
    if not changes:
        st.caption("No version was promoted yet, so none answers.")
        return
    _show_changes(changes[:SHOWN_CHANGES])
    if len(changes) > SHOWN_CHANGES:
        with st.expander(count(len(changes) - SHOWN_CHANGES, "earlier change")):
            _show_changes(changes[SHOWN_CHANGES:])


def _show_changes(changes: Sequence[Change]) -> None:
    for change in changes:
        with st.container(gap=None):
            st.markdown(_tell(change))
            reason = f": {escape(change.reason)}" if change.reason else ""
            st.caption(f"{escape(change.by)}, {ago(change.at)}{reason}")


def _tell(change: Change) -> str:
    before = f" in place of version {change.from_version}" if change.from_version else ""
    told = f"**Version {change.to_version}**"
    alias = "champion" if change.alias == CHAMPION else f"**{escape(change.alias)}**"
    if change.action == "promote":
        return f":green[:material/star:] {told} promoted{before}"
    if change.action == "rollback":
        return f":orange[:material/undo:] {told} brought back{before}"
    if change.to_version is None:
        was = f", which version {change.from_version} had" if change.from_version else ""
        return f":gray[:material/label_off:] Nothing is {alias} any more{was}"
    icon = ":gray[:material/label:]" if change.action == "set" else ":orange[:material/help:]"
    found = "found to be" if change.action == "found" else "made"
    return f"{icon} {told} {found} {alias}{before}"
