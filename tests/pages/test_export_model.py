import shutil
import subprocess
import sys

import pandas as pd

from core.exports import FORMATS
from core.registry.registry import Registry
from core.settings import Settings
from pages._ui.exporting import collect, install_line, loading_code

PAGE = "export_model.py"


def test_without_a_model_it_leads_on(open_page):
    assert [button.label for button in open_page(PAGE).button] == ["Load data"]


def test_each_format_can_be_downloaded(open_page, deploy_candidate):
    deploy_candidate()
    app = open_page(PAGE)
    shown = [button.key for button in app.get("download_button")]
    assert shown == [f"export_{name}" for name in FORMATS]


def test_data_that_was_deleted_cannot_be_downloaded(open_page, deploy_candidate, home):
    deploy_candidate()
    button = next(b for b in open_page(PAGE).get("download_button") if b.key == "export_data")
    assert not button.disabled
    shutil.rmtree(home / "datasets")
    button = next(b for b in open_page(PAGE).get("download_button") if b.key == "export_data")
    assert button.disabled


def test_script_and_recipe_are_shown(open_page, deploy_candidate):
    deploy_candidate()
    app = open_page(PAGE)
    app.session_state["export_view"] = "Training script"
    app.run()
    assert not app.exception
    compile(app.code[0].value, "train.py", "exec")
    app.session_state["export_view"] = "Recipe"
    app.run()
    assert "target: Survived" in app.code[0].value


def test_version_can_be_chosen(open_page, deploy_candidate):
    deploy_candidate("logistic")
    deploy_candidate("decision_tree")
    app = open_page(PAGE)
    assert 'joblib.load("titanic-1.joblib")' in app.code[1].value
    app.selectbox(key="export_version_titanic").select(2).run()
    assert 'joblib.load("titanic-2.joblib")' in app.code[1].value


def test_lines_that_load_a_file_work_in_a_process_of_their_own(
    open_page, deploy_candidate, home, tmp_path
):
    registry = Registry(Settings.from_environment({"SLIPWAY_HOME": str(home)}))
    open_page(PAGE)  # puts the resources onto this store
    export = collect(registry.get("titanic", deploy_candidate().version))
    assert f"pandas=={pd.__version__}" in install_line(export)
    rows = "import pandas as pd\nrows = pd.read_csv('rows.csv')\n"
    (tmp_path / "rows.csv").write_text(
        "Pclass,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked\n"
        "1,female,38,1,0,PC 17599,71.2833,C85,C\n"
        "3,male,,0,0,7.5,,S\n"
    )
    for name, code in loading_code(export).items():
        entry = FORMATS[name]
        (tmp_path / entry.filename(export.stem)).write_bytes(entry.build(export))
        done = subprocess.run(
            [sys.executable, "-c", rows + code], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.stdout.strip() == "[1 0]", done.stderr


def test_damaged_model_is_explained(open_page, deploy_candidate, home):
    deploy_candidate()
    next(home.glob("artifacts/**/model.skops")).write_bytes(b"no pipeline")
    app = open_page(PAGE)
    assert not app.exception
    assert len(app.error) == 1
    assert not app.get("download_button")
