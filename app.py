"""The server: the pages and, under /api, the REST API, on one port. Start it with `streamlit run app.py`."""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

from pages._ui.addresses import base_path
from pages._ui.errors import show_unexpected
from pages._ui.server import ApiFirst, LazyApi, WorkspaceCookie, send_prediction, warm_up

BASE = base_path()

app = st.App(
    "pages/_shell.py",
    routes=[Route(f"{BASE}/predictions/{{file_id}}/{{what}}", send_prediction)],
    middleware=[
        Middleware(ApiFirst, api=LazyApi(), base=BASE),
        Middleware(WorkspaceCookie, base=BASE),
    ],
    lifespan=warm_up,
    on_script_error=show_unexpected,
)
