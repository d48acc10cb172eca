import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.registry.registry import Registry
from core.serving.access import KeyStore
from core.serving.contract.field import Field
from core.serving.hub import ModelHub
from core.settings import Settings
from pages._ui.inputs import from_input, to_input
from tests.waiting import wait_until

PAGE = "try_predictions.py"
SEX, AGE = "try_titanic_category___Sex", "try_titanic_number__null_Age"


@pytest.fixture
def hub(home) -> ModelHub:
    return ModelHub(Registry(Settings.from_environment({"SLIPWAY_HOME": str(home)})))


def open_tab(app, name: str):
    app.session_state["try_view"] = name
    return app.run()


def upload(app, name: str, content: bytes):
    app.file_uploader[0].upload(name, content).run()
    assert not app.exception
    return app


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_without_a_model_it_leads_on(open_page, finished_run):
    assert [button.label for button in open_page(PAGE).button] == ["Load data"]
    app = open_page(PAGE, run=finished_run)
    assert [button.label for button in app.button] == ["Deploy a model"]


def test_form_begins_with_the_example_and_answers_as_the_engine_does(
    open_page, deploy_candidate, hub
):
    deploy_candidate()
    app = open_page(PAGE)
    engine = hub.get("titanic")
    answer = engine.predict(engine.contract.parse(engine.contract.example).rows)
    assert metrics(app) == {"Survived": str(answer.values[0])}
    assert [box.label for box in app.number_input] == ["Pclass", "Age", "SibSp", "Parch", "Fare"]
    assert "1 to 3" in app.number_input[0].help


def test_answer_follows_the_form_and_flags_what_is_unusual(open_page, deploy_candidate):
    deploy_candidate()
    app = open_page()
    app.session_state[SEX] = "alien"  # as if typed before
    app.switch_page(PAGE).run()
    app.number_input(key=AGE).set_value(None).run()
    app.number_input(key="try_titanic_number___Fare").set_value(900.5).run()
    assert not app.exception
    flags = [caption.value for caption in app.caption if ":material/warning:" in caption.value]
    assert len(flags) == 2  # a missing age is nothing unusual
    assert "alien" in flags[0]
    assert "900.5" in flags[1]

    app.button(key="try_reset").click().run()
    assert app.selectbox(key=SEX).value == "female"
    assert not [caption for caption in app.caption if ":material/warning:" in caption.value]


def test_form_survives_another_page_and_the_call_asks_about_its_row(open_page, deploy_candidate):
    deploy_candidate()
    app = open_page(PAGE)
    app.number_input(key=AGE).set_value(3.5).run()
    app.switch_page("export_model.py").run()
    app.switch_page(PAGE).run()
    assert app.number_input(key=AGE).value == 3.5
    open_tab(app, "REST call")
    assert not app.exception
    curl, python, script, answer = (code.value for code in app.code)
    assert '"Age": 3.5' in curl
    assert "/api/predict" in python
    compile(python, "call.py", "exec")
    assert "await fetch(" in script
    assert json.loads(answer)["model"] == "titanic"


def test_where_the_api_has_keys_the_call_has_a_place_for_one(open_page, deploy_candidate, home):
    deploy_candidate()
    app = open_page(PAGE)
    open_tab(app, "REST call")
    assert "X-API-Key" not in app.code[0].value
    KeyStore(Settings.from_environment({"SLIPWAY_HOME": str(home)}).keys_path).create("shop")
    app.run()
    assert "X-API-Key: YOUR_API_KEY" in app.code[0].value
    assert any("YOUR_API_KEY" in caption.value for caption in app.caption)


def test_another_version_is_asked_by_its_number(open_page, deploy_candidate):
    deploy_candidate("logistic")
    deploy_candidate("decision_tree")
    app = open_page(PAGE)
    assert app.selectbox(key="try_version_titanic").value == 0
    app.selectbox(key="try_version_titanic").select(2).run()
    assert any("titanic version 2" in caption.value for caption in app.caption)
    open_tab(app, "REST call")
    assert '"version": 2' in app.code[0].value
    assert json.loads(app.code[3].value)["version"] == 2


def test_file_comes_back_with_predictions_that_agree_with_the_form(open_page, deploy_candidate):
    deploy_candidate()
    app = open_page(PAGE)
    by_form = metrics(app)["Survived"]
    open_tab(app, "A file")
    upload(
        app,
        "rows.csv",
        b"Pclass,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked,Extra\n"
        b"1,female,38,1,0,PC 17599,71.2833,C85,C,x\n2,male,abc,0,0,1,10,,S,y\n",
    )
    assert metrics(app) == {
        "Rows": "2", "Predicted": "1", "Of these flagged": "0", "Set aside": "1",
    }  # fmt: skip
    problems, preview = (frame.value for frame in app.dataframe)
    assert problems[["Row", "Column"]].to_numpy().tolist() == [[2, "Age"]]
    assert preview["prediction"].iloc[0] == by_form
    assert any("Extra" in caption.value for caption in app.caption)

    app.switch_page("export_model.py").run()
    app.switch_page(PAGE).run()
    assert metrics(open_tab(app, "A file"))["Rows"] == "2"


