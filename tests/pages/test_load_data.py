import io
import sqlite3
import zipfile
from contextlib import closing

import pytest
import streamlit as st
from openpyxl import Workbook
from streamlit import config
from streamlit.runtime.secrets import secrets_singleton

from core.data.loading import SMALL_BYTES
from core.data.samples import sample_bytes
from core.data.store import DatasetStore
from core.recipe import Role
from core.workspace import Loading, WorkspaceStore
from tests.waiting import wait_until

PAGE = "load_data.py"

BANK = (
    "Statement\nMade on 01.02.2024\n\nDay;What;Amount\n01.02.2024;Café;1,50\n02.02.2024;Tea;2,25\n"
    "13.02.2024;Bread;1.000,75\n14.02.2024;Milk;3,10\n"
).encode("cp1252")


def upload(app, name: str, content: bytes):
    app.file_uploader[0].upload(name, content).run()
    assert not app.exception
    return app


def read_options(app) -> str:
    return next(m.value for m in app.markdown if "How it was read" in m.value)


def show(app, view: str):
    app.session_state["load_view"] = view
    app.run()
    assert not app.exception
    return app


def choose_way(app, way: str):
    app.session_state["load_way"] = way
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def workspace(home):
    return lambda: WorkspaceStore(home / "workspaces").load("local")


