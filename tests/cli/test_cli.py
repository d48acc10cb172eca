"""The command line as a terminal meets it: arguments in, exit code and two streams out."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from core.cli.app import main
from core.data.samples import sample_bytes
from core.recipe import load_recipe
from tests.homes import copy_home


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs the command line on a home of its own: (exit code, JSON or text, standard error)."""
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("SLIPWAY_RECORD_TRIALS", "no")  # it takes seconds, and has tests of its own

    def call(*arguments: object):
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments else out, err

    return call


@pytest.fixture
def penguins(tmp_path) -> Path:
    path = tmp_path / "penguins.csv"
    path.write_bytes(sample_bytes("penguins"))
    return path


def test_the_whole_journey(run, penguins, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    assert run("recipe", penguins, "--target", "species", "--out", recipe)[0] == 0
    recipe.write_text(
        recipe.read_text().replace("candidates: []", "candidates: [baseline, logistic]")
    )

    code, first, err = run("train", penguins, "--recipe", recipe, "--name", "birds", "--json")
    assert code == 0
    assert "Logistic regression: Accuracy 0.9" in err
    assert set(first) >= {
        "task", "target", "metric", "rows", "elapsed_seconds", "leaderboard", "best", "holdout",
        "model", "version", "findings",
    }  # fmt: skip
    assert (first["task"], first["target"], first["rows"]) == ("multiclass", "species", 344)
    assert (first["best"], first["model"], first["version"]) == ("logistic", "birds", 1)
    assert first["holdout"]["accuracy"] > 0.95
    board = {row["candidate"]: row for row in first["leaderboard"]}
    assert board["logistic"]["test"] == first["holdout"]["accuracy"]
    assert board["baseline"]["test"] is None
    assert set(board["logistic"]) >= {"cv_mean", "cv_std", "fit_seconds", "status", "metrics"}
    assert board["logistic"]["trials"] == 1
    assert first["trials"] == 2
    assert "accuracy" in first["metrics"]

    second = run("train", penguins, "--recipe", recipe, "--name", "birds", "--json")[1]
    assert second["version"] == 2
    assert second["holdout"] == first["holdout"]

    compared = run("compare", first["run"], second["run"], "--json")[1]
    assert (compared["same_data"], compared["same_recipe"]) == (True, True)
    assert compared["best"]["difference"] == 0

    known = run("models", "--json")[1]["models"]
    assert [(m["name"], m["versions"], m["champion"]) for m in known] == [("birds", 2, 1)]
    compared = run("promote", "birds", 2, "--dry-run", "--json")[1]["comparison"]
    assert (compared["champion"], compared["challenger"], compared["labels_changed"]) == (1, 2, 0)
    said = run("compare-versions", "birds", 1, 2)[1]
    assert said == "Both answer the same to 200 golden requests.\n"
    assert run("models", "--json")[1]["models"][0]["champion"] == 1
    assert run("alias", "birds", "challenger", 2)[1] == "birds@challenger is now version 2.\n"
    assert run("alias", "birds", "challenger", "--delete")[0] == 0
    assert run("alias", "birds", "challenger")[0] == 2
    assert run("mode", "birds", "strict", "--json")[1] == {"model": "birds", "mode": "strict"}
    assert run("promote", "birds", 2, "--json")[1] == {
        "model": "birds",
        "champion": 2,
        "previous": 1,
    }
    assert run("rollback", "birds", "--json")[1] == {"model": "birds", "champion": 1, "previous": 2}
    moves = run("history", "birds", "--json")[1]["changes"]
    assert [move["action"] for move in moves] == ["rollback", "promote", "delete", "set", "promote"]

    out = tmp_path / "out.csv"
    code, document, _ = run("predict", "birds/2", penguins, "--out", out, "--json")
    assert code == 0
    assert (document["version"], document["rows"], document["predicted"]) == (2, 344, 344)
    answered = pd.read_csv(out)
    assert len(answered) == 344
    assert (answered["prediction"] == answered["species"]).mean() > 0.97
    assert {"probability_Adelie", "probability_Gentoo"} <= set(answered.columns)

    written = run("export", "birds@champion", "--out", tmp_path / "files", "--json")[1]["files"]
    assert [entry["format"] for entry in written] == ["joblib", "skops", "recipe", "script"]
    assert all(Path(entry["path"]).stat().st_size == entry["bytes"] for entry in written)
    exported = next(entry["path"] for entry in written if entry["format"] == "recipe")
    assert load_recipe(Path(exported).read_bytes()) == load_recipe(recipe.read_bytes())


def test_a_model_from_elsewhere_is_registered(run, penguins, tmp_path):
    import skops.io
    from sklearn.linear_model import LinearRegression

    table = pd.read_csv(penguins).dropna()
    columns = ["bill_length_mm", "flipper_length_mm"]
    model = LinearRegression().fit(table[columns], table["body_mass_g"])
    file, sample, contract = tmp_path / "m.skops", tmp_path / "rows.csv", tmp_path / "columns.json"
    file.write_bytes(skops.io.dumps(model))
    table[columns].to_csv(sample, index=False)
    given = ("import", file, "--name", "weight", "--target", "body_mass_g")
    assert run(*given, "--sample", sample, "--json")[1] == {
        "model": "weight",
        "version": 1,
        "champion": True,
    }
    fields = [{"name": name, "kind": "number", "example": 40} for name in columns]
    contract.write_text(json.dumps({"fields": fields}))
    assert "version 2 is registered" in run(*given, "--contract", contract)[1]
    assert run(*given)[0] == 2
    out = tmp_path / "out.csv"
    assert run("predict", "weight/2", sample, "--out", out)[0] == 0
    assert pd.read_csv(out)["prediction"].tolist() == pytest.approx(model.predict(table[columns]))

    file.rename(tmp_path / "m.joblib")
    code, _, err = run("import", tmp_path / "m.joblib", "--name", "weight", "--sample", sample)
    assert code == 2
    assert "runs whatever code is in it" in err


def test_profile_tells_of_each_file_and_goes_on_after_a_bad_one(run, penguins, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"")
    code, document, err = run("profile", penguins, bad, "--json")
    assert code == 0
    good, wrong = document["files"]
    assert (good["rows"], len(good["columns"])) == (344, 8)
    assert good["columns"][0] == {"name": "species", "type": "category", "missing": 0, "unique": 3}
    assert (good["encoding"], good["delimiter"]) == ("utf-8", ",")
    assert wrong["path"] == str(bad)
    assert "empty" in wrong["error"]
    assert str(bad) in err


def test_profile_says_in_words_how_a_text_was_read(run, tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("Größe;Ort\n1,5;Köln\n2,5;Düren\n".encode("cp1252"))
    _, printed, _ = run("profile", path)
    assert "read as cp1252, divided by ';'" in str(printed)


def test_profile_tells_what_a_file_leaves_open(run, tmp_path):
    path = tmp_path / "widths.csv"
    path.write_text("n;width\n1;1.250\n2;3.875\n3;2.125\n")
    _, printed, _ = run("profile", path)
    assert "warning: 'width' holds numbers such as 1.250, which can be 1250 or 1.25." in printed
    path.write_bytes("n;size\n1;25 µm\n2;30 nm\n".encode("cp1252"))
    _, printed, _ = run("profile", path)
    assert "was read as cp1252: 'µm'" in printed


def test_profile_of_nothing_readable_is_a_mistake(run, tmp_path):
    assert run("profile", tmp_path / "none.csv", "--json")[0] == 2


def test_options_override_the_recipe(run, penguins, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    run("recipe", penguins, "--target", "species", "--out", recipe)
    recipe.write_text(recipe.read_text().replace("candidates: []", "candidates: [decision_tree]"))
    arguments = ["--recipe", recipe, "--metric", "log_loss", "--json"]
    document = run("train", penguins, *arguments)[1]
    assert document["metric"] == "log_loss"
    assert document["model"] == "penguins"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "FILE"], "Got neither --target nor --recipe"),
        (["train", "FILE", "--target", "specie"], "Did you mean 'species'?"),
        (["train", "FILE", "--target", "species", "--metric", "rmse"], "The metric for this task"),
        (["train", "FILE", "--target", "species", "--task", "guess"], "The task must be one of"),
        (["train", "FILE", "--target", "species", "--budget", "soon"], "--budget"),
        (["train", "nowhere.csv", "--target", "y"], "nowhere.csv must be a file"),
        (["predict", "ghost", "FILE", "--out", "x.csv"], "There is no model 'ghost'"),
        (["predict", "ghost/one", "FILE", "--out", "x.csv"], "must be a whole number. Got 'one'"),
        (["promote", "ghost", "1"], "There is no model 'ghost'"),
        (["rollback", "ghost"], "There is no model 'ghost'"),
        (["export", "ghost", "--format", "zip", "--out", "x"], "Got 'zip'"),
        (["dance"], "No such command 'dance'"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(run, penguins, arguments, said):
    arguments = [str(penguins) if argument == "FILE" else argument for argument in arguments]
    code, _, err = run(*arguments)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert err.startswith("Error: ")


def test_a_mistake_is_one_json_object_too(run, penguins):
    code, document, _ = run("train", penguins, "--target", "specie", "--json")
    assert code == 2
    assert document["error"]["message"].startswith("Column must be one of the table's columns.")


def test_help_needs_no_heavy_import():
    code = (
        "import sys; from core.cli.app import make_app; make_app();"
        "print([m for m in ('sklearn', 'pandas', 'mlflow', 'streamlit', 'plotly') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_verb_is_in_the_readme():
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    from core.cli.app import make_app

    def name_of(command):
        return command.name or command.callback.__name__.replace("_", "-")

    app = make_app()
    for command in app.registered_commands:
        assert f"python -m core {name_of(command)}" in text
    for group in app.registered_groups:
        for command in group.typer_instance.registered_commands:
            assert f"{group.name} {name_of(command)}" in text


@pytest.fixture
def bikes(tmp_path) -> Path:
    path = tmp_path / "bikes.csv"
    rows = (
        f"{t % 17 + t / 100},{t * 7 % 31},{t * 13 % 97},{t * 7 % 31 + t * 13 % 97}\n"
        for t in range(120)
    )
    path.write_text("temp,casual,registered,cnt\n" + "".join(rows))
    return path


def test_profile_tells_what_is_found_about_a_target(run, bikes):
    plain = run("profile", bikes, "--json")[1]["files"][0]["findings"]
    assert "target-function" not in [finding["code"] for finding in plain]
    found = run("profile", bikes, "--target", "cnt", "--json")[1]["files"][0]["findings"]
    leaks = [finding for finding in found if finding["code"] == "target-function"]
    assert [(f["column"], f["severity"]) for f in leaks] == [
        ("casual", "warning"),
        ("registered", "warning"),
    ]
    assert "'cnt' = 'casual' + 'registered'" in leaks[0]["message"]


def test_profile_of_several_files_tells_which_has_no_such_target(run, bikes, penguins):
    code, document, err = run("profile", bikes, penguins, "--target", "species", "--json")
    assert code == 0
    assert "error" in document["files"][0]
    assert "species" in err
    assert "sorted-by-target" in [f["code"] for f in document["files"][1]["findings"]]


def test_train_tells_what_it_leaves_out_before_it_starts(run, bikes, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    run("recipe", bikes, "--target", "cnt", "--out", recipe)
    recipe.write_text(recipe.read_text().replace("candidates: []", "candidates: [baseline]"))
    code, document, err = run("train", bikes, "--recipe", recipe, "--json")
    assert code == 0
    lines = err.splitlines()
    told = [line for line in lines if "'cnt' = 'casual' + 'registered'" in line]
    assert len(told) == 2
    assert all("It is ignored." in line for line in told)
    assert lines.index(told[0]) < next(n for n, line in enumerate(lines) if "Baseline" in line)
    assert "target-function" in [finding["code"] for finding in document["findings"]]


@pytest.fixture(scope="module")
def trained_birds(tmp_path_factory, add_registry) -> Path:
    """A home with a model that answers which penguin it is."""
    folder = tmp_path_factory.mktemp("birds")
    add_registry(folder / "home")
    (folder / "penguins.csv").write_bytes(sample_bytes("penguins"))
    training = ["--target", "species", "--name", "birds", "--budget", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_HOME", str(folder / "home"))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setenv("SLIPWAY_RECORD_TRIALS", "no")
        assert main(["train", str(folder / "penguins.csv"), *training]) == 0
    return folder / "home"


@pytest.fixture
def birds(run, trained_birds, tmp_path) -> str:
    """The name of that model, in the home of this test."""
    copy_home(trained_birds, tmp_path / "home")
    return "birds"


def test_predict_tells_what_is_set_aside_and_fails_only_when_nothing_is_left(
    run, birds, penguins, tmp_path
):
    head, *lines = penguins.read_text().splitlines()
    rows = tmp_path / "rows.csv"
    rows.write_text(
        "\n".join([head, *lines[:5], lines[0].replace("39.1", "long"), "Adelie"]) + "\n" + lines[6]
    )
    out, aside = tmp_path / "out.parquet", tmp_path / "aside.csv"
    code, document, err = run("predict", birds, rows, "--out", out, "--rejects", aside, "--json")
    assert code == 0
    assert (document["rows"], document["predicted"], document["set_aside"]) == (8, 6, 2)
    assert "Data row 6: 'bill_length_mm' must be a number. Got \"long\"." in err
    assert pd.read_parquet(out)["status"].tolist().count("set aside") == 2
    assert pd.read_csv(aside)["row"].tolist() == [6, 7]

    rows.write_text("\n".join([head, *[line.replace(",", ",x", 2) for line in lines[:5]]]))
    code, _, err = run("predict", birds, rows, "--out", tmp_path / "out.csv")
    assert code == 2
    assert (tmp_path / "out.csv").exists()

    rows.write_text("species\nAdelie\n")
    code, document, _ = run("predict", birds, rows, "--out", tmp_path / "none.csv", "--json")
    assert code == 2
    assert "must have the columns" in document["error"]["message"]
    assert not (tmp_path / "none.csv").exists()


def test_predict_names_an_ending_and_a_scheduler_that_are_wrong(
    run, birds, penguins, tmp_path, monkeypatch
):
    assert run("predict", birds, penguins, "--out", tmp_path / "out.xlsx")[0] == 2
    monkeypatch.setattr("core.training.compute.cluster.CONNECT_SECONDS", 0.5)
    code, _, err = run(
        "predict",
        birds,
        penguins,
        "--out",
        tmp_path / "out.csv",
        "--scheduler",
        "tcp://127.0.0.1:9",
    )
    assert code == 2
    assert "tcp://127.0.0.1:9" in err


def _be_interruptible() -> None:
    """A shell has what it starts in the background ignore interrupts, and so all that begins from there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.server
def test_predict_tells_how_far_it_is_and_leaves_nothing_when_it_is_interrupted(
    run, birds, penguins, tmp_path, make_gate
):
    head, *lines = penguins.read_text().splitlines()
    rows = tmp_path / "rows.csv"
    rows.write_text("\n".join([head, *lines * 500]))
    gate = make_gate(file=r"out\.csv$")  # so that it is not over before it is interrupted
    command = [
        sys.executable,
        "-m",
        "core",
        "predict",
        birds,
        rows,
        "--out",
        tmp_path / "out" / "out.csv",
    ]
    told = []
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_be_interruptible,
        env=os.environ | gate.environment,
    ) as process:
        for line in process.stderr:
            told.append(line)
            if "predicting" in line:
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    assert any("predicting" in line for line in told)
    assert list((tmp_path / "out").iterdir()) == []
