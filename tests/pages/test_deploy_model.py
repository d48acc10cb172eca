import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.registry.registry import Registry
from core.serving.contract import load_contract
from core.settings import Settings
from core.workspace import WorkspaceStore

PAGE = "deploy_model.py"


@pytest.fixture
def registry(home) -> Registry:
    return Registry(Settings.from_environment({"SLIPWAY_HOME": str(home)}))


def confirm(app, reason: str = ""):
    app.text_input(key="deploy_reason").set_value(reason).run()
    return app.button(key="deploy_confirm").click().run()


def test_with_nothing_trained_it_leads_to_where_that_is_done(open_page, titanic):
    assert [button.label for button in open_page(PAGE).button] == ["Load data"]
    assert [b.label for b in open_page(PAGE, data=titanic.id).button] == ["Train models"]


def test_first_version_answers_at_once(open_page, finished_run, registry, home):
    app = open_page(PAGE, run=finished_run)
    assert app.selectbox(key=f"deploy_name_{finished_run}").value == "titanic"
    assert any("No winner was chosen" in caption.value for caption in app.caption)

    app.text_input(key="deploy_person").set_value("Anna").run()
    app.text_input(key="deploy_note_0").set_value("The first one").run()
    app.button(key="deploy_start").click().run()
    assert not app.exception
    assert not app.error

    assert registry.champion("titanic").description == "The first one"
    assert registry.history("titanic")[0].by == "Anna"
    assert WorkspaceStore(home / "workspaces").load("local").model == "titanic"
    table = app.dataframe[0].value
    assert table["Champion"].tolist() == ["★ Champion"]
    assert table["Hold-out"].tolist() == ["–"]


def test_version_may_be_fitted_on_the_training_part_alone(open_page, finished_run, registry):
    app = open_page(PAGE, run=finished_run)
    app.button(key="deploy_start").click().run()
    assert any("Fitted again on all 891 rows" in caption.value for caption in app.caption)

    app.checkbox(key=f"deploy_on_all_rows_{finished_run}").uncheck().run()
    app.button(key="deploy_start").click().run()
    assert not app.exception
    assert any("Fitted on the training part alone" in caption.value for caption in app.caption)
    rows = [
        load_contract(registry.read_file(registry.get("titanic", n), "contract.json")).rows
        for n in (1, 2)
    ]
    assert rows[0] == 891 > rows[1]


def test_candidate_that_is_deployed_already_is_said_to_be(
    open_page, finished_run, deploy_candidate
):
    deploy_candidate("logistic")
    app = open_page(PAGE, run=finished_run)
    app.selectbox(key=f"deploy_candidate_{finished_run}").select("logistic").run()
    assert any("is version 1 of **titanic** already" in c.value for c in app.caption)
    app.selectbox(key=f"deploy_candidate_{finished_run}").select("decision_tree").run()
    assert not any("already" in c.value for c in app.caption)


def test_name_that_cannot_be_used_is_explained(open_page, finished_run, registry):
    app = open_page(run=finished_run)
    app.session_state[f"deploy_name_{finished_run}"] = "my model!"  # as if typed before
    app.switch_page(PAGE).run()
    app.button(key="deploy_start").click().run()
    assert not app.exception
    assert "'my model!'" in app.error[0].value
    assert registry.models() == []


def test_link_without_a_run_shows_what_is_deployed(open_page, deploy_candidate):
    deploy_candidate("logistic", "first")
    deploy_candidate("decision_tree", "second")
    app = open_page(PAGE, model="first")
    assert [header.value for header in app.subheader] == ["Deployed models", "History"]
    assert app.selectbox(key="deploy_model").value == "first"
    assert app.dataframe[0].value["Candidate"].tolist() == ["Logistic regression"]
    app.selectbox(key="deploy_model").select("second").run()
    assert app.dataframe[0].value["Candidate"].tolist() == ["Decision tree"]


def test_link_to_an_unknown_model_says_so(open_page, deploy_candidate):
    deploy_candidate()
    app = open_page(PAGE, model="gone")
    assert "gone" in app.warning[0].value
    assert app.selectbox(key="deploy_model").value == "titanic"