@pytest.fixture
def settings_from(monkeypatch):
    """Sets a setting of the operator."""

    def set_(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        st.cache_resource.clear()

    return set_


def open_reading(app):
    """Opens the expander with the choices of the data set that is being worked on."""
    dataset = app.query_params["data"]
    app.session_state[f"load_reading_{dataset if isinstance(dataset, str) else dataset[0]}"] = True
    app.run()
    assert not app.exception
    return dataset if isinstance(dataset, str) else dataset[0]


def press(app, label: str):
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_empty_store_shows_uploader_and_samples(open_page):
    app = open_page(PAGE)
    assert len(app.file_uploader) == 1
    assert app.button(key="load_sample_titanic").label.startswith("Try with")
    assert not app.metric


def test_upload_is_read_and_remembered(open_page, home):
    app = upload(open_page(PAGE), "my sales.csv", b"a;b\n1;x\n2;y\n3;\n")
    assert [metric.value for metric in app.metric[:3]] == ["3", "2", "16.7 %"]
    workspace = WorkspaceStore(home / "workspaces").load("local")
    assert app.query_params["data"] == workspace.dataset_id

    assert open_page(PAGE).metric[0].value == "3"  # another session of the same browser


@pytest.mark.parametrize(
    "content", [b"", b"only,a,header\n", b"\x89PNG\r\n\x1a\n\x00\x00", b"a,b\n"]
)
def test_bad_file_is_explained_and_the_old_data_stays(open_page, titanic, content):
    app = upload(open_page(PAGE, data=titanic.id), "bad.csv", content)
    assert len(app.error) == 1
    assert "Traceback" not in app.error[0].value
    assert app.metric[0].value == "891"


def test_how_a_file_was_read_is_told_in_words(open_page):
    app = upload(open_page(PAGE), "bank.csv", BANK)
    assert (
        "Semicolon-separated, cp1252, names in line 4, 3 lines above left out, decimal comma"
        in read_options(app)
    )


def test_the_first_lines_stand_beside_the_table(open_page):
    app = upload(open_page(PAGE), "bank.csv", BANK)
    assert not app.code  # hidden, it costs nothing
    open_reading(app)
    lines = app.code[0].value.split("\n")
    assert lines[0].split() == ["1", "above", "Statement"]
    assert lines[3].split() == ["4", "names", "Day;What;Amount"]
    assert lines[4].split() == ["5", "row", "01.02.2024;Café;1,50"]


def test_a_choice_is_changed_and_detected_again(open_page):
    app = upload(open_page(PAGE), "t.csv", b"a;b;c\n1;2;3\n4;5;6\n")
    dataset = open_reading(app)
    app.number_input(key=f"load_header_{dataset}").set_value(0)
    press(app, "Read again")
    assert app.metric[0].value == "3"
    assert "no names in the file" in read_options(app)

    dataset = open_reading(app)
    press(app, "Detect all again")
    assert app.metric[0].value == "2"


def test_the_draft_goes_along_when_the_file_is_read_again(open_page, workspace, titanic):
    app = open_page("prepare_data.py", data=titanic.id)
    app.switch_page(PAGE).run()
    dataset = open_reading(app)
    app.multiselect(key=f"load_missing_{dataset}").set_value(["S"])
    press(app, "Read again")
    kept = workspace()
    assert kept.dataset_id != titanic.id
    recipe = kept.drafts[kept.dataset_id]
    assert recipe.read.missing == ("S",)
    assert recipe.columns["PassengerId"].role == Role.IGNORE


def test_options_that_give_no_table_are_explained_and_the_data_stays(open_page):
    app = upload(open_page(PAGE), "t.csv", b"a;b;c\n1;2;3\n4;5;6\n")
    dataset = open_reading(app)
    app.number_input(key=f"load_skip_lines_{dataset}").set_value(50)
    press(app, "Read again")
    assert len(app.error) == 1
    assert app.metric[0].value == "2"


def test_findings_stand_gravest_first(open_page, titanic):
    app = open_page(PAGE, data=titanic.id)
    cards = [m.value for m in app.markdown if ":material/warning:" in m.value or "info:" in m.value]
    assert "PassengerId" in cards[0]
    assert [":material/warning:" in card for card in cards] == sorted(
        [":material/warning:" in card for card in cards], reverse=True
    )


def test_skipped_rows_are_named_with_their_line(open_page):
    app = upload(open_page(PAGE), "ragged.csv", b"a,b\n1,2\n3,4,5\n6,7\n8,9\n")
    assert any("1 row of the file did not fit" in expander.label for expander in app.expander)
    shown = app.dataframe[0].value
    assert shown["Line of the file"].tolist() == [3]
    assert shown["What it says"].tolist() == ["3,4,5"]
    assert app.get("download_button")


def test_renamed_columns_are_told(open_page):
    app = upload(open_page(PAGE), "twice.csv", b"a,a,b\n1,2,3\n4,5,6\n")
    assert any("Renamed columns: a → a_2" in c.value.replace("\\", "") for c in app.caption)


def test_corrected_kind_is_kept_and_the_draft_goes_along(open_page, home, titanic):
    app = open_page("prepare_data.py", data=titanic.id)
    app.switch_page(PAGE).run()
    show(app, "Columns and kinds")
    row = titanic.names.index("Pclass")
    app.session_state["load_kinds_0"] = {
        "edited_rows": {row: {"Kind": "category"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    assert not app.exception

    workspace = WorkspaceStore(home / "workspaces").load("local")
    assert workspace.dataset_ids == (workspace.dataset_id, titanic.id)  # one can go back
    assert workspace.drafts[workspace.dataset_id].columns["Pclass"].kind == "category"


def test_every_column_has_a_distribution(open_page, titanic):
    app = show(open_page(PAGE, data=titanic.id), "Distributions")
    for name in ("Age", "Sex", "Cabin"):
        app.selectbox(key="load_column").select(name).run()
        assert not app.exception
        assert app.get("plotly_chart")


def test_gaps_are_drawn(open_page, titanic):
    app = show(open_page(PAGE, data=titanic.id), "Missing")
    assert len(app.get("plotly_chart")) == 1
    assert any("20.5 % of the rows" in caption.value for caption in app.caption)


def test_a_table_without_gaps_is_praised(open_page):
    app = show(upload(open_page(PAGE), "t.csv", b"a,b\n1,x\n2,y\n"), "Missing")
    assert any("Every cell has a value" in m.value for m in app.markdown)


def test_associations_begin_with_the_likely_target_and_follow_the_choice(open_page, titanic):
    app = show(open_page(PAGE, data=titanic.id), "Associations")
    assert app.selectbox(key=f"load_target_{titanic.id}").value == "Survived"
    assert app.selectbox(key=f"load_pair_{titanic.id}_Survived").value == "Sex"
    assert len(app.get("plotly_chart")) == 2
    app.selectbox(key=f"load_target_{titanic.id}").select("Fare").run()
    assert not app.exception
    assert app.selectbox(key=f"load_pair_{titanic.id}_Fare").value == "Pclass"


def test_the_full_report_is_only_made_when_asked_for(open_page, titanic, home):
    app = show(open_page(PAGE, data=titanic.id), "Full report")
    assert app.button(key="load_report").label == "Make the full report"
    assert not list((home / "datasets" / titanic.id).glob("report*"))


@pytest.mark.parametrize(
    "content",
    [b"a\n1\n2\n", b"a,b\n1,\n2,\n", b"a,b\n1,x\n"],
    ids=["one column", "an empty column", "one row"],
)
def test_small_and_odd_tables_have_every_view(open_page, content):
    app = upload(open_page(PAGE), "odd.csv", content)
    for view in ("Columns and kinds", "Distributions", "Missing", "Associations", "Full report"):
        show(app, view)
        assert not app.error


def test_names_from_a_file_are_shown_as_they_are(open_page):
    name = ":red[x] <b> **y** `z`"
    app = upload(open_page(PAGE), "*bold*.csv", f"{name},b\n1,x\n2,y\n3,z\n".encode())
    for view in ("Columns and kinds", "Distributions", "Associations"):
        show(app, view)
    raw = [m.value for m in (*app.markdown, *app.caption) if name in m.value]
    assert not raw


@pytest.fixture
def workbook() -> bytes:
    book = Workbook()
    for title, rows in (("First", [("a", "b"), (1, 2), (3, 4)]), ("Second", [("c",), (5,)])):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_another_sheet_of_a_workbook_can_be_chosen(open_page, workbook):
    app = upload(open_page(PAGE), "book.xlsx", workbook)
    assert app.metric[1].value == "2"
    app.selectbox(key="load_sheet").select("Second").run()
    assert not app.exception
    assert app.metric[1].value == "1"


def test_another_file_of_an_archive_can_be_chosen(open_page, workbook):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("big.csv", "a;b\n" + "1;2\n" * 5000)
        archive.writestr("book.xlsx", workbook)
    app = upload(open_page(PAGE), "all.zip", content.getvalue())
    assert app.metric[0].value == "5,000"
    app.selectbox(key="load_member").select("book.xlsx").run()
    assert not app.exception
    assert app.metric[0].value == "2"
    app.selectbox(key="load_sheet").select("Second").run()
    assert not app.exception
    assert app.metric[1].value == "1"


def test_data_used_before_can_be_taken_up_again(open_page, titanic):
    app = choose_way(open_page(PAGE, data=titanic.id), "Sample")
    app.button(key="load_sample_mpg").click().run()
    assert app.metric[0].value == "398"
    choose_way(app, "Loaded before")
    assert app.dataframe[0].value["Rows"].tolist() == [398, 891]
    app.selectbox(key="load_dataset").select(titanic.id).run()
    app.button(key="load_go_back").click().run()
    assert app.metric[0].value == "891"


def test_a_data_set_is_removed_once_a_person_says_so_again(open_page, titanic, home):
    app = choose_way(open_page(PAGE, data=titanic.id), "Loaded before")
    app.button(key="load_remove").click().run()
    assert not any("training run" in warning.value for warning in app.warning)
    app.button(key="load_remove_it").click().run()
    assert not app.exception
    assert not (home / "datasets" / titanic.id).exists()
    assert not app.metric


def test_removing_data_that_a_run_used_is_warned_of(open_page, finished_run, home):
    info = DatasetStore(home / "datasets", 2**24).recent()[0]
    app = choose_way(open_page(PAGE, data=info.id), "Loaded before")
    app.button(key="load_remove").click().run()
    assert any("1 training run used it" in warning.value for warning in app.warning)
    app.button(key="load_keep_it").click().run()
    assert (home / "datasets" / info.id).exists()


def test_others_data_sets_are_not_shown(open_page, titanic):
    app = choose_way(open_page(PAGE), "Loaded before")  # somebody else loaded Titanic
    assert not app.dataframe


def test_a_click_keeps_words_that_counted_as_missing(open_page, home, workspace):
    rows = "".join(f"{('None', 'Mild', 'Severe', 'Mild')[n % 4]};{n % 7}\n" for n in range(40))
    app = upload(open_page(PAGE), "grades.csv", ("grade;size\n" + rows).encode())
    app.button(key="load_findings_missing-words_grade_keep").click().run()
    assert not app.exception
    assert "None and NA are text in grade" in read_options(app)
    info = DatasetStore(home / "datasets", 2**20).info(workspace().dataset_id)
    assert set(info.columns[0].levels) == {"None", "Mild", "Severe"}
    assert not any("counts as missing" in m.value for m in app.markdown)


def test_a_click_reads_the_file_with_the_other_decimal_mark(open_page, home, workspace):
    rows = "".join(f"{n % 3};{n + 1}.2{n}0\n" for n in range(9))
    app = upload(open_page(PAGE), "widths.csv", ("kind;width\n" + rows).encode())
    assert any("1.200 was read as 1.2." in m.value for m in app.markdown)
    app.button(key="load_findings_ambiguous-numbers_width_decimal-comma").click().run()
    assert not app.exception
    assert "decimal comma" in read_options(app)
    info = DatasetStore(home / "datasets", 2**20).info(workspace().dataset_id)
    assert info.columns[1].minimum == 1200
    assert not any("1.200" in m.value for m in app.markdown)


@pytest.mark.parametrize(("choice", "columns"), [("drop", "11"), ("hash", "12")])
def test_personal_data_is_protected_and_the_original_gone(
    open_page, titanic, home, workspace, choice, columns
):
    app = open_page("prepare_data.py", data=titanic.id)
    app.switch_page(PAGE).run()
    app.button(key=f"load_findings_personal-data_Name_{choice}").click().run()
    assert any("unprotected file is deleted" in m.value for m in app.markdown)
    assert (home / "datasets" / titanic.id).exists()
    app.button(key="load_protect").click().run()
    assert not app.exception
    assert not (home / "datasets" / titanic.id).exists()
    assert app.metric[1].value == columns
    kept = workspace()
    assert kept.dataset_ids == (kept.dataset_id,)
    assert ("Name" in kept.drafts[kept.dataset_id].columns) == (choice == "hash")


def test_protection_that_is_called_off_changes_nothing(open_page, titanic, home):
    app = open_page(PAGE, data=titanic.id)
    app.button(key="load_findings_personal-data_Name_hash").click().run()
    app.button(key="load_protect_cancel").click().run()
    assert (home / "datasets" / titanic.id).exists()
    assert not any("unprotected file" in m.value for m in app.markdown)


def test_addresses_are_explained_where_they_are_not_allowed(open_page):
    app = choose_way(open_page(PAGE), "Address")
    assert "SLIPWAY_ALLOW_URLS" in app.info[0].value
    assert app.text_input(key="load_address").disabled


def test_an_address_that_is_not_allowed_is_explained(open_page, titanic, settings_from):
    settings_from(SLIPWAY_ALLOW_URLS="https", SLIPWAY_ALLOWED_HOSTS="data.example.org")
    app = choose_way(open_page(PAGE, data=titanic.id), "Address")
    app.text_input(key="load_address").set_value("https://localhost/secret.csv")
    press(app, "Fetch it")
    assert "host" in app.error[0].value
    assert app.metric[0].value == "891"


def test_a_query_is_explained_where_there_is_no_connection(open_page):
    app = choose_way(open_page(PAGE), "Database")
    assert "no database connection" in app.info[0].value


@pytest.fixture
def shop(tmp_path_factory):
    """A database with a table of orders, named in the secrets."""
    folder = tmp_path_factory.mktemp("shop")
    with closing(sqlite3.connect(folder / "shop.db")) as database, database:
        database.execute("CREATE TABLE orders (id INTEGER, what TEXT)")
        database.executemany("INSERT INTO orders VALUES (?, ?)", [(1, "tea"), (2, "milk")])
    secrets = folder / "secrets.toml"
    secrets.write_text(f'[connections.shop]\nurl = "sqlite:///{folder / "shop.db"}"\n')
    before = config.get_option("secrets.files")
    config.set_option("secrets.files", [str(secrets)])
    secrets_singleton._reset()
    yield "shop"
    config.set_option("secrets.files", before)
    secrets_singleton._reset()


def test_the_rows_of_a_query_are_loaded(open_page, shop, home):
    app = open_page(PAGE)
    choose_way(app, "Database")
    app.text_area(key="load_query").set_value("SELECT * FROM orders")
    press(app, "Run it")
    assert app.metric[0].value == "2"
    (loaded,) = DatasetStore(home / "datasets", 2**24).history()
    assert (loaded.how, loaded.source) == ("sql", "sql:shop")


def test_a_query_that_writes_is_refused(open_page, shop):
    app = open_page(PAGE)
    choose_way(app, "Database")
    app.text_area(key="load_query").set_value("DROP TABLE orders")
    press(app, "Run it")
    assert "SELECT" in app.error[0].value


@pytest.fixture
def large() -> bytes:
    line = b"%d,some words that take room,more of them,2.5\n"
    rows = b"".join(line % place for place in range(SMALL_BYTES // 40))
    return b"id,a,b,c\n" + rows


@pytest.fixture
def loading(open_page, large, make_gate):
    """Uploads the large file to a page, whose load waits at its gate: `loading(data=ID)`."""
    gate = make_gate(file=r"state\.json$", text='"stage":"reading"')

    def load(**query):
        page = open_page(PAGE, **query)
        with gate.ahead():
            page = upload(page, "large.csv", large)
        gate.meet()
        return page, gate

    return load


def test_a_large_file_is_followed_until_it_is_there(open_page, loading, workspace):
    _, gate = loading()
    for _ in range(2):
        app = open_page(PAGE)  # as after a refresh
        assert app.button(key="load_cancel").label == "Cancel"
        assert not app.file_uploader
    gate.open()
    wait_until(lambda: open_page(PAGE) and workspace().loading is None)
    assert workspace().dataset_id is not None
    assert open_page(PAGE).metric[0].value == f"{SMALL_BYTES // 40:,}"


def test_loading_can_be_cancelled_and_the_old_data_stays(titanic, loading, workspace):
    app, _ = loading(data=titanic.id)
    app.button(key="load_cancel").click().run()
    assert not app.exception
    assert workspace().loading is None
    assert app.metric[0].value == "891"
    assert app.file_uploader


def test_a_load_that_is_long_over_is_forgotten(open_page, home, workspace):
    store = WorkspaceStore(home / "workspaces")
    store.update("local", lambda kept: kept.with_loading(Loading("0123456789")))
    app = open_page(PAGE)
    assert not app.exception
    assert app.file_uploader
    assert workspace().loading is None


def test_the_sample_is_read_without_a_word_of_warning(open_page):
    app = upload(open_page(PAGE), "penguins.csv", sample_bytes("penguins"))
    assert not app.warning
    assert not app.error
