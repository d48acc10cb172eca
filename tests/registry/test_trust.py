"""Every candidate of the catalogue is registered here, and loaded again in another process."""

import functools
import json
import os
import subprocess

import msgspec
import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer

from core.errors import ArtifactError
from core.features.needs import CODES, SCALED
from core.features.pipeline import build_pipeline
from core.recipe import (
    CategorySteps,
    ColumnChoice,
    Costs,
    DateSteps,
    NumberSteps,
    Preparing,
    Recipe,
    Role,
    TableSteps,
    TextSteps,
)
from core.registry.trust import BOOSTING_TYPES, TRUSTED_TYPES, load_trusted
from core.tasks import TASKS
from core.training.candidates.making import make_estimator
from core.training.catalogue import CATALOGUE, candidates_for
from core.training.ensemble import assemble

KINDS = {
    "size": "number",
    "colour": "category",
    "fragile": "boolean",
    "made": "date",
    "note": "text",
}

PARTS = ("elapsed", "year", "week", "day", "month", "weekday", "hour", "day_of_month", "weekend")

PREDICT = """
import json, sys
from pathlib import Path
import pandas as pd
from core.registry.registry import Registry
from core.settings import Settings

registry = Registry(Settings.from_environment({"SLIPWAY_HOME": sys.argv[1]}))
frame = pd.read_pickle(sys.argv[2])
answers = {}
for model in registry.models():
    pipeline = registry.load_pipeline(model.latest)
    ask = getattr(pipeline, "predict_proba", pipeline.predict)
    answers[model.name] = [pipeline.predict(frame).tolist(), ask(frame).tolist()]
Path(sys.argv[3]).write_text(json.dumps(answers))
"""


def rows(n=90):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n),
            "colour": pd.Series(rng.choice(["red", "green"], n), dtype="str"),
            "fragile": pd.Series(rng.choice([True, False], n), dtype=object),
            "made": pd.date_range("2024-01-01", periods=n, freq="7h"),
            "note": pd.Series([f"toy {k % 9} of box {k % 7}" for k in range(n)], dtype="str"),
        }
    )
    for place, name in enumerate(KINDS):
        frame.loc[place, name] = None
    return frame


def target(task, frame):
    size = frame["size"].fillna(0.0).to_numpy()
    if not task.has_classes:
        return size * 2
    labels = np.array(["low", "middle", "high"] if task.name == "multiclass" else ["no", "yes"])
    return labels[np.arange(len(frame)) % len(labels)].astype(object)


def fitted(task, candidate, frame):
    columns = {"y": ColumnChoice("number", Role.TARGET)}
    columns |= {name: ColumnChoice(kind) for name, kind in KINDS.items()}
    preparing = Preparing(text=TextSteps(components=4))
    recipe = Recipe("y", task.name, task.metrics[0], columns, preparing=preparing)
    pipeline = build_pipeline(recipe, candidate.maker(task)(0), candidate.needs)
    # The types stay the same: a few trees, which an iteration of boosting is too, and what else needs.
    iterations = 5 if candidate.name == "hist_gradient_boosting" else 400
    smaller = {"model__n_estimators": 5, "model__max_iter": iterations}
    known = pipeline.get_params()
    kept = {key: value for key, value in smaller.items() if key in known}
    return pipeline.set_params(**kept).fit(frame, target(task, frame))


STEPS = [
    Preparing(
        number=NumberSteps("iterative", clip=True, transform="power", expand="splines"),
        category=CategorySteps(encode="target"),
        date=DateSteps(PARTS, holidays="DE"),
        table=TableSteps(select="univariate", reduce="pca"),
    ),
    Preparing(
        number=NumberSteps("knn", indicator=True, transform="quantile", scale="robust", expand="bins"),
        category=CategorySteps(encode="hash"),
        table=TableSteps(select="model"),
    ),
    Preparing(
        number=NumberSteps("mean", scale="minmax"),
        category=CategorySteps("most_frequent", "ordinal"),
        table=TableSteps(interactions=True, select="variance"),
    ),
]  # fmt: skip


def prepared(preparing, task, needs, estimator, **choices):
    text = {} if preparing.table.interactions else {"text": TextSteps(components=4)}
    kinds = {name: kind for name, kind in KINDS.items() if name != "note" or text}
    columns = {"y": ColumnChoice("number", Role.TARGET)}
    columns |= {name: ColumnChoice(kind) for name, kind in kinds.items()}
    columns["colour"] = ColumnChoice("category", levels=("red", "green")) if not text else columns["colour"]  # fmt: skip
    preparing = msgspec.structs.replace(preparing, **text)
    recipe = Recipe("y", task.name, task.metrics[0], columns, preparing=preparing, **choices)
    frame = rows(120)
    return build_pipeline(recipe, estimator, needs).fit(frame, target(task, frame))


