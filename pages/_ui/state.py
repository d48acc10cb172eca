"""What this session is working on. The only place that names session keys shared by pages.

A tab keeps its own choice of data set and run for as long as it is open, and in its address; the
workspace on disk remembers the latest choice of the browser, and the draft recipes.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import streamlit as st
from msgspec.structs import replace

from core.errors import DataError, DatasetNotFound, RunNotFound, StorageError, TrainingError
from core.recipe import Recipe, Role
from core.workspace import LOCAL, Loading, Workspace, is_workspace_id
from pages._ui import resources
from pages._ui.server import COOKIE
from pages._ui.text import escape

if TYPE_CHECKING:
    from core.data.dataset import DatasetInfo
    from core.training.state import RunState

_DATASET, _RUN, _MODEL, _NOTICES = "ui_dataset_id", "ui_run_id", "ui_model", "ui_notices"
_IDENTITY = "ui_identity"


def workspace_id() -> str:
    """The identity of this browser, or of this session where the browser keeps no cookies."""
    cookie = st.context.cookies.get(COOKIE)
    if cookie is not None and is_workspace_id(cookie):
        return cookie
    if not st.context.headers:  # no browser at all: a test
        return LOCAL
    return str(st.session_state.setdefault(_IDENTITY, uuid.uuid4().hex))


def workspace() -> Workspace:
    """What this browser was working on, as kept on disk."""
    return resources.workspaces().load(workspace_id())


def _remember(change: Callable[[Workspace], Workspace]) -> None:
    resources.workspaces().update(workspace_id(), change)


def begin() -> None:
    """Finds, in a new session, what the address or the workspace names; keeps the address up to date."""
    if _DATASET not in st.session_state:
        _resume()
    for name, key in (("data", _DATASET), ("run", _RUN)):
        wanted = st.session_state[key]
        if wanted and st.query_params.get(name) != wanted:
            st.query_params[name] = wanted
        elif not wanted and name in st.query_params:
            del st.query_params[name]


def _resume() -> None:
    kept = workspace()
    st.session_state[_DATASET] = kept.dataset_id
    st.session_state[_RUN] = kept.run_id
    st.session_state[_MODEL] = kept.model
    asked_data, asked_run = st.query_params.get("data"), st.query_params.get("run")
    if asked_data and asked_data != kept.dataset_id:
        _open_link("data set", asked_data, lambda: select_dataset(asked_data))
    if asked_run and asked_run != kept.run_id:
        _open_link("training run", asked_run, lambda: select_run(asked_run))
    _drop_foreign_run()


def _open_link(what: str, name: str, select: Callable[[], None]) -> None:
    try:
        select()
    except (DatasetNotFound, RunNotFound):
        notify(f"The {what} {escape(name)} of this link is no longer here.", ":material/link_off:")


def dataset_id() -> str | None:
    """The data set being worked on, if any."""
    return st.session_state.get(_DATASET)


def current_dataset() -> DatasetInfo | None:
    """What is known of the data set being worked on; None when there is none, or it is gone."""
    chosen = dataset_id()
    try:
        return resources.datasets().info(chosen) if chosen else None
    except (DataError, StorageError):
        return None


def select_dataset(chosen: str) -> None:
    """Works on this data set from now on; a run of another data set is put aside.

    Raises `DatasetNotFound` when the store does not hold it.
    """
    resources.datasets().info(chosen)
    st.session_state[_DATASET] = chosen
    _drop_foreign_run()
    _remember(lambda kept: kept.with_dataset(chosen))


def recent_datasets(limit: int = 10) -> dict[str, DatasetInfo]:
    """The data sets this browser used, by id, the latest first; what is gone is left out."""
    found = {}
    for known in workspace().dataset_ids[:limit]:
        with suppress(DataError, StorageError):
            found[known] = resources.datasets().info(known)
    return found


def replace_dataset(old: str, new: DatasetInfo, *, forget: bool = False) -> None:
    """Works on `new`, the same file read otherwise; the draft recipe goes along.

    `forget` is for a data set that is gone: nothing leads back to it.
    """
    recipe = draft(old)
    if recipe is not None and recipe.target in new.names and old != new.id:
        save_draft(new.id, _carry_over(recipe, new))
    select_dataset(new.id)
    if forget:
        _remember(lambda kept: kept.without_dataset(old))


def _carry_over(recipe: Recipe, new: DatasetInfo) -> Recipe:
    """The recipe for a table that may have other columns: those that are known keep their role."""
    from core.data.kinds import KINDS
    from core.features.proposal import choose_kind

    columns = {}
    for column in new.columns:
        known = recipe.columns.get(column.name)
        plain = Role.FEATURE if KINDS[column.kind].is_feature else Role.IGNORE
        columns[column.name] = choose_kind(column, column.kind, known.role if known else plain)
    return replace(recipe, columns=columns, read=new.read)


def forget_dataset(gone: str) -> None:
    """Forgets a data set that was removed; when it was being worked on, there is none from now on."""
    if st.session_state.get(_DATASET) == gone:
        st.session_state[_DATASET] = None
    _drop_foreign_run()
    _remember(lambda kept: kept.without_dataset(gone))


def loading() -> Loading | None:
    """The file that this browser is loading, if any."""
    return workspace().loading


def follow_load(load_id: str, replaces: str | None = None) -> None:
    """Keeps that a file is being loaded, so that a refresh, or another page, finds it again."""
    _remember(lambda kept: kept.with_loading(Loading(load_id, replaces)))


def end_load() -> None:
    """Forgets the file that was being loaded."""
    _remember(lambda kept: kept.with_loading(None))


def predicting() -> str | None:
    """The file that this browser had predicted last, or is having, if any."""
    return workspace().predicting


def follow_prediction(file_id: str | None) -> None:
    """Remembers the file that is predicted, so that a refresh finds it."""
    _remember(lambda kept: kept.with_predicting(file_id))


def run_id() -> str | None:
    """The training run being looked at, if any."""
    return st.session_state.get(_RUN)


def current_run() -> RunState | None:
    """The state of the training run being looked at; None when there is none, or it is gone."""
    chosen = run_id()
    try:
        return resources.runs().state(chosen) if chosen else None
    except TrainingError:
        return None


def _drop_foreign_run() -> None:
    """Puts aside a run of another data set than the one being worked on."""
    run = current_run()
    if run is not None and run.dataset_id != dataset_id():
        st.session_state[_RUN] = None


def select_run(chosen: str) -> None:
    """Looks at this training run from now on, and works on its data set.

    Raises `RunNotFound` when the store does not hold it.
    """
    run = resources.runs().state(chosen)
    st.session_state[_RUN] = chosen
    if run.dataset_id != dataset_id():
        select_dataset(run.dataset_id)
    _remember(lambda kept: kept.with_run(chosen))


def recent_runs(limit: int = 10) -> list[RunState]:
    """The training runs this browser started or opened, the latest first; what is gone is left out."""
    found = []
    for known in workspace().run_ids[:limit]:
        with suppress(TrainingError):
            found.append(resources.runs().state(known))
    return found


def model() -> str | None:
    """The registered model that was chosen last, if any."""
    return st.session_state.get(_MODEL)


def select_model(name: str) -> None:
    """Looks at this registered model from now on."""
    st.session_state[_MODEL] = name
    _remember(lambda kept: kept.with_model(name))


def draft(for_dataset: str) -> Recipe | None:
    """The recipe being prepared for this data set, if one was begun."""
    return workspace().drafts.get(for_dataset)


def save_draft(for_dataset: str, recipe: Recipe) -> None:
    """Keeps the recipe being prepared for this data set."""
    _remember(lambda kept: kept.with_draft(for_dataset, recipe))


def notify(message: str, icon: str = ":material/check:") -> None:
    """A short message that is shown at the start of the next run, also after a change of page."""
    st.session_state.setdefault(_NOTICES, []).append((message, icon))


def show_notices() -> None:
    """The messages left by what led to this run."""
    for message, icon in st.session_state.pop(_NOTICES, []):
        st.toast(message, icon=icon)


def preset(key: str, value: object) -> str:
    """The key of a widget that always shows `value`: what is kept decides, the widget only asks for a change.

    Give the widget an `on_change` that keeps the new `st.session_state[key]`.
    """
    st.session_state[key] = value
    return key


def fresh_key(name: str) -> str:
    """The key of a widget whose value cannot be set, but that can be emptied by `renew_key`."""
    return f"{name}_{st.session_state.setdefault(f'ui_fresh_{name}', 0)}"


def renew_key(name: str) -> None:
    """Empties the widget of this name in the next run: an uploader, or a table's edits."""
    st.session_state[f"ui_fresh_{name}"] = st.session_state.get(f"ui_fresh_{name}", 0) + 1


def renew_key_unless(name: str, shown: object) -> None:
    """Empties the widget of this name unless it is about to show what `expect` announced."""
    if st.session_state.get(f"ui_expected_{name}", shown) != shown:
        renew_key(name)
    expect(name, shown)


def expect(name: str, shown: object) -> None:
    """Announces what the widget of this name will show when what it was given is taken as it is."""
    st.session_state[f"ui_expected_{name}"] = shown
