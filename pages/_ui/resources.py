"""What all sessions share, made once: the settings, the stores, the registry. Never change what these return."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from core.settings import Settings
from core.workspace import WorkspaceStore

if TYPE_CHECKING:
    from core.data.dataset import Dataset
    from core.data.store import DatasetStore
    from core.registry.registry import Registry
    from core.serving.access import KeyStore
    from core.serving.hub import ModelHub
    from core.serving.prediction_log import PredictionLog
    from core.serving.prediction_log.reader import LogReader
    from core.training.runs import RunStore
    from core.training.spares import Spares

# The stores are imported inside the functions: a page pays for what it uses, and the first page uses little.


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The operator's settings, read from the environment once."""
    return Settings.from_environment(os.environ)


@st.cache_resource(show_spinner=False)
def workspaces() -> WorkspaceStore:
    """What each browser was working on."""
    return WorkspaceStore(settings().workspaces_dir)


@st.cache_resource(show_spinner=False)
def datasets() -> DatasetStore:
    """The data sets."""
    from core.data.store import DatasetStore

    return DatasetStore(settings().datasets_dir, settings().max_upload_bytes)


def dataset(dataset_id: str) -> Dataset:
    """A data set with its rows; the last few stay in memory. Copy the frame before changing it."""
    # How a file is read may be corrected without a change of its rows.
    return replace(_rows(dataset_id), info=datasets().info(dataset_id))


@st.cache_resource(show_spinner=False, max_entries=3)
def _rows(dataset_id: str) -> Dataset:
    return datasets().load(dataset_id)


def forget_rows() -> None:
    """Lets go of all rows, and of what was worked out of them: some were deleted for good."""
    _rows.clear()
    st.cache_data.clear()


@st.cache_resource(show_spinner=False)
def runs() -> RunStore:
    """The training runs."""
    from core.training.runs import RunStore

    return RunStore(settings().runs_dir)


@st.cache_resource(show_spinner=False)
def spares() -> Spares:
    """The process that waits for the next run."""
    from core.training.spares import Spares

    return Spares(settings())


@st.cache_resource(show_spinner=False)
def registry() -> Registry:
    """The registered models. Its first use imports MLflow: never on the home page."""
    from core.registry.registry import Registry

    return Registry(settings())


@st.cache_resource(show_spinner=False)
def hub() -> ModelHub:
    """The models that answer, kept current by a thread of their own."""
    from core.serving.hub import ModelHub
    from core.serving.watching import watch

    hub = ModelHub(registry(), settings().default_model)
    # Of the others no page may ever ask, and the memory of this process is what pages share.
    watch(hub, models=1)
    return hub


@st.cache_resource(show_spinner=False)
def keys() -> KeyStore:
    """The API keys."""
    from core.serving.access import KeyStore

    return KeyStore(settings().keys_path)


@st.cache_resource(show_spinner=False)
def prediction_log() -> PredictionLog | None:
    """What keeps a record of what is predicted here; None where nothing is to be kept."""
    from core.serving.prediction_log import open_prediction_log

    return open_prediction_log(settings())


@st.cache_resource(show_spinner=False)
def log_reader() -> LogReader:
    """Reads what was kept, by this process and all others."""
    from core.serving.prediction_log.databases import open_database
    from core.serving.prediction_log.reader import LogReader

    return LogReader(open_database(settings()))
