"""API access: who may ask the REST API, with which keys, and how much."""

import time

import streamlit as st

from pages._ui import resources
from pages._ui.access import show_doors, show_honest_note, show_limits
from pages._ui.key_list import show_keys
from pages._ui.key_making import show_making
from pages._ui.visitors import may_manage_keys

settings = resources.settings().api
keys = resources.keys().list_keys()
show_doors(settings, sum(key.is_usable(time.time()) for key in keys))

st.subheader("Keys", anchor=False)
is_allowed = may_manage_keys()
if is_allowed:
    show_making()
    show_keys(keys)
show_honest_note(is_allowed=is_allowed, choice=settings.keys_in_page)

st.subheader("Limits", anchor=False)
show_limits(settings)