def test_promotes_and_rolls_back_after_a_question(open_page, deploy_candidate, registry):
    deploy_candidate("logistic")
    deploy_candidate("decision_tree")
    app = open_page(PAGE)
    assert app.button(key="deploy_rollback").disabled

    app.button(key="deploy_promote").click().run()
    assert registry.champion("titanic").version == 1  # nothing happens before the answer
    confirm(app, "steadier")
    assert not app.exception
    assert registry.champion("titanic").version == 2
    assert registry.history("titanic")[0].reason == "steadier"
    assert app.button(key="deploy_promote").disabled
    assert any("someone in the app" in c.value and "steadier" in c.value for c in app.caption)

    app.button(key="deploy_rollback").click().run()
    confirm(app)
    assert not app.exception
    assert registry.champion("titanic").version == 1
    assert app.button(key="deploy_rollback").disabled


def test_second_thoughts_change_nothing(open_page, deploy_candidate, registry):
    deploy_candidate("logistic")
    deploy_candidate("decision_tree")
    app = open_page(PAGE)
    app.button(key="deploy_promote").click().run()
    app.button(key="deploy_cancel").click().run()
    assert registry.champion("titanic").version == 1
    assert "deploy_confirm" not in [button.key for button in app.button]


def test_somebody_who_was_faster_is_named(open_page, deploy_candidate, registry):
    for candidate in ("logistic", "decision_tree", "logistic"):
        deploy_candidate(candidate)
    app = open_page(PAGE)
    app.button(key="deploy_promote").click().run()
    registry.promote("titanic", 2, by="Berta")
    confirm(app)
    assert not app.exception
    assert "Berta" in app.error[0].value
    assert registry.champion("titanic").version == 2


def test_the_question_shows_what_changes_in_the_answers(open_page, deploy_candidate, registry):
    deploy_candidate("logistic")
    deploy_candidate("decision_tree")
    app = open_page(PAGE)
    app.button(key="deploy_promote").click().run()
    assert not app.exception
    assert any("golden requests" in m.value and "another label" in m.value for m in app.markdown)
    table = app.dataframe[-1].value
    assert list(table.columns)[:3] == ["Version 1", "Version 2", "Change"]
    assert not app.button(key="deploy_confirm").disabled
    confirm(app)
    app.button(key="deploy_rollback").click().run()
    assert not any("golden requests" in m.value for m in app.markdown)  # no time is lost then


def test_a_version_that_cannot_answer_is_promoted_only_after_a_second_yes(
    open_page, deploy_candidate, registry, home
):
    deploy_candidate("logistic")
    version = deploy_candidate("decision_tree")
    path = next(home.glob(f"artifacts/{version.run_id}/**/model.skops"))
    path.write_bytes(path.read_bytes()[:1000])
    app = open_page(PAGE)
    app.button(key="deploy_promote").click().run()
    assert not app.exception
    assert "cannot answer what version 1 is asked" in app.error[-1].value
    assert app.button(key="deploy_confirm").disabled
    app.checkbox(key="deploy_force").check().run()
    confirm(app)
    assert registry.champion("titanic").version == 2


def test_an_alias_is_set_and_removed_and_told_in_the_history(open_page, deploy_candidate, registry):
    deploy_candidate("logistic")
    deploy_candidate("decision_tree")
    app = open_page(PAGE)
    app.text_input(key="deploy_alias").set_value("shadow").run()
    app.button(key="deploy_alias_set").click().run()
    assert not app.exception
    assert registry.get("titanic", "shadow").version == 2
    assert app.dataframe[0].value["Aliases"].tolist() == ["shadow", ""]
    assert any("**Version 2** made **shadow**" in m.value for m in app.markdown)
    app.button(key="deploy_alias_remove_shadow").click().run()
    assert registry.get("titanic", 2).aliases == ()
    assert any("Nothing is **shadow** any more" in m.value for m in app.markdown)

    app.text_input(key="deploy_alias").set_value("latest").run()
    app.button(key="deploy_alias_set").click().run()
    assert "An alias must be" in app.error[0].value


def test_the_mode_of_a_model_is_chosen(open_page, deploy_candidate, registry):
    deploy_candidate()
    app = open_page(PAGE)
    app.selectbox(key="deploy_mode_titanic").select("strict").run()
    assert not app.exception
    assert registry.mode("titanic") == "strict"
    assert open_page(PAGE).selectbox(key="deploy_mode_titanic").value == "strict"


