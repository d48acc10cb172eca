import time

import pytest

from core.registry.registry import Registry
from core.serving.answered import Answered
from core.serving.hub import ModelHub
from core.serving.prediction_log import open_prediction_log
from core.serving.prediction_log.reader import Chosen, LogReader
from core.settings import Settings

PAGE = "watch_models.py"


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


@pytest.fixture
def settings(home) -> Settings:
    return Settings.from_environment({"SLIPWAY_HOME": str(home)})


@pytest.fixture
def answer(settings, deploy_candidate):
    """Lets the deployed model answer, as a server beside the page would: `answer("id", {"Age": 3})`."""
    deploy_candidate()
    engine = ModelHub(Registry(settings)).get("titanic")

    def answer_(request_id: str, *changes: dict[str, object]) -> None:
        rows = engine.contract.parse([engine.contract.example | change for change in changes]).rows
        answered = Answered(
            engine.contract, rows, engine.predict(rows), time.time(), 0.003, request_id, "outline"
        )
        with open_prediction_log(settings) as log:
            log.add(answered)

    return answer_


def test_without_predictions_it_leads_on(open_page):
    app = open_page(PAGE)
    assert any("Nothing was predicted yet" in text.value for text in app.markdown)
    assert [button.label for button in app.button] == ["Try predictions"]
    assert any("kept, for 30 days" in text.value for text in app.markdown)


def test_where_it_is_off_it_says_so(open_page, monkeypatch):
    monkeypatch.setenv("SLIPWAY_LOG_PREDICTIONS", "no")
    app = open_page(PAGE)
    assert any("Predictions are not logged" in text.value for text in app.markdown)


def test_traffic_remarks_and_rows_of_all_processes_are_shown(open_page, answer):
    answer("one", {"Age": 3}, {"Sex": "alien"})
    answer("two", {"Age": 4})
    app = open_page(PAGE)
    assert metrics(app)["Requests"] == "2"
    assert metrics(app)["Rows"] == "3"
    assert metrics(app)["Not kept"] == "0"
    assert any("**Sex** had a value never seen" in text.value for text in app.caption)
    versions, rows = (frame.value for frame in app.dataframe)
    assert versions["Rows kept"].tolist() == [3]
    assert rows["request_id"].tolist() == ["two", "one", "one"]
    assert rows["Age"].tolist()[0] == 4


def test_the_form_is_recorded_where_somebody_asks_and_the_example_is_not(
    open_page, deploy_candidate, settings
):
    deploy_candidate()
    app = open_page("try_predictions.py")
    app.number_input(key="try_titanic_number__null_Age").set_value(3.5).run()
    app.run()  # drawn again: nothing was asked
    app.switch_page(PAGE).run()
    assert not app.exception
    (row,) = LogReader_of(settings).rows(Chosen())
    assert (row.source, row.inputs["Age"]) == ("page", 3.5)
    assert metrics(app)["Rows"] == "1"


def LogReader_of(settings: Settings) -> LogReader:
    return LogReader(open_prediction_log(settings).database)


def test_a_request_is_found_and_deleted_after_a_question(open_page, answer, settings):
    answer("keep", {})
    answer("lose", {}, {})
    app = open_page(PAGE)
    app.text_input(key="watch_request").set_value("lose").run()
    assert app.dataframe[-1].value["request_id"].tolist() == ["lose", "lose"]
    app.button(key="watch_delete_request").click().run()
    assert len(LogReader_of(settings).rows(Chosen())) == 3  # it only asks
    app.button(key="watch_confirm").click().run()
    assert not app.exception
    assert [row.request_id for row in LogReader_of(settings).rows(Chosen())] == ["keep"]
    assert any("no row of this request" in text.value for text in app.caption)


def test_a_deletion_that_is_not_wanted_deletes_nothing(open_page, answer, settings):
    answer("keep", {})
    app = open_page(PAGE)
    app.selectbox(key="watch_model").set_value("titanic").run()
    app.selectbox(key="watch_age_True").set_value(0).run()
    app.button(key="watch_delete_age").click().run()
    app.button(key="watch_keep").click().run()
    assert not app.exception
    assert len(LogReader_of(settings).rows(Chosen())) == 1


def test_a_model_is_deleted_with_its_counts(open_page, answer, settings):
    answer("gone", {})
    app = open_page(PAGE)
    app.selectbox(key="watch_model").set_value("titanic").run()
    app.selectbox(key="watch_age_True").set_value(0).run()
    app.button(key="watch_delete_age").click().run()
    app.button(key="watch_confirm").click().run()
    assert not app.exception
    assert metrics(app)["Rows"] == "0"


def test_a_database_that_is_away_is_an_explanation_and_the_form_goes_on(
    open_page, deploy_candidate, monkeypatch
):
    deploy_candidate()
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:s3cret@127.0.0.1:9/x")
    app = open_page("try_predictions.py")
    app.number_input(key="try_titanic_number__null_Age").set_value(3.5).run()
    assert not app.exception
    assert metrics(app)
    app.switch_page(PAGE).run()
    assert not app.exception
    assert "cannot be used" in app.error[0].value
    assert "s3cret" not in str(app.error[0].value)
