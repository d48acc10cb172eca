import numpy as np
import pytest

from core.data.store import DatasetStore
from core.recipe import Role
from core.workspace import WorkspaceStore

PAGE = "prepare_data.py"


@pytest.fixture
def load(home):
    """Loads a table given as columns, and answers what is known of it."""

    def load_(**columns):
        names = ",".join(columns)
        rows = "\n".join(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))
        return DatasetStore(home / "datasets", 2**24).add(f"{names}\n{rows}\n".encode(), "t.csv")

    return load_


@pytest.fixture
def role(home):
    def role_(info, column: str) -> Role:
        drafts = WorkspaceStore(home / "workspaces").load("local").drafts
        return drafts[info.id].columns[column].role

    return role_


def keys(app) -> list[str]:
    return [button.key for button in app.button if "findings_" in str(button.key)]


def test_a_column_is_ignored_with_one_click(open_page, titanic, role):
    app = open_page(PAGE, data=titanic.id)
    assert role(titanic, "Cabin") == Role.FEATURE
    app.button(key="column_findings_mostly-missing_Cabin_ignore").click().run()
    assert not app.exception
    assert role(titanic, "Cabin") == Role.IGNORE
    assert not any("Cabin" in key for key in keys(app))  # nothing is left to decide


def test_only_what_the_page_can_do_is_offered(open_page, titanic):
    app = open_page(PAGE, data=titanic.id)
    assert keys(app)
    assert {key.rsplit("_", 1)[1] for key in keys(app)} <= {"ignore", "feature", "group", "time"}


def test_nothing_but_the_page_is_shown(open_page, titanic):
    # A string of its own line in a page's script would be shown as text.
    app = open_page(PAGE, data=titanic.id)
    assert not [text.value for text in app.markdown if "click" in text.value]


def test_the_target_is_not_ignored_by_a_click(open_page, load, role):
    rng = np.random.default_rng(0)
    x = rng.normal(size=60).round(3)
    info = load(x=x, twin=x, y=rng.integers(0, 2, 60))
    app = open_page(PAGE, data=info.id)
    app.selectbox(key="prepare_target").select("twin").run()
    assert not app.exception
    assert "column_findings_near-duplicate-columns_twin_ignore" not in keys(app)


def test_two_findings_of_one_code_and_column_have_buttons_of_their_own(open_page, load, role):
    rng = np.random.default_rng(0)
    ages = [*range(20, 77), -99, 999, 55]
    info = load(age=ages, y=rng.integers(0, 2, 60))
    assert [finding.code for finding in info.findings].count("sentinel-values") == 2
    app = open_page(PAGE, data=info.id)
    first, second = (key for key in keys(app) if "sentinel" in key)
    app.button(key=second).click().run()
    assert role(info, "age") == Role.IGNORE


def test_a_finding_says_its_code(open_page, titanic):
    app = open_page("load_data.py", data=titanic.id)
    captions = [caption.value for caption in app.caption]
    assert "`personal-data`" in captions
    assert "`identifier-column`" in captions


def test_many_findings_stay_readable(open_page, load):
    rng = np.random.default_rng(0)
    table = {f"gap{n}": np.where(rng.random(60) < 0.7, "", "0.5") for n in range(8)}
    table |= {f"k{n}": ["same"] * 60 for n in range(4)}
    info = load(x=rng.normal(size=60).round(3), **table)
    assert len(info.findings) >= 12
    app = open_page("load_data.py", data=info.id)
    assert not app.exception
    assert f"{len(info.findings) - 3} more findings" in [e.label for e in app.expander]
