import dataclasses
import io
import re
import subprocess
import sys

import joblib
import msgspec
import numpy as np
import pandas as pd
import pytest

from core.data.kinds import KINDS
from core.data.samples import SAMPLES, sample_bytes
from core.errors import RecipeError
from core.exports import FORMATS
from core.exports.script_kinds import KINDS_IN_SCRIPT
from core.exports.script_scores import SCORES
from core.features.steps import GROUPS
from core.recipe import ColumnChoice, Role
from core.scoring.answers import answer_rows
from core.scoring.metrics import METRICS, score_all


@pytest.fixture
def check(tmp_path, load, train, run_forked):
    """Trains, runs the script beside the file in a process of its own, and compares the two models."""

    def _check(content, filename, candidate, target, roles=None, kinds=None, run=run_forked):
        export, table = train(load(content, filename), candidate, target, roles, kinds)
        script = FORMATS["script"].build(export).decode()
        (tmp_path / "train.py").write_text(script)
        printed = run(["train.py"], tmp_path)
        again = joblib.load(tmp_path / "toys-3.joblib")

        everything = np.arange(len(table.frame))
        frame = table.features(everything)
        positive = export.recipe.positive
        expected, got = (answer_rows(model, frame, positive) for model in (export.pipeline, again))
        assert np.array_equal(got.values, expected.values)
        assert got.classes == expected.classes
        if expected.probabilities is not None:
            assert np.array_equal(got.probabilities, expected.probabilities)

        answers = answer_rows(export.pipeline, table.features(table.test), positive)
        metric = export.recipe.metric
        value = score_all((metric,), table.target(table.test), answers)[metric]
        assert re.search(rf"{re.escape(SCORES[metric][0])} +{value:.4f}\n", printed), printed
        assert f"scored on {len(table.test):,} held-out rows" in printed
        return script

    return _check


@pytest.mark.parametrize("candidate", ["logistic", "svm_rbf"])
def test_a_model_that_learned_from_the_hold_out_too_is_trained_so(
    tmp_path, load, train, run_forked, candidate
):
    export, table = train(load(german_csv(), "toys.csv"), candidate, "good")
    everything = np.arange(len(table.frame))
    export.pipeline.fit(table.features(everything), table.target(everything))
    again = dataclasses.replace(export, is_on_all_rows=True)
    (tmp_path / "train.py").write_text(FORMATS["script"].build(again).decode())
    printed = run_forked(["train.py"], tmp_path)
    assert f"scored on {len(table.test):,} held-out rows" in printed
    assert f"Trained again on all {len(everything):,} rows." in printed
    made, frame = joblib.load(tmp_path / "toys-3.joblib"), table.features(everything)
    assert np.array_equal(made.predict_proba(frame), export.pipeline.predict_proba(frame))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_script_trains_the_same_model_from_a_sample(check, sample):
    check(sample_bytes(sample.name), sample.file, "hist_gradient_boosting", sample.target)


def test_the_script_imports_all_that_it_needs(check, run_python):
    check(german_csv(), "toys.csv", "logistic", "good", run=run_python)


GERMAN, ISO, AMERICAN = "%d.%m.%Y %H:%M", "%Y-%m-%d", "%m/%d/%Y"


def every_kind(dates=ISO, rows=240, seed=0):
    """A table with each column kind, gaps, and columns for groups and time."""
    rng = np.random.default_rng(seed)
    when = pd.Timestamp("2024-02-27 22:15") + pd.to_timedelta(
        rng.integers(0, 10**7, rows), unit="s"
    )
    frame = pd.DataFrame(
        {
            "weight": rng.normal(12.5, 4, rows).round(3),
            "sold": pd.Series(when).dt.strftime(dates),
            "colour": pd.Series(rng.choice(["grün", "rot", "weiß"], rows)),
            "code": pd.Series(rng.choice(["007", "012", "300"], rows)),
            "fragile": pd.Series(rng.choice(["True", "False"], rows)),
            "maker": pd.Series(rng.choice(list("abcdefghijkl"), rows)),
        }
    )
    noise = rng.normal(size=rows)
    frame["good"] = np.where(
        frame["weight"] + 3 * (frame["colour"] == "rot") + noise > 13, "ja", "nein"
    )
    frame["price"] = (frame["weight"] * 2 + noise).round(2)
    for name, place in (("weight", 3), ("colour", 8), ("fragile", 11), ("sold", 14), ("maker", 17)):
        frame.loc[place, name] = np.nan
    frame.loc[20, ["good", "price"]] = np.nan  # cannot be learned from
    return frame


