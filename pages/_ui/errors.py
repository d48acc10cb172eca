"""Errors read as help: what is wrong and what to do, never a traceback."""

import functools
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

import streamlit as st

from core.errors import SlipwayError
from pages._ui import state
from pages._ui.text import escape

_LOGGER = logging.getLogger("slipway.pages")
_PENDING = "ui_pending_errors"

P = ParamSpec("P")


def show_error(error: SlipwayError) -> None:
    """What is wrong, and what to do about it."""
    hint = f"\n\n{escape(error.hint)}" if error.hint else ""
    st.error(f"**{escape(error.message)}**{hint}", icon=":material/error:")


@contextmanager
def error_boundary() -> Iterator[None]:
    """Shows an error of ours where it happened; what was drawn before it stays."""
    try:
        yield
    except SlipwayError as error:
        show_error(error)


def guarded(callback: Callable[P, object]) -> Callable[P, None]:
    """A widget callback whose errors are shown at the top of the page in the run that follows."""

    @functools.wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except SlipwayError as error:
            show_later(error)

    return run


@contextmanager
def then_rerun() -> Iterator[None]:
    """Acts on what a widget was given and begins the run anew; an error is shown at its top."""
    try:
        yield
    except SlipwayError as error:
        show_later(error)
    st.rerun()


@contextmanager
def take_once(name: str) -> Iterator[None]:
    """As `then_rerun`, and empties the widget with the key `state.fresh_key(name)`."""
    state.renew_key(name)
    with then_rerun():
        yield


def show_later(error: SlipwayError) -> None:
    """Keeps the error for the top of the page in the run that follows."""
    st.session_state.setdefault(_PENDING, []).append(error)


def show_pending() -> None:
    """The errors of the callbacks that led to this run."""
    for error in st.session_state.pop(_PENDING, []):
        show_error(error)


def show_unexpected(error: Exception) -> bool:
    """Help for an error that nobody foresaw: a short number here, the traceback in the log."""
    if isinstance(error, SlipwayError):
        show_error(error)
        return True
    number = secrets.token_hex(3)
    _LOGGER.error("Unexpected error %s", number, exc_info=error)
    st.error(
        "**Something went wrong that we did not foresee.** Nothing that was already saved is lost.\n\n"
        "Reload the page and try again. If it happens again, tell whoever runs this server the "
        f"number `{number}`: the details are in its log under it.",
        icon=":material/error:",
    )
    return True
