"""Where the app is, for its server and for what its pages tell people to call."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

API_PATH = "/api"

DEFAULT_URL = "http://localhost:8501"
"""What is shown where a page does not know its own address."""


def base_path() -> str:
    """The path below which the app is served: empty, or such as `/ml/slipway` with `server.baseUrlPath`."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}" if base else ""


def api_url() -> str:
    """Where this server's API is, as the browser reaches it."""
    parts = urlsplit(st.context.url or DEFAULT_URL)
    return f"{parts.scheme}://{parts.netloc}{base_path()}{API_PATH}"
