"""Where data comes from: a file, an address, a database, a sample, or what was loaded before."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from core.data.loading import start_load
from core.errors import SlipwayError, UnreadableFile
from pages._ui import errors, resources, state
from pages._ui.files import FILE_TYPES
from pages._ui.history import show_history
from pages._ui.loading import load
from pages._ui.samples import sample_cards

if TYPE_CHECKING:
    from sqlalchemy import Engine

UPLOAD, ADDRESS, QUERY, SAMPLE, BEFORE = "File", "Address", "Database", "Sample", "Loaded before"
ICONS = {
    UPLOAD: ":material/upload_file:",
    ADDRESS: ":material/link:",
    QUERY: ":material/database:",
    SAMPLE: ":material/science:",
    BEFORE: ":material/history:",
}
USUAL = ("csv", "tsv", "txt", "xlsx", "parquet", "json")
"""Named first, where there is no room for all."""


def show_sources() -> str:
    """The ways to get data, and the one that is chosen; answers which that is."""
    way = st.segmented_control(
        "Where is the data?",
        list(ICONS),
        default=UPLOAD,
        required=True,
        format_func=lambda name: f"{ICONS[name]} {name}",
        key="load_way",
        label_visibility="collapsed",
    )
    if way == ADDRESS:
        take_address()
    elif way == QUERY:
        take_query()
    elif way == SAMPLE:
        sample_cards(key="load_sample")
    elif way == BEFORE:
        show_history()
    else:
        take_file()
    return way or UPLOAD


def take_file() -> None:
    """The uploader. A file that cannot be read is explained, and what was loaded before stays."""
    uploaded = st.file_uploader(
        "A table: CSV or other delimited text, Excel, OpenDocument, Parquet, Feather, JSON, SQLite and more, "
        "also packed",
        type=sorted(FILE_TYPES, key=lambda name: name not in USUAL),
        key=state.fresh_key("load_file"),
        max_upload_size=resources.settings().max_upload_bytes // 2**20,
        help="How it is written (encoding, delimiter, titles above, decimal comma) is found out. You can "
        "correct it afterwards.",
    )
    if uploaded is not None:
        with errors.take_once("load_file"):
            load(partial(start_load, resources.settings(), uploaded.getbuffer(), uploaded.name))


def take_address() -> None:
    """A form for an address; what the operator has not allowed is explained."""
    from core.data.sources.address import fetch

    settings = resources.settings()
    if not settings.url_schemes:
        st.info(
            "This server fetches no files from addresses. Download the file and load it, or ask whoever "
            "runs the server to set `SLIPWAY_ALLOW_URLS`, for example to `https,s3,gs`.",
            icon=":material/link_off:",
        )
    allowed = ", ".join(f"{name}://" for name in settings.url_schemes)
    with st.form("load_address_form", border=False):
        url = st.text_input(
            "Address of a file",
            placeholder="https://example.org/table.csv",
            help=f"Allowed here: {allowed}" if allowed else None,
            disabled=not settings.url_schemes,
            key="load_address",
        )
        asked = st.form_submit_button(
            "Fetch it", icon=":material/download:", disabled=not settings.url_schemes
        )
    if asked and url:
        with errors.then_rerun(), st.spinner("Fetching…"):
            got = fetch(url, settings)
            load(
                partial(
                    start_load, settings, got.content, got.filename, source=got.source, how="url"
                )
            )


def take_query() -> None:
    """A form for a query through one of the named connections; without any, how to get one."""
    names = connection_names()
    if not names:
        st.info(
            "There is no database connection here. Whoever runs the server names one in "
            "`.streamlit/secrets.toml`, and it can be asked from here by its name:",
            icon=":material/database_off:",
        )
        st.code('[connections.sales]\nurl = "postgresql://user:password@host/database"', "toml")
        return
    with st.form("load_query_form", border=False):
        name = st.selectbox("Connection", names, key="load_connection")
        query = st.text_area(
            "Query",
            placeholder="SELECT * FROM orders WHERE year = 2026",
            help="One SELECT statement. It runs in a transaction that can only read.",
            key="load_query",
        )
        asked = st.form_submit_button("Run it", icon=":material/play_arrow:")
    if asked and name and query:
        with errors.then_rerun(), st.spinner("Asking the database…"):
            ask_database(name, query)


def ask_database(name: str, query: str) -> None:
    """Loads the rows of a query."""
    from core.data.sources.sql import query_to_parquet

    content = query_to_parquet(_engine(name), query)
    start = partial(
        start_load,
        resources.settings(),
        content,
        f"{name}.parquet",
        source=f"sql:{name}",
        how="sql",
    )
    load(start)


def connection_names() -> list[str]:
    """The named connections to databases."""
    from streamlit.errors import StreamlitSecretNotFoundError

    try:
        sections = st.secrets.get("connections", {})
    except StreamlitSecretNotFoundError:
        return []
    return [
        name
        for name, section in sections.items()
        if section.get("type", "sql") == "sql" and ("url" in section or "dialect" in section)
    ]


def _engine(name: str) -> Engine:
    try:
        return st.connection(name, type="sql").engine
    except SlipwayError:
        raise
    except Exception as error:  # as many as there are drivers; their words may hold a password
        raise UnreadableFile(
            f"The connection {name!r} must be usable. Got {type(error).__name__}.",
            "Ask whoever runs the server to check its address in the secrets, and that its driver is installed.",
        ) from None