def german_csv():
    text = every_kind(GERMAN).to_csv(index=False, sep=";", decimal=",")
    return text.encode("cp1252")


@pytest.mark.parametrize("candidate", ["logistic", "random_forest"])
def test_the_script_reads_a_file_with_its_own_delimiter_decimal_and_encoding(check, candidate):
    script = check(german_csv(), "toys.csv", candidate, "good")
    assert 'sep=";"' in script
    assert "decimal_point(frame[name])" in script


@pytest.mark.parametrize("dates", [ISO, AMERICAN, "%Y/%m/%d", "%Y-%m-%dT%H:%M:%SZ"])
def test_the_script_reads_the_common_forms_of_dates(check, dates):
    check(every_kind(dates).to_csv(index=False).encode(), "toys.csv", "decision_tree", "good")


def test_the_script_retrains_a_regression(check):
    check(german_csv(), "toys.csv", "mlp", "price", {"good": Role.IGNORE})


def test_the_script_holds_out_the_last_rows_in_time(check):
    script = check(german_csv(), "toys.csv", "extra_trees", "good", {"sold": Role.TIME})
    assert 'TIME = "sold"' in script


@pytest.mark.parametrize("unit", ["D", "h"])
def test_rows_of_the_same_time_are_on_one_side_in_the_script_too(check, unit):
    frame = every_kind(rows=300)
    days = np.random.default_rng(3).integers(0, 12, len(frame))
    frame["sold"] = (pd.Timestamp("2024-05-01") + pd.to_timedelta(days, unit=unit)).astype("str")
    frame.loc[[5, 50], "sold"] = None
    check(frame.to_csv(index=False).encode(), "toys.csv", "ridge", "price", {"sold": Role.TIME})


def test_a_time_column_of_numbers_may_have_ties(check):
    frame = every_kind(rows=300)
    frame["sold"] = np.random.default_rng(3).integers(2000, 2013, len(frame))
    text = frame.to_csv(index=False)
    check(text.encode(), "toys.csv", "logistic", "good", {"sold": Role.TIME})


@pytest.mark.parametrize("candidate", ["logistic", "hist_gradient_boosting", "decision_tree"])
def test_the_script_keeps_the_order_of_levels(check, candidate):
    frame = every_kind()
    sizes = ("tiny", "small", "medium", "large", "huge", None)
    frame["size"] = [sizes[n % 6] for n in range(len(frame))]
    content = frame.to_csv(index=False).encode()
    script = check(content, "toys.csv", candidate, "good")
    assert 'ORDERED_LEVELS = ["size"]' in script
    assert '["tiny", "small", "medium", "large", "huge"]' in " ".join(script.split())


def test_the_script_holds_out_whole_groups(check):
    script = check(german_csv(), "toys.csv", "ridge", "price", {"maker": Role.GROUP})
    assert "GroupShuffleSplit" in script


def test_the_script_takes_the_same_sample_of_a_large_table(check):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=26_000), "b": rng.normal(size=26_000)}).round(4)
    frame["y"] = np.where(frame["a"] > frame["b"], "up", "down")
    script = check(frame.to_csv(index=False).encode(), "big.csv", "knn", "y")
    assert "if len(train) > 20_000:" in script


def test_the_script_leaves_out_the_lines_that_the_table_was_read_without(check):
    lines = every_kind().to_csv(index=False).splitlines()
    lines.insert(40, "too,few")
    lines.insert(50, "far,too,many," * 6)
    script = check("\n".join(lines).encode(), "toys.csv", "decision_tree", "good")
    assert "skipped = [41, 51]" in script


def test_a_line_that_was_left_out_is_found_below_values_of_several_lines(check):
    frame = every_kind()
    frame.loc[[4, 9], "maker"] = "a\nb,\nc"
    text = frame.to_csv(index=False, sep=";", decimal=",")
    lines = text.splitlines()
    lines.insert(60, "too;few")
    lines.insert(80, '"too\n\nfew";"and of several\nlines"')
    lines.insert(0, "Toys sold in 2024")
    check("\r\n".join(lines).encode("cp1252"), "toys.csv", "decision_tree", "good")


def test_the_script_reads_a_table_without_names(check):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(120, 3))).round(3)
    content = frame.to_csv(index=False, header=False).encode()
    assert "header=None" in check(content, "plain.csv", "linear", "column_3")


def test_the_script_copes_with_names_that_are_odd_or_taken(check):
    frame = every_kind()[["weight", "price", "colour", "maker"]]
    frame.columns = [' it\'s "odd" ', "price", "colour", "colour"]
    check(frame.to_csv(index=False).encode(), "it's.csv", "linear", "price")


