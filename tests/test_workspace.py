import msgspec
import pytest

from core.recipe import ColumnChoice, Recipe, Role
from core.workspace import (
    LOCAL,
    MAX_REMEMBERED,
    Loading,
    Workspace,
    WorkspaceStore,
    is_workspace_id,
)

ID = "0123456789abcdef0123456789abcdef"


def make_recipe(target: str = "y") -> Recipe:
    return Recipe(
        target=target,
        task="regression",
        metric="r2",
        columns={target: ColumnChoice("number", Role.TARGET)},
    )


def test_unknown_workspace_is_empty(tmp_path):
    assert WorkspaceStore(tmp_path).load(ID) == Workspace()


def test_finds_again_what_was_saved(tmp_path):
    workspace = Workspace().with_dataset("aaa").with_run("r1").with_model("m")
    workspace = workspace.with_draft("aaa", make_recipe())

    WorkspaceStore(tmp_path / "new").save(ID, workspace)

    assert WorkspaceStore(tmp_path / "new").load(ID) == workspace


def test_workspaces_are_apart(tmp_path):
    store = WorkspaceStore(tmp_path)
    store.save(ID, Workspace(dataset_id="mine"))
    assert store.load("f" * 32).dataset_id is None
    assert store.load(LOCAL).dataset_id is None


@pytest.mark.parametrize("content", [b"", b"not json", b"[1]", b"\xff\xfe", b'{"dataset_ids": 3}'])
def test_damaged_file_counts_as_empty(tmp_path, content):
    (tmp_path / f"{ID}.json").write_bytes(content)
    assert WorkspaceStore(tmp_path).load(ID) == Workspace()


def test_draft_that_no_longer_fits_costs_only_itself(tmp_path):
    workspace = Workspace(dataset_id="a").with_draft("a", make_recipe())
    damaged = msgspec.to_builtins(workspace)
    damaged["drafts"]["b"] = {"target": 3}
    (tmp_path / f"{ID}.json").write_bytes(msgspec.json.encode(damaged))

    assert WorkspaceStore(tmp_path).load(ID) == workspace


@pytest.mark.parametrize("name", ["../evil", "", "A" * 32, "0" * 31, ID + "\n", "a/b"])
def test_foreign_id_never_becomes_a_path(tmp_path, name):
    home = tmp_path / "workspaces"
    WorkspaceStore(home).save(name, Workspace(dataset_id="x"))
    assert not is_workspace_id(name)
    assert [path.relative_to(home).name for path in home.rglob("*")] == ["local.json"]


def test_updates_keep_what_another_tab_saved(tmp_path):
    store = WorkspaceStore(tmp_path)
    store.update(ID, lambda workspace: workspace.with_dataset("a"))
    store.update(ID, lambda workspace: workspace.with_run("r"))
    assert store.load(ID) == Workspace(
        dataset_id="a", dataset_ids=("a",), run_id="r", run_ids=("r",)
    )


def test_remembers_a_bounded_number(tmp_path):
    workspace = Workspace()
    for number in range(MAX_REMEMBERED + 5):
        workspace = workspace.with_dataset(str(number)).with_draft(str(number), make_recipe())
    assert len(workspace.dataset_ids) == len(workspace.drafts) == MAX_REMEMBERED
    assert workspace.dataset_ids[0] == str(MAX_REMEMBERED + 4)
    assert list(workspace.drafts)[-1] == str(MAX_REMEMBERED + 4)


def test_forgets_a_data_set_that_was_replaced():
    workspace = Workspace().with_dataset("old").with_draft("old", make_recipe())
    workspace = workspace.with_draft("new", make_recipe()).with_dataset("new")

    assert workspace.without_dataset("old") == Workspace(
        dataset_id="new", dataset_ids=("new",), drafts={"new": make_recipe()}
    )


def test_works_on_nothing_once_the_chosen_data_set_is_gone():
    workspace = Workspace().with_dataset("a").with_dataset("b").without_dataset("b")
    assert workspace == Workspace(dataset_ids=("a",))


def test_remembers_a_file_that_is_being_loaded(tmp_path):
    store = WorkspaceStore(tmp_path)
    store.update(ID, lambda workspace: workspace.with_loading(Loading("0123456789", "old")))
    assert store.load(ID).loading == Loading("0123456789", replaces="old")
    store.update(ID, lambda workspace: workspace.with_loading(None))
    assert store.load(ID) == Workspace()