def assert_loads_the_same(pipeline, path):
    skops.io.dump(pipeline, path)
    again = load_trusted(path)
    ask = "predict_proba" if hasattr(pipeline, "predict_proba") else "predict"
    frame = rows()
    assert (getattr(again, ask)(frame) == getattr(pipeline, ask)(frame)).all()
    assert (again.predict(frame) == pipeline.predict(frame)).all()


@pytest.mark.parametrize("preparing", STEPS)
@pytest.mark.parametrize("task", [TASKS["multiclass"], TASKS["regression"]], ids=lambda t: t.name)
def test_every_step_is_trusted(tmp_path, preparing, task):
    estimator = CATALOGUE["decision_tree"].maker(task)(0)
    assert_loads_the_same(prepared(preparing, task, SCALED, estimator), tmp_path / "model.skops")


@pytest.mark.parametrize(
    "metric", ["f1", "balanced_accuracy", "matthews_corrcoef", "jaccard", "value"]
)
def test_every_threshold_is_trusted(tmp_path, metric):
    task = TASKS["binary"]
    costs = Costs(true_positive=2.0) if metric == "value" else None
    recipe = Recipe("y", "binary", metric, {}, positive="yes", threshold="tuned", costs=costs)
    estimator = make_estimator(CATALOGUE["decision_tree"], recipe)
    pipeline = prepared(Preparing(), task, CODES, estimator)
    assert_loads_the_same(pipeline, tmp_path / "model.skops")


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_an_ensemble_is_trusted(tmp_path, task):
    names = ("decision_tree", "knn")
    members = [
        (name, prepared(Preparing(), task, SCALED, CATALOGUE[name].maker(task)(0)), 0.5)
        for name in names
    ]
    recipe = Recipe("y", task.name, task.metrics[0], {})
    assert_loads_the_same(assemble(members, recipe), tmp_path / "model.skops")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # tiny data
def test_every_candidate_answers_the_same_when_loaded_in_another_process(
    registry, tmp_path, start_python
):
    frame = rows()
    expected = {}
    for task in TASKS.values():
        for candidate in candidates_for(task):
            pipeline = fitted(task, candidate, frame)
            name = f"{task.name}-{candidate.name}"
            registry.register(name, pipeline, {}, {}, {}, frame.head(5))
            ask = getattr(pipeline, "predict_proba", pipeline.predict)
            expected[name] = [pipeline.predict(frame).tolist(), ask(frame).tolist()]
    frame.to_pickle(tmp_path / "rows.pickle")
    process = start_python(
        PREDICT, registry.settings.home, tmp_path / "rows.pickle", tmp_path / "answers.json"
    )
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    assert json.loads((tmp_path / "answers.json").read_text()) == expected


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
@pytest.mark.parametrize("name", ["lightgbm", "xgboost", "catboost"])
def test_boosting_of_other_libraries_is_trusted_where_it_is_installed(
    registry, tmp_path, name, task
):
    pytest.importorskip(name)
    frame = rows()
    pipeline = fitted(task, CATALOGUE[name], frame)
    assert_loads_the_same(pipeline, tmp_path / "model.skops")
    version = registry.register(name, pipeline, {}, {}, {}, frame.head(5))
    assert (registry.load_pipeline(version).predict(frame) == pipeline.predict(frame)).all()


def test_only_types_of_the_numeric_libraries_are_trusted():
    others = {
        name for name in TRUSTED_TYPES if not name.startswith(("numpy.", "scipy.", "sklearn."))
    }
    assert others == {"functools.partial", *BOOSTING_TYPES}
    assert len(set(TRUSTED_TYPES)) == len(TRUSTED_TYPES)


@pytest.mark.parametrize("function", [os.system, eval, subprocess.run])
def test_a_trusted_partial_does_not_make_what_it_calls_trusted(tmp_path, function):
    path = tmp_path / "model.skops"
    skops.io.dump(FunctionTransformer(functools.partial(function, "true")), path)
    with pytest.raises(ArtifactError, match=f"Got .*{function.__name__}"):
        load_trusted(path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_skops_file_is_refused(tmp_path, content):
    path = tmp_path / "model.skops"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"model\.skops must be a pipeline in the skops format"):
        load_trusted(path)


def test_a_file_with_a_type_that_is_not_trusted_is_refused_by_name(tmp_path):
    path = tmp_path / "model.skops"
    skops.io.dump(FunctionTransformer(np.testing.assert_allclose), path)
    with pytest.raises(ArtifactError, match=r"Got numpy\.testing.*assert_allclose"):
        load_trusted(path)
