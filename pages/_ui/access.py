"""What the REST API's doors are like: in words, with the limits in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pages._ui.addresses import api_url
from pages._ui.layout import metric_row
from pages._ui.text import escape

if TYPE_CHECKING:
    from core.settings import ApiSettings


def show_doors(settings: ApiSettings, usable: int) -> None:
    """Who is let in now; `usable` is how many keys are neither revoked nor expired."""
    icon, title, text = describe_doors(settings, usable)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"{icon} **{title}**")
        st.markdown(text)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"The API answers at `{api_url()}`.", width="stretch")
            st.link_button(
                "API documentation",
                f"{api_url()}/docs",
                icon=":material/menu_book:",
                key="access_docs",
            )


def describe_doors(settings: ApiSettings, usable: int) -> tuple[str, str, str]:
    """An icon, the state in a few words, and what it means."""
    if settings.is_open:
        return (
            ":orange[:material/lock_open:]",
            "Open to everybody who can reach this server",
            "Its operator set `SLIPWAY_OPEN_API=yes`, so predictions need no key. Metrics and managing "
            "need one all the same.",
        )
    if usable:
        return (
            ":green[:material/lock:]",
            f"Only with a key, of which there {'is' if usable == 1 else 'are'} {usable}",
            "A request shows it as `Authorization: Bearer KEY` or `X-API-Key: KEY`. Addresses that "
            "tell whether the server runs need none.",
        )
    return (
        ":blue[:material/computer:]",
        "Only for programs on this server's own machine",
        "There is no key yet, so other machines are refused. The first key opens the API to those who "
        "have it, and from then on programs on this machine need one too.",
    )


def show_limits(settings: ApiSettings) -> None:
    """The limits in force."""
    metric_row(
        (
            ("Rows", f"{settings.max_rows:,}", "In one request. `SLIPWAY_MAX_ROWS`"),
            (
                "Body",
                f"{settings.max_body_bytes / 2**20:g} MiB",
                "Of one request. `SLIPWAY_MAX_BODY_MB`",
            ),
            (
                "Time",
                f"{settings.max_seconds} s",
                "Until an answer begins; then it is given up. `SLIPWAY_MAX_SECONDS`",
            ),
            (
                "At a time",
                f"{settings.max_concurrency:,}",
                "Requests that one process works on; more are asked to come back in a second. "
                "`SLIPWAY_MAX_CONCURRENCY`",
            ),
        )
    )
    sites = ", ".join(f"`{escape(site)}`" for site in settings.cors_origins)
    st.caption(
        f"Pages of other sites that may ask from a browser: {sites or 'none'}. "
        f"{_describe_log(settings)} The operator sets all of this when the server starts."
    )


def _describe_log(settings: ApiSettings) -> str:
    if settings.access_log == "no":
        return "No access log is written."
    return "A line for each request goes to the access log."


def show_honest_note(*, is_allowed: bool, choice: str) -> None:
    """What the page cannot protect, or why keys cannot be managed here."""
    if not is_allowed:
        where = (
            "here" if choice == "no" else "from another machine than the one that this app runs on"
        )
        st.info(
            f"Keys cannot be managed {where}. Use the command line of the server: "
            "`python -m core keys create NAME`, `keys list`, `keys revoke ID`.",
            icon=":material/terminal:",
        )
        if choice == "local":
            st.caption(
                "This app has no login of its own, so whoever opens it from elsewhere could otherwise let "
                "themselves in. Where something in front of it asks people who they are, its operator "
                "can allow it: `SLIPWAY_KEYS_IN_PAGE=yes`."
            )
    elif choice == "yes":
        st.caption(
            ":orange[:material/warning:] This app has no login of its own: whoever can open this page can make "
            "a key. Keys protect the API no better than what stands in front of this app; without "
            "that, set `SLIPWAY_KEYS_IN_PAGE=no`."
        )
    else:
        st.caption(
            ":material/computer: You see this because your browser is on the machine that the app runs on. From "
            "elsewhere keys cannot be managed here, since the app has no login of its own."
        )
