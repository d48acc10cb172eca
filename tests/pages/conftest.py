from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.data.dataset import DatasetInfo
from core.data.store import DatasetStore

SHELL = Path(__file__).resolve().parents[2] / "pages" / "_shell.py"


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    """An empty store of its own for one test."""
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    st.cache_resource.clear()
    st.cache_data.clear()
    return tmp_path


@pytest.fixture
def open_page(home) -> Callable[..., AppTest]:
    """Opens a page through the router, as a browser does: `open_page("load_data.py", data=ID)`."""

    def open_(file: str = "open_home.py", **query: str) -> AppTest:
        app = AppTest.from_file(str(SHELL), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        app.run()
        if file != "open_home.py":
            app.switch_page(file).run()
        assert not app.exception
        return app

    return open_


@pytest.fixture
def titanic(home) -> DatasetInfo:
    """The sample, loaded, but not chosen by anybody yet."""
    return DatasetStore(home / "datasets", 2**24).add_sample("titanic")
