"""Where this server is: the path that it is below, its API for a browser and for itself."""

from urllib.parse import urlsplit

import streamlit as st

from pages._ui.pages import PAGES

API_PATH = "/api"
PORT = 8501


def base_path() -> str:
    """The path that all of this server is below (`server.baseUrlPath`), such as `/ml/slipway`; else empty."""
    path = st.get_option("server.baseUrlPath").strip("/")
    return f"/{path}" if path else ""


def api_url() -> str:
    """Where the API is as the browser reaches it, which a proxy may show below a path of its own."""
    if not st.context.url:
        return f"http://localhost:{PORT}{base_path()}{API_PATH}"
    parts = urlsplit(st.context.url)
    base, _, last = parts.path.rstrip("/").rpartition("/")
    if last not in {entry.address for entry in PAGES}:  # the home page, which has no address
        base = f"{base}/{last}".rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{base}{API_PATH}"


def local_url() -> str:
    """Where the API is as the server itself reaches it.

    No other address is asked from here: visitors must not send the server to places of their choice.
    """
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    return f"{scheme}://127.0.0.1:{st.get_option('server.port')}{base_path()}{API_PATH}"