def upload(app, model: bytes, filename: str, sample: bytes | None = None, target: str = ""):
    app.session_state["deploy_upload"] = True
    app.run()
    app.file_uploader(key="deploy_upload_file_0").set_value((filename, model, "")).run()
    if sample is not None:
        app.file_uploader(key="deploy_upload_sample_0").set_value(
            ("rows.csv", sample, "text/csv")
        ).run()
        app.text_input(key="deploy_upload_target").set_value(target).run()
    return app


@pytest.fixture
def uploadable() -> tuple[bytes, bytes]:
    """A skops file and a sample table."""
    import skops.io

    table = pd.read_csv("data/samples/penguins.csv").dropna()
    columns = ["bill_length_mm", "body_mass_g"]
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(
        table[columns], table["species"]
    )
    return skops.io.dumps(model), table[[*columns, "species"]].to_csv(index=False).encode()


def test_an_uploaded_model_becomes_a_version_that_answers(open_page, registry, uploadable):
    model, sample = uploadable
    app = upload(open_page(PAGE), model, "birds.skops", sample, "species")
    app.button(key="deploy_upload_start").click().run()
    assert not app.exception
    assert not app.error
    version = registry.champion("birds")
    assert version.tags["candidate_title"] == "Uploaded scikit-learn model"
    for tab in ("Scores", "Columns", "Recipe", "Origin"):
        app.session_state["deploy_card"] = tab
        app.run()
        assert not app.exception
        assert not app.error


@pytest.mark.parametrize("page", ["try_predictions.py", "export_model.py"])
def test_an_uploaded_model_breaks_no_other_page(open_page, home, uploadable, page):
    from core.serving.importing import Sample, import_model

    settings = Settings.from_environment({"SLIPWAY_HOME": str(home)})
    sample = Sample(uploadable[1], "rows.csv", "species")
    import_model(settings, uploadable[0], "birds.skops", "birds", sample, by="Ada")
    app = open_page(page, model="birds")
    assert not app.exception


def test_an_upload_that_fails_says_why_and_registers_nothing(open_page, registry, uploadable):
    app = upload(open_page(PAGE), b"nothing like a model", "birds.onnx", uploadable[1])
    app.button(key="deploy_upload_start").click().run()
    assert not app.exception
    assert "must be an ONNX model" in app.error[0].value
    assert registry.models() == []


def test_a_contract_may_be_typed_in(open_page, registry, uploadable):
    app = upload(open_page(PAGE), uploadable[0], "birds.skops")
    assert app.button(key="deploy_upload_start").disabled
    app.segmented_control(key="deploy_upload_how").set_value("Typed in").run()
    app.button(key="deploy_upload_start").click().run()
    assert "It lacks bill" in app.error[0].value
    fields = '[{"name": "bill_length_mm", "kind": "number", "example": 40}, {"name": "body_mass_g", "kind": "number", "example": 4000}]'
    app.text_area(key="deploy_upload_contract").set_value(f'{{"fields": {fields}}}').run()
    app.text_input(key="deploy_upload_name").set_value("typed").run()
    app.button(key="deploy_upload_start").click().run()
    assert not app.exception
    assert not app.error
    assert registry.champion("typed").tags["task"] == "multiclass"


def test_card_shows_all_that_is_kept_of_a_version(open_page, deploy_candidate):
    version = deploy_candidate()
    app = open_page(PAGE)
    assert any("Answers by a compiled plan" in caption.value for caption in app.caption)
    shown = {}
    for tab in ("Scores", "Columns", "Recipe", "Origin"):
        app.session_state["deploy_card"] = tab
        app.run()
        assert not app.exception
        shown[tab] = app.code[0].value if tab == "Recipe" else app.dataframe[-1].value
    assert "ROC AUC" in shown["Scores"]["Metric"].tolist()
    assert shown["Columns"]["Column"].tolist()[:2] == ["Pclass", "Sex"]
    assert "target: Survived" in shown["Recipe"]
    assert version.tags["dataset_fingerprint"] in shown["Origin"]["Value"].tolist()


def test_damaged_version_is_explained_and_the_rest_stays(open_page, deploy_candidate, home):
    deploy_candidate()
    next(home.glob("artifacts/**/card.json")).write_text("{}")
    app = open_page(PAGE)
    assert not app.exception
    assert len(app.error) == 1
    assert "History" in [header.value for header in app.subheader]
