"""Where the person at the browser is: what may be done without a login depends on it."""

import streamlit as st

from core.serving.access.peers import Peers, read_networks
from pages._ui import resources

LOOPBACK = "127.0.0.1"


def is_local() -> bool:
    """Whether the browser runs on the machine that this app runs on, as far as that can be told."""
    headers = st.context.headers
    if not headers:  # no browser at all: a test
        return True
    settings = resources.settings().api
    peers = Peers(read_networks(settings.trusted_proxies), settings.cors_origins)
    pairs = [(name.lower().encode(), str(value).encode()) for name, value in headers.items()]
    return peers.is_local(st.context.ip_address or LOOPBACK, pairs)


def may_manage_keys() -> bool:
    """Whether this person may make and revoke keys here."""
    choice = resources.settings().api.keys_in_page
    return choice == "yes" or (choice == "local" and is_local())