def test_the_script_reads_parquet(check):
    frame = every_kind()
    frame["sold"] = pd.to_datetime(frame["sold"])
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    check(buffer.getvalue(), "toys.parquet", "svm_linear", "good")


def test_the_script_reads_an_excel_sheet(check):
    frame = every_kind()
    frame["sold"] = pd.to_datetime(frame["sold"])
    frame["fragile"] = frame["fragile"].map({"True": True, "False": False})
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer) as writer:
        frame.to_excel(writer, sheet_name="Toys 2024", index=False)
    script = check(buffer.getvalue(), "toys.xlsx", "naive_bayes", "good")
    assert 'sheet_name="Toys 2024"' in script


@pytest.mark.parametrize("orient", ["records", "split", "lines"])
def test_the_script_reads_json(check, orient):
    frame = every_kind()
    text = (
        frame.to_json(orient="records", lines=True)
        if orient == "lines"
        else frame.to_json(orient=orient, index=False)
        if orient == "split"
        else frame.to_json(orient=orient)
    )
    check(text.encode(), "toys.json", "logistic", "good")


def test_whole_numbers_as_classes_stay_whole(check):
    frame = every_kind()
    frame["good"] = frame["good"].map({"ja": 1, "nein": 0})
    check(frame.to_csv(index=False).encode(), "toys.csv", "baseline", "good")


@pytest.mark.parametrize("labels", [("0", "1"), ("0.0", "1.0"), ("FALSE", "TRUE")])
def test_classes_that_a_person_calls_a_category_are_text_in_the_script_too(check, labels):
    frame = every_kind()
    frame["good"] = frame["good"].map(dict(zip(("nein", "ja"), labels, strict=True)))
    content = frame.to_csv(index=False).encode()
    kinds = {"good": "category", "sold": "category"}
    script = check(content, "toys.csv", "decision_tree", "good", {"sold": Role.IGNORE}, kinds)
    assert f'POSITIVE = "{"True" if labels[1] == "TRUE" else "1"}"' in script


def test_time_and_group_columns_have_the_kind_that_the_recipe_gives_them(check):
    frame = every_kind()
    frame["maker"] = frame["maker"].map(lambda v: f"{ord(v) - 96}.0", na_action="ignore")
    content = frame.to_csv(index=False).encode()
    roles, kinds = {"maker": Role.GROUP}, {"maker": "category"}
    check(content, "toys.csv", "ridge", "price", roles, kinds)
    check(content, "toys.csv", "ridge", "price", {"maker": Role.TIME}, {"maker": "number"})


def test_the_script_is_formatted_and_free_of_lint(load, train, tmp_path):
    ruff = [sys.executable, "-m", "ruff"]
    frame = every_kind().assign(way=[f"{n} km" for n in range(240)])
    frame["fragile"] = frame["fragile"].map({"True": True, "False": False})
    files = {"mlp": german_csv(), "logistic": german_csv(), "ridge": frame.to_csv().encode()}
    for candidate, content in files.items():
        target = "price" if candidate == "ridge" else "good"
        export, _ = train(load(content, "toys.csv"), candidate, target)
        path = tmp_path / f"{candidate}.py"
        path.write_bytes(FORMATS["script"].build(export))
        formatted = [*ruff, "format", "--isolated", "--diff", str(path)]
        done = subprocess.run(formatted, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
        assert max(map(len, path.read_text().splitlines())) <= 100
        linted = [
            *ruff,
            "check",
            "--isolated",
            "--select",
            "E,F,W,B,UP,SIM",
            "--ignore",
            "E501",
            str(path),
        ]
        done = subprocess.run(linted, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


def test_every_column_kind_is_spelled_in_the_script():
    assert set(KINDS_IN_SCRIPT) == set(GROUPS) >= {kind.base for kind in KINDS.values()}


@pytest.mark.parametrize(
    "change",
    [{"metric": "luck"}, {"columns": {"good": ColumnChoice("luck", Role.TARGET)}}],
)
def test_what_the_script_has_no_words_for_is_an_error(load, train, change):
    export, _ = train(load(german_csv(), "toys.csv"), "baseline", "good")
    recipe = msgspec.structs.replace(export.recipe, **change)
    with pytest.raises(RecipeError, match="in a script must be .* Got 'luck'"):
        FORMATS["script"].build(dataclasses.replace(export, recipe=recipe))


def test_every_metric_is_spelled_in_plain_scikit_learn():
    assert set(SCORES) == set(METRICS)
    assert {name: title for name, (title, _) in SCORES.items()} == {
        name: metric.title for name, metric in METRICS.items()
    }
