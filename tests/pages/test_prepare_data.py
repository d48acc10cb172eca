import pytest
from msgspec.structs import replace

from core.data.store import DatasetStore
from core.features.proposal import propose_recipe
from core.recipe import NumberSteps, Preparing, Role, TableSteps, dump_recipe
from core.workspace import WorkspaceStore

PAGE = "prepare_data.py"


@pytest.fixture
def draft(home, titanic):
    def read(dataset_id: str = titanic.id):
        return WorkspaceStore(home / "workspaces").load("local").drafts[dataset_id]

    return read


def edit_columns(app, info, **changes: dict[str, str]):
    rows = {info.names.index(name): change for name, change in changes.items()}
    turn = app.session_state.get("ui_fresh_prepare_columns")
    app.session_state[f"prepare_columns_{turn}"] = {
        "edited_rows": rows,
        "added_rows": [],
        "deleted_rows": [],
    }
    return app.run()


def test_without_data_it_leads_to_load_data(open_page):
    app = open_page(PAGE)
    assert [button.label for button in app.button] == ["Load data"]
    app.button[0].click().run()
    assert app.title[0].value == "Load data"


def test_proposes_and_keeps_a_recipe(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    assert app.selectbox(key="prepare_target").value == "Survived"
    assert app.selectbox(key="prepare_task").value == "binary"
    assert app.selectbox(key="prepare_positive").value == 1
    assert draft().target == "Survived"
    assert any("712 rows to learn from in 5 folds" in caption.value for caption in app.caption)


def test_each_change_is_kept(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    app.slider(key="prepare_test").set_value(30).run()
    app.slider(key="prepare_folds").set_value(4).run()
    app.number_input(key="prepare_seed").set_value(7).run()
    app.toggle(key="prepare_stratify").set_value(False).run()
    app.selectbox(key="prepare_number_impute").select("mean").run()
    app.number_input(key="prepare_category_min_count").set_value(9).run()
    app.selectbox(key="prepare_positive").select(0).run()
    assert not app.exception

    recipe = draft()
    assert (recipe.split.test_fraction, recipe.split.folds, recipe.split.stratify) == (
        0.3,
        4,
        False,
    )
    assert (recipe.seed, recipe.positive) == (7, 0)
    assert recipe.preparing.number.impute == "mean"
    assert recipe.preparing.category.min_count == 9

    again = open_page(PAGE)  # another session of the same browser
    assert again.slider(key="prepare_test").value == 30
    assert again.selectbox(key="prepare_number_impute").value == "mean"


def test_another_target_changes_the_task(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    app.selectbox(key="prepare_target").select("Fare").run()
    assert not app.exception
    assert app.selectbox(key="prepare_task").value == "regression"
    assert draft().columns["Survived"].role == Role.FEATURE
    assert "prepare_positive" not in [box.key for box in app.selectbox]


def test_target_that_cannot_be_learned_is_explained(open_page, home):
    from core.data.store import DatasetStore

    rows = b"".join(b"%d,x,%d\n" % (n * 3 % 7, n % 2) for n in range(40))
    info = DatasetStore(home / "datasets", 2**20).add(b"a,constant,y\n" + rows, "t.csv")
    app = open_page(PAGE, data=info.id)
    app.selectbox(key="prepare_target").select("constant").run()
    assert not app.exception
    assert len(app.error) == 1
    assert app.selectbox(key="prepare_target").value == "y"


def test_class_with_one_row_is_named_before_training(open_page, home):
    from core.data.store import DatasetStore

    rows = b"".join(b"%d,%s\n" % (n * 3 % 7, b"no" if n else b"yes") for n in range(40))
    info = DatasetStore(home / "datasets", 2**20).add(b"a,y\n" + rows, "t.csv")
    app = open_page(PAGE, data=info.id)
    assert "'yes' (1 row)" in app.error[0].value
    assert "prepare_next" not in [button.key for button in app.button]


def test_roles_are_edited_and_only_one_group_is_kept(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    edit_columns(app, titanic, Ticket={"Role": "group"}, Sex={"Role": "ignore"})
    assert draft().named(Role.GROUP) == ["Ticket"]
    assert "Sex" not in draft().features

    edit_columns(app, titanic, Cabin={"Role": "group"}, Pclass={"Kind": "category"})
    assert not app.exception
    assert draft().named(Role.GROUP) == ["Cabin"]
    assert draft().columns["Pclass"].kind == "category"


def test_target_keeps_its_role(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    edit_columns(app, titanic, Survived={"Role": "ignore"})
    assert "must have a target" in app.error[0].value
    assert draft().named(Role.TARGET) == ["Survived"]


def test_old_edits_do_not_undo_a_choice_made_elsewhere(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    edit_columns(app, titanic, Sex={"Role": "ignore"})
    app.selectbox(key="prepare_target").select("Sex").run()
    assert not app.error
    assert draft().named(Role.TARGET) == ["Sex"]


def test_role_target_moves_the_target(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    edit_columns(app, titanic, Embarked={"Role": "target"})
    assert not app.exception
    assert draft().named(Role.TARGET) == ["Embarked"]
    assert draft().task == "multiclass"


def test_saved_recipe_is_loaded(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    recipe = draft()
    app.session_state["prepare_file"] = True
    app.run()
    app.file_uploader[0].upload("r.yaml", dump_recipe(replace(recipe, seed=99)).encode()).run()
    assert not app.exception
    assert not app.error
    assert draft().seed == 99


def test_foreign_recipe_is_refused_and_the_draft_stays(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    recipe = draft()
    app.session_state["prepare_file"] = True
    app.run()
    app.file_uploader[0].upload("r.yaml", b"target: [").run()
    assert len(app.error) == 1
    assert draft() == recipe


def test_steps_are_shown_for_the_kinds_that_occur(open_page, home):
    from core.data.store import DatasetStore

    store = DatasetStore(home / "datasets", 2**20)
    rows = b"".join(b"%d,%d\n" % (n, n % 2) for n in range(0, 80, 2))
    info = store.add(b"size,y\n" + rows, "t.csv")
    app = open_page(PAGE, data=info.id)
    keys = [box.key for box in app.selectbox]
    assert "prepare_number_impute" in keys or "prepare_category_impute" not in keys


def test_recipe_is_shown_as_code_that_compiles(open_page, titanic):
    app = open_page(PAGE, data=titanic.id)
    app.session_state["prepare_file"] = True
    app.session_state["prepare_code"] = "As scikit-learn code"
    app.run()
    assert not app.exception
    script = app.code[0].value
    compile(script, "train.py", "exec")
    assert "LogisticRegression" in script or "DummyClassifier" in script


def test_every_kind_of_column_has_its_steps(open_page, home):
    rows = "".join(
        f"2024-01-{1 + i % 28:02d},{'true' if i % 3 else 'false'},{i * 0.7},{'ab'[i % 2]},{i % 2}\n"
        for i in range(60)
    )
    store = DatasetStore(home / "datasets", 2**24)
    info = store.add(f"day,flag,amount,group,y\n{rows}".encode(), "kinds.csv")
    kinds = {column.kind for column in info.columns}
    assert kinds == {"date", "boolean", "number", "integer", "category"}
    page = open_page("prepare_data.py", data=info.id)
    assert not page.exception
    assert not page.error
    assert page.button(key="prepare_next").label == "Train models"


BIKES = "temp,casual,registered,cnt\n" + "".join(
    f"{t % 17 + t / 100},{t * 7 % 31},{t * 13 % 97},{t * 7 % 31 + t * 13 % 97}\n"
    for t in range(120)
)


def test_a_leak_is_ignored_with_its_reason_and_taken_back_with_a_click(open_page, home, draft):
    info = DatasetStore(home / "datasets", 2**24).add(BIKES.encode(), "bikes.csv")
    app = open_page(PAGE, data=info.id)
    assert draft(info.id).target == "cnt"
    assert draft(info.id).columns["casual"].role == Role.IGNORE
    assert any("'casual' + 'registered' in every row" in m.value for m in app.markdown)

    app.button(key="findings_target-function_casual_feature").click().run()
    assert not app.exception
    assert draft(info.id).columns["casual"].role == Role.FEATURE

    app.button(key="findings_target-function_casual_ignore").click().run()
    assert draft(info.id).columns["casual"].role == Role.IGNORE


def test_a_finding_gives_the_split_its_group(open_page, home, draft):
    rows = "".join(f"{n % 20},{n * 7 % 13},{n % 20 % 3 + n * 7 % 13 / 9}\n" for n in range(200))
    content = f"customer_id,visits,price\n{rows}".encode()
    info = DatasetStore(home / "datasets", 2**24).add(content, "visits.csv")
    app = open_page(PAGE, data=info.id)
    app.button(key="findings_groups-split_customer_id_group").click().run()
    assert not app.exception
    assert draft(info.id).columns["customer_id"].role == Role.GROUP
    assert "findings_groups-split_customer_id_group" not in [b.key for b in app.button]


@pytest.fixture
def begin_with(home, titanic):
    """Keeps a draft for Titanic with these steps."""

    def keep(**steps: object) -> None:
        recipe = propose_recipe(DatasetStore(home / "datasets", 2**24).load(titanic.id))
        recipe = replace(recipe, preparing=Preparing(**steps))
        store = WorkspaceStore(home / "workspaces")
        store.update("local", lambda kept: kept.with_draft(titanic.id, recipe))

    return keep


def test_every_step_of_numbers_and_of_the_table_is_kept(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    app.toggle(key="prepare_number_clip").set_value(True)
    app.selectbox(key="prepare_number_transform").set_value("power")
    app.selectbox(key="prepare_number_expand").set_value("splines")
    app.selectbox(key="prepare_category_encode").set_value("hash")
    app.selectbox(key="prepare_table_select").set_value("model")
    app.selectbox(key="prepare_table_reduce").set_value("pca").run()
    app.slider(key="prepare_table_keep").set_value(30)
    app.slider(key="prepare_table_variance").set_value(80)
    app.number_input(key="prepare_category_hash_columns").set_value(7).run()
    assert not app.exception
    assert not app.error
    kept = draft().preparing
    assert kept.number == NumberSteps(clip=True, transform="power", expand="splines")
    assert kept.table == TableSteps(select="model", keep=0.3, reduce="pca", variance=0.8)
    assert (kept.category.encode, kept.category.hash_columns) == ("hash", 7)
    assert any("Bring outliers back, Shape" in caption.value for caption in app.caption)


def test_steps_of_dates_and_texts_are_kept(open_page, home, draft):
    rows = "".join(
        f"2024-01-{1 + n % 28:02d},the {n}. message of a long day {n % 7},{n % 2}\n"
        for n in range(60)
    )
    info = DatasetStore(home / "datasets", 2**24).add(f"day,note,y\n{rows}".encode(), "notes.csv")
    app = open_page(PAGE, data=info.id)
    app.pills(key="prepare_date_parts").set_value(["weekend", "elapsed"])
    app.selectbox(key="prepare_date_holidays").set_value("DE")
    app.toggle(key="prepare_text_words").set_value(False)
    app.number_input(key="prepare_text_components").set_value(5).run()
    assert not app.exception
    kept = draft(info.id).preparing
    assert kept.date.parts == ("elapsed", "weekend")
    assert kept.date.holidays == "DE"
    assert (kept.text.words, kept.text.components) == (False, 5)


def test_steps_are_moved_and_an_order_that_cannot_work_is_told_there(
    open_page, titanic, draft, begin_with
):
    begin_with(
        number=NumberSteps(expand="bins", order=("clip", "impute", "expand", "scale", "transform")),
        table=TableSteps(select="variance", reduce="pca"),
    )
    app = open_page(PAGE, data=titanic.id)
    assert "prepare_table_earlier_interactions" not in [button.key for button in app.button]
    assert app.button(key="prepare_table_earlier_select").disabled
    app.button(key="prepare_table_earlier_reduce").click().run()
    assert not app.error
    assert draft().preparing.table.order == ("interactions", "reduce", "select")

    app.button(key="prepare_number_earlier_expand").click().run()
    assert draft().preparing.number.order == ("clip", "expand", "impute", "scale", "transform")
    assert "The step impute must stand before expand" in app.error[0].value


def test_a_column_has_an_encoding_of_its_own_where_it_is_a_category(open_page, titanic, draft):
    app = open_page(PAGE, data=titanic.id)
    edit_columns(app, titanic, Sex={"Encoding": "target"})
    assert draft().columns["Sex"].encode == "target"
    edit_columns(app, titanic, Sex={"Encoding": "–"}, Age={"Encoding": "hash"})
    assert "Only a category column" in app.error[0].value
    assert (draft().columns["Sex"].encode, draft().columns["Age"].encode) == ("", "")


def test_the_preview_shows_the_columns_after_for_each_sort_of_models(open_page, titanic):
    app = open_page(PAGE, data=titanic.id)
    app.session_state["prepare_preview"] = True
    app.run()
    assert not app.exception
    before, after, becomes = (frame.value for frame in app.dataframe[-3:])
    assert {"Sex", "Age"} < set(before)
    assert {"Sex_female", "Sex_male", "Age"} < set(after)
    assert becomes.set_index("Column")["Columns after"]["Sex"] == 2

    app.selectbox(key="prepare_preview_wants").select("boosting")
    app.selectbox(key="prepare_preview_column").select("Sex").run()
    before, after = (frame.value for frame in app.dataframe[-3:-1])
    assert list(before) == list(after) == ["Sex"]


def test_the_preview_waits_for_steps_that_fit(open_page, titanic, begin_with):
    wrong = NumberSteps(expand="bins", order=("expand", "impute", "clip", "transform", "scale"))
    begin_with(number=wrong)
    app = open_page(PAGE, data=titanic.id)
    app.session_state["prepare_preview"] = True
    app.run()
    assert not app.exception
    assert "must stand before expand" in app.error[0].value
    assert "prepare_preview_wants" not in [box.key for box in app.selectbox]
