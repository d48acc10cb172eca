"""What one browser was working on, kept on disk so that a refresh or a restart finds it again."""

import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeGuard

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from core.recipe import Recipe
from core.storage import storage_errors, write_bytes

LOCAL = "local"
"""The workspace of a session that has no identity of its own, for example a test."""

MAX_REMEMBERED = 20
"""How many data sets, runs and drafts a workspace remembers; the files themselves stay in their stores."""

_VALID_ID = re.compile(r"[0-9a-f]{32}")


class Loading(Struct, frozen=True):
    """A file that is being loaded.

    Attributes
    ----------
    id
        Of the load.
    replaces
        The data set whose file is read again; None = it is a new file.
    """

    id: str
    replaces: str | None = None


class Workspace(Struct, frozen=True):
    """What one browser was working on.

    Attributes
    ----------
    dataset_id, run_id, model
        What was chosen last; None before the first choice.
    dataset_ids, run_ids
        What was used before, latest first.
    drafts
        The recipe being prepared for each data set, by data set id, latest last.
    person
        What the person who sits there wants to be called in histories; may be empty.
    loading
        The file that is being loaded; None = there is none.
    predicting
        The file that was predicted last, or is being; None = there is none.
    """

    dataset_id: str | None = None
    dataset_ids: tuple[str, ...] = ()
    run_id: str | None = None
    run_ids: tuple[str, ...] = ()
    model: str | None = None
    drafts: dict[str, Recipe] = {}
    person: str = ""
    loading: Loading | None = None
    predicting: str | None = None

    def with_dataset(self, dataset_id: str) -> "Workspace":
        """The same, with this data set chosen.

        Examples
        --------
        >>> Workspace(dataset_ids=("a", "b")).with_dataset("b").dataset_ids
        ('b', 'a')
        """
        return replace(
            self, dataset_id=dataset_id, dataset_ids=_first(dataset_id, self.dataset_ids)
        )

    def without_dataset(self, dataset_id: str) -> "Workspace":
        """The same, having forgotten a data set; when it was the chosen one, none is."""
        return replace(
            self,
            dataset_id=None if self.dataset_id == dataset_id else self.dataset_id,
            dataset_ids=tuple(other for other in self.dataset_ids if other != dataset_id),
            drafts={key: draft for key, draft in self.drafts.items() if key != dataset_id},
        )

    def with_run(self, run_id: str) -> "Workspace":
        """The same, with this training run chosen."""
        return replace(self, run_id=run_id, run_ids=_first(run_id, self.run_ids))

    def with_model(self, model: str) -> "Workspace":
        """The same, with this registered model chosen."""
        return replace(self, model=model)

    def with_loading(self, loading: Loading | None) -> "Workspace":
        """The same, with this file being loaded."""
        return replace(self, loading=loading)

    def with_predicting(self, predicting: str | None) -> "Workspace":
        """The same, with this file being predicted."""
        return replace(self, predicting=predicting)

    def with_person(self, person: str) -> "Workspace":
        """The same, used by somebody of this name."""
        return replace(self, person=person)

    def with_draft(self, dataset_id: str, recipe: Recipe) -> "Workspace":
        """The same, with this recipe as the draft for the data set."""
        others = {key: draft for key, draft in self.drafts.items() if key != dataset_id}
        kept = dict(list(others.items())[-(MAX_REMEMBERED - 1) :])
        return replace(self, drafts=kept | {dataset_id: recipe})


def _first(item: str, items: tuple[str, ...]) -> tuple[str, ...]:
    return (item, *(other for other in items if other != item))[:MAX_REMEMBERED]


class WorkspaceStore:
    """The workspaces of all browsers, one JSON file each.

    Parameters
    ----------
    directory
        Where the files are kept; made when the first one is saved.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def load(self, workspace_id: str) -> Workspace:
        """The workspace of this id, or an empty one when there is none.

        A damaged file costs only what cannot be read: a draft that no longer fits is left out, and
        a file that is no JSON counts as empty.
        """
        path = self._path(workspace_id)
        with storage_errors(path):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                return Workspace()
        return _decode(content)

    def save(self, workspace_id: str, workspace: Workspace) -> None:
        """Keeps the workspace under this id.

        Raises
        ------
        StorageError
            When the disk is full or the folder cannot be written; what was kept before stays.
        """
        write_bytes(self._path(workspace_id), msgspec.json.encode(workspace))

    def update(self, workspace_id: str, change: Callable[[Workspace], Workspace]) -> Workspace:
        """The workspace after `change`, kept; two tabs of one browser do not undo each other's.

        Raises
        ------
        StorageError
            As `save`.
        """
        with self._lock:
            workspace = change(self.load(workspace_id))
            self.save(workspace_id, workspace)
        return workspace

    def _path(self, workspace_id: str) -> Path:
        # The id comes from a browser's cookie: nothing but an id may become part of a path.
        valid = workspace_id == LOCAL or _VALID_ID.fullmatch(workspace_id)
        return self._directory / f"{workspace_id if valid else LOCAL}.json"


def is_workspace_id(value: object) -> TypeGuard[str]:
    """Whether `value` is an id that a workspace of its own can have.

    Examples
    --------
    >>> is_workspace_id("../../etc/passwd"), is_workspace_id("0" * 32)
    (False, True)
    """
    return isinstance(value, str) and _VALID_ID.fullmatch(value) is not None


def _decode(content: bytes) -> Workspace:
    try:
        known = msgspec.json.decode(content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Workspace()
    drafts = known.pop("drafts", None)
    try:
        workspace = msgspec.convert(known, Workspace)
    except msgspec.ValidationError:
        workspace = Workspace()
    return replace(workspace, drafts=_readable(drafts))


def _readable(drafts: object) -> dict[str, Recipe]:
    """The drafts that are still recipes: an older version of the app may have written others."""
    kept: dict[str, Recipe] = {}
    for dataset_id, draft in drafts.items() if isinstance(drafts, dict) else ():
        try:
            kept[dataset_id] = msgspec.convert(draft, Recipe)
        except msgspec.ValidationError:
            continue
    return kept