def test_a_large_file_is_followed_found_again_and_can_be_cancelled(
    open_page, deploy_candidate, make_gate
):
    deploy_candidate()
    head, *lines = Path("data/samples/titanic.csv").read_bytes().splitlines()
    app = open_tab(open_page(PAGE), "A file")
    rows = b"\n".join([head, *lines * 30])
    gate = make_gate(file=r"predictions/.*/state\.json$")
    with gate.ahead():
        upload(app, "rows.csv", rows)
    gate.meet()
    app.run()
    assert [button.label for button in app.button if button.key == "try_cancel"] == ["Cancel"]
    assert not app.file_uploader

    again = open_tab(open_page(PAGE), "A file")  # another session of the same browser
    assert any("rows.csv" in text.value for text in again.markdown)
    again.button(key="try_cancel").click().run()
    assert not again.exception
    assert len(again.file_uploader) == 1

    upload(again, "rows.csv", rows)
    wait_until(lambda: again.run().metric)
    assert not again.exception
    assert metrics(again)["Rows"] == "26,730"
    assert len(again.dataframe[0].value) == 200


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("wrong.csv", b"Pclass,Gender\n1,male\n2,female\n", "'Sex'"),
        ("empty.csv", b"", "empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00", ""),
    ],
)
def test_refused_file_reads_as_help(open_page, deploy_candidate, name, content, said):
    deploy_candidate()
    app = open_tab(open_page(PAGE), "A file")
    upload(app, name, content)
    assert len(app.error) == 1
    assert said in app.error[0].value
    assert not app.dataframe


def test_damaged_model_is_explained(open_page, deploy_candidate, home):
    deploy_candidate()
    next(home.glob("artifacts/**/model.skops")).write_bytes(b"no pipeline")
    app = open_page(PAGE)
    assert not app.exception
    assert len(app.error) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field("n", "number", whole=True), 3),
        (Field("n", "number"), 2.5),
        (Field("c", "category", nullable=True), None),
        (Field("t", "text"), "two\nlines"),
        (Field("b", "boolean"), False),
        (Field("d", "date", minimum="2020-01-01T00:00:00"), "2024-05-31"),
        (Field("d", "date", minimum="2020-01-01T08:30:00"), "2024-05-31T18:30:00"),
    ],
)
def test_inputs_give_back_what_they_were_filled_with(field, value):
    assert from_input(to_input(field, value)) == value


def show_dates_by_version() -> None:
    import streamlit as st

    from core.serving.contract import Contract
    from core.serving.contract.field import Field
    from pages._ui.inputs import show_inputs

    examples = {"day": "2024-05-31T00:00:00", "moment": "2024-05-31T18:30:00"}
    example = examples[st.radio("Version", list(examples))]
    field = Field("d", "date", minimum=example, maximum=example, example=example)
    levels = Field("c", "category", levels=("*a*", "[b](c)"), example="*a*")
    st.json(show_inputs(Contract(model="m", task="binary", target="t", fields=(field, levels))))


def test_a_version_with_days_and_one_with_moments_share_no_input():
    app = AppTest.from_function(show_dates_by_version).run()
    assert not app.exception
    assert json.loads(app.json[0].value)["d"] == "2024-05-31"
    app.radio[0].set_value("moment").run()
    assert not app.exception
    assert json.loads(app.json[0].value)["d"] == "2024-05-31T18:30:00"


def show_texts() -> None:
    import streamlit as st

    from core.serving.contract import Contract
    from core.serving.contract.field import Field
    from pages._ui.inputs import show_inputs

    fields = (
        Field("said", "text", example="So late!"),
        Field("more", "text", nullable=True),
    )
    st.json(show_inputs(Contract(model="m", task="binary", target="t", fields=fields)))


def test_a_text_is_asked_for_in_an_area_of_several_lines():
    app = AppTest.from_function(show_texts).run()
    assert not app.exception
    assert [area.label for area in app.text_area] == ["said", "more"]
    assert json.loads(app.json[0].value) == {"said": "So late!", "more": None}
    app.text_area[1].set_value("First\nsecond").run()
    assert json.loads(app.json[0].value)["more"] == "First\nsecond"


def test_levels_in_a_help_text_are_no_markdown():
    app = AppTest.from_function(show_dates_by_version).run()
    assert app.selectbox[0].help == r"Seen in training: \*a\*, \[b\](c)."
