import io

import pytest
from openpyxl import Workbook

from core.workspace import WorkspaceStore

PAGE = "load_data.py"


def upload(app, name: str, content: bytes):
    app.file_uploader[0].upload(name, content).run()
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
    "content", [b"", b"only,a,header\n", b"\x89PNG\r\n\x1a\n\x00\x00", b'a,b\n1,"2\n3,4\n']
)
def test_bad_file_is_explained_and_the_old_data_stays(open_page, titanic, content):
    app = upload(open_page(PAGE, data=titanic.id), "bad.csv", content)
    assert len(app.error) == 1
    assert "Traceback" not in app.error[0].value
    assert app.metric[0].value == "891"


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
    assert 3 in app.dataframe[0].value["Line of the file"].tolist()


def test_corrected_kind_is_kept_and_the_draft_goes_along(open_page, home, titanic):
    app = open_page("prepare_data.py", data=titanic.id)
    app.switch_page(PAGE).run()
    app.session_state["load_view"] = "Columns and kinds"
    app.run()
    row = titanic.names.index("Pclass")
    app.session_state["load_kinds_0"] = {
        "edited_rows": {row: {"Kind": "category"}},
        "added_rows": [],
        "deleted_rows": [],
    }
    app.run()
    assert not app.exception

    workspace = WorkspaceStore(home / "workspaces").load("local")
    assert workspace.dataset_id != titanic.id
    assert workspace.dataset_ids == (workspace.dataset_id,)
    assert workspace.drafts[workspace.dataset_id].columns["Pclass"].kind == "category"


def test_every_column_has_a_distribution(open_page, titanic):
    app = open_page(PAGE, data=titanic.id)
    app.session_state["load_view"] = "Distributions"
    for name in ("Age", "Sex", "Cabin"):
        app.run()
        app.selectbox(key="load_column").select(name).run()
        assert not app.exception
        assert app.get("plotly_chart")


def test_another_sheet_of_a_workbook_can_be_chosen(open_page):
    workbook = Workbook()
    for title, rows in (("First", [("a", "b"), (1, 2), (3, 4)]), ("Second", [("c",), (5,)])):
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    workbook.save(content)

    app = upload(open_page(PAGE), "book.xlsx", content.getvalue())
    assert app.metric[1].value == "2"
    app.selectbox(key="load_sheet").select("Second").run()
    assert not app.exception
    assert app.metric[1].value == "1"


def test_data_used_before_can_be_taken_up_again(open_page, titanic):
    app = open_page(PAGE, data=titanic.id)
    app.button(key="load_sample_mpg").click().run()
    assert app.metric[0].value == "398"
    app.selectbox(key="load_dataset").select(titanic.id).run()
    assert app.metric[0].value == "891"
