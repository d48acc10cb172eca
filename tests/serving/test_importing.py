"""Models made by other libraries, as they write them, to versions that are served."""

import dataclasses
import io
import subprocess
import sys
from collections.abc import Callable

import joblib
import numpy as np
import pandas as pd
import pytest
import skops.io
from onnx import TensorProto, helper
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC

from core.errors import ArtifactError, PredictionError, RegistryError
from core.registry.registry import Registry
from core.serving.contract import ParsedRow
from core.serving.golden import GOLDEN_FILE, load_golden
from core.serving.hub import ModelHub
from core.serving.importing import Sample, import_model, load_typed
from core.serving.promotion import check_promotion

FLOAT, DOUBLE, TEXT = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.STRING

WEIGHTS = np.array([[1.0, -1.0, 0.0], [0.5, 0.5, -1.0]], dtype=np.float32)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    size, weight = rng.normal(size=(2, 90))
    kind = np.where(size > 0.5, "large", np.where(size > -0.5, "middle", "small"))
    return pd.DataFrame({"size": size, "weight": weight, "kind": kind, "price": size * 3 + weight})


@pytest.fixture
def sample(frame) -> Callable[..., Sample]:
    def make(*columns: str, target: str = "") -> Sample:
        content = frame[list(columns)].to_csv(index=False).encode()
        return Sample(content, "sample.csv", target)

    return make


@pytest.fixture
def take(settings):
    """Imports a file and gives the engine that answers then."""

    def take_(content: bytes, filename: str, given, **options):
        version = import_model(settings, content, filename, "guest", given, by="Ada", **options)
        return ModelHub(Registry(settings)).get("guest", version.version)

    return take_


def onnx_file(nodes, inputs, outputs, initializers=(), opset: int = 17) -> bytes:
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info(*each) for each in inputs],
        [helper.make_tensor_value_info(*each) for each in outputs],
        [helper.make_tensor(n, FLOAT, a.shape, a.ravel().tolist()) for n, a in initializers],
    )
    domains = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=domains, ir_version=8).SerializeToString()


def network(*last: str, width: int = 2, out: int = 3) -> bytes:
    """As PyTorch and TensorFlow write one: a matrix in, a layer, and perhaps its activation."""
    nodes = [helper.make_node("MatMul", ["input", "w"], ["logits"])]
    name = "logits"
    for place, activation in enumerate(last):
        nodes.append(helper.make_node(activation, [name], [f"out{place}"]))
        name = f"out{place}"
    weights = np.resize(WEIGHTS, (width, out)).astype(np.float32)
    return onnx_file(
        nodes,
        [("input", FLOAT, ["batch", width])],
        [(name, FLOAT, ["batch", out])],
        [("w", weights)],
    )


def zipped_classifier() -> bytes:
    """As skl2onnx writes one: labels, and a mapping from label to probability for each row."""
    nodes = [
        helper.make_node(
            "LinearClassifier", ["X"], ["label", "shares"], domain="ai.onnx.ml",
            coefficients=[1.0, -1.0, 0.0, 0.5, 0.5, -1.0], intercepts=[0.0, 0.0, 0.0],
            classlabels_strings=["large", "middle", "small"], post_transform="SOFTMAX",
        ),
        helper.make_node(
            "ZipMap", ["shares"], ["mapped"], domain="ai.onnx.ml",
            classlabels_strings=["large", "middle", "small"],
        ),
    ]  # fmt: skip
    graph = helper.make_graph(
        nodes,
        "model",
        [helper.make_tensor_value_info("X", FLOAT, [None, 2])],
        [
            helper.make_tensor_value_info("label", TEXT, [None]),
            helper.make_value_info(
                "mapped",
                helper.make_sequence_type_proto(
                    helper.make_map_type_proto(TEXT, helper.make_tensor_type_proto(FLOAT, []))
                ),
            ),
        ],
    )
    domains = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=domains, ir_version=8).SerializeToString()


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def ask(engine, rows: list[dict]):
    return engine.predict(engine.contract.parse_rows(rows))


def shares_of(answer) -> np.ndarray:
    return np.array([list(row.values()) for row in answer.probabilities])


# skops and joblib


def test_a_skops_file_is_served_as_it_predicts(take, frame, sample, settings):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(
        frame[["weight", "size"]], frame["kind"]
    )
    engine = take(skops.io.dumps(model), "m.skops", sample("size", "weight", "kind", target="kind"))
    assert engine.contract.names == ["weight", "size"]  # in the model's order
    assert engine.contract.classes == ("large", "middle", "small")
    answer = ask(engine, frame[["size", "weight"]].to_dict("records"))
    assert answer.values == model.predict(frame[["weight", "size"]]).tolist()
    registry = Registry(settings)
    version = registry.get("guest")
    assert (version.is_champion, version.tags["candidate_title"]) == (
        True,
        "Uploaded scikit-learn model",
    )
    assert len(load_golden(registry.read_file(version, GOLDEN_FILE)).rows) == 90


def test_a_model_of_a_bare_matrix_takes_the_columns_in_their_order(take, frame, sample):
    values = frame[["size", "weight"]].to_numpy()
    model = LinearRegression().fit(values, frame["price"])
    engine = take(skops.io.dumps(model), "m.skops", sample("size", "weight"))
    assert engine.contract.task == "regression"
    (answer,) = ask(engine, [{"weight": 2, "size": 1}]).values
    assert answer == pytest.approx(5)


def test_a_model_of_categories_keeps_their_levels(take, frame, sample):
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LinearRegression())
    model.fit(frame[["kind"]], frame["price"])
    engine = take(skops.io.dumps(model), "m.skops", sample("kind"))
    assert set(engine.contract.fields[0].levels) == {"large", "middle", "small"}
    assert ask(engine, [{"kind": "large"}]).values[0] > 0


def test_types_that_are_trusted_of_our_own_models_are_not_of_uploaded_ones(take, frame, sample):
    model = HistGradientBoostingClassifier(max_iter=2).fit(frame[["size"]], frame["kind"])
    with pytest.raises(ArtifactError, match="known to be harmless. Got .*TreePredictor") as caught:
        take(skops.io.dumps(model), "m.skops", sample("size"))
    assert "ONNX" in caught.value.hint


def test_a_classifier_without_probabilities_is_refused(take, frame, sample):
    model = LinearSVC().fit(frame[["size"]], frame["kind"])
    with pytest.raises(ArtifactError, match="has no predict_proba"):
        take(skops.io.dumps(model), "m.skops", sample("size"))


def test_a_joblib_file_is_taken_only_where_it_is_allowed(take, settings, frame, sample):
    file = io.BytesIO()
    joblib.dump(LinearRegression().fit(frame[["size"]], frame["price"]), file)
    with pytest.raises(ArtifactError, match="must be allowed") as caught:
        take(file.getvalue(), "m.joblib", sample("size"))
    assert "SLIPWAY_ALLOW_JOBLIB=yes" in caught.value.hint
    allowed = dataclasses.replace(settings, allow_joblib=True)
    version = import_model(allowed, file.getvalue(), "m.joblib", "guest", sample("size"), by="Ada")
    assert version.is_champion


@pytest.mark.parametrize("original", ["1.2.0", "0.24.1"])
def test_a_model_of_another_scikit_learn_is_refused_with_both_versions(
    take, frame, sample, original, monkeypatch
):
    monkeypatch.setattr("sklearn.base.__version__", original)
    content = skops.io.dumps(LinearRegression().fit(frame[["size"]], frame["price"]))
    monkeypatch.undo()
    with pytest.raises(ArtifactError, match=f"trained with scikit-learn {original}"):
        take(content, "m.skops", sample("size"))


@pytest.mark.parametrize("filename", ["m.skops", "m.onnx"])
def test_a_damaged_file_is_refused(take, sample, filename):
    with pytest.raises(ArtifactError, match="must be a"):
        take(b"nothing like a model", filename, sample("size"))


@pytest.mark.parametrize("filename", ["m.pkl", "m.h5", "model"])
def test_a_format_that_is_not_known_is_refused_with_those_that_are(take, sample, filename):
    with pytest.raises(ArtifactError, match=r"\.skops, \.onnx, \.joblib"):
        take(b"x", filename, sample("size"))


def test_something_that_is_no_model_is_refused(take, sample):
    with pytest.raises(ArtifactError, match="holds a dict"):
        take(skops.io.dumps({"a": 1}), "m.skops", sample("size"))


def test_a_sample_without_the_models_columns_is_refused_by_name(take, frame, sample):
    model = LinearRegression().fit(frame[["size", "weight"]], frame["price"])
    with pytest.raises(RegistryError, match="It lacks weight"):
        take(skops.io.dumps(model), "m.skops", sample("size", "price"))


# ONNX


def test_a_network_without_its_last_layer_answers_by_softmax(take, frame, sample):
    engine = take(network(), "n.onnx", sample("size", "weight", "kind", target="kind"))
    rows = frame[["size", "weight"]]
    answer = ask(engine, rows.to_dict("records"))
    expected = softmax(rows.to_numpy() @ WEIGHTS)
    assert np.allclose(shares_of(answer), expected, atol=1e-6)
    assert answer.values == [("large", "middle", "small")[place] for place in expected.argmax(1)]
    one = ask(engine, rows.head(1).to_dict("records"))  # alone it is answered as among others
    assert one.probabilities[0] == pytest.approx(answer.probabilities[0])


def test_a_network_with_its_softmax_answers_as_it_is(take, frame, sample):
    engine = take(network("Softmax"), "n.onnx", sample("size", "weight", "kind", target="kind"))
    assert not engine.are_logits
    answer = ask(engine, [{"size": 1, "weight": 0}])
    assert np.allclose(shares_of(answer), softmax(WEIGHTS[:1]), atol=1e-6)


def test_one_output_is_the_probability_of_the_second_class(take, sample):
    given = sample("size", "weight")
    engine = take(network("Sigmoid", out=1), "n.onnx", given, classes=("no", "yes"))
    answer = ask(engine, [{"size": 3, "weight": 0}, {"size": -3, "weight": 0}])
    assert answer.values == ["yes", "no"]
    assert engine.contract.positive == "yes"
    with pytest.raises(ArtifactError, match="probability of the second class"):
        take(network(out=1), "n.onnx", given, classes=("no", "yes"))


def test_a_number_is_answered_as_float32_made_it(take, sample):
    engine = take(network(out=1), "n.onnx", sample("size", "weight"))
    assert ask(engine, [{"size": 2, "weight": 0.5}]).values == [pytest.approx(1.5)]


def test_labels_with_a_mapping_of_probabilities_are_read(take, frame, sample):
    engine = take(zipped_classifier(), "z.onnx", sample("size", "weight", "kind", target="kind"))
    answer = ask(engine, frame[["size", "weight"]].to_dict("records"))
    scores = frame[["size", "weight"]].to_numpy() @ np.array([[1, 0, 0.5], [-1, 0.5, -1]])
    assert np.allclose(shares_of(answer), softmax(scores), atol=1e-5)


def test_each_column_may_be_an_input_of_its_own_also_of_text(take):
    nodes = [
        helper.make_node(
            "LabelEncoder", ["colour"], ["code"], domain="ai.onnx.ml",
            keys_strings=["red", "blue"], values_floats=[1.0, 2.0], default_float=0.0,
        ),
        helper.make_node("Add", ["code", "size"], ["sum"]),
    ]  # fmt: skip
    inputs = [("size", FLOAT, [None, 1]), ("colour", TEXT, [None, 1])]
    content = onnx_file(nodes, inputs, [("sum", FLOAT, [None, 1])])
    typed = load_typed(
        b'{"fields": [{"name": "colour", "kind": "category", "example": "red", "nullable": true},'
        b'{"name": "size", "kind": "number", "example": 1}]}'
    )
    engine = take(content, "c.onnx", typed)
    rows = [{"colour": "blue", "size": 1}, {"colour": "mauve", "size": 1}, {"size": 5}]
    assert ask(engine, rows).values == [3.0, 1.0, 5.0]
    assert np.isnan(ask(engine, [{"colour": "red", "size": None}]).values[0])


def test_inputs_that_are_not_the_columns_are_named(take, sample):
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"])]
    content = onnx_file(
        nodes, [("a", FLOAT, [None, 1]), ("b", FLOAT, [None, 1])], [("sum", FLOAT, [None, 1])]
    )
    with pytest.raises(ArtifactError, match=r"inputs of the model: a, b\. It lacks a, b"):
        take(content, "n.onnx", sample("size", "weight"))


def test_a_matrix_of_another_width_is_refused_with_both(take, sample):
    with pytest.raises(ArtifactError, match=r"It has 2, the contract 3"):
        take(network(), "n.onnx", sample("size", "weight", "price"))


def test_text_for_a_matrix_of_numbers_is_refused(take, sample):
    with pytest.raises(ArtifactError, match="takes numbers only. kind hold text"):
        take(network(out=1), "n.onnx", sample("size", "kind"))


def test_a_model_of_images_is_refused(take, sample):
    nodes = [helper.make_node("Identity", ["image"], ["same"])]
    shape = [None, 3, 8, 8]
    content = onnx_file(nodes, [("image", FLOAT, shape)], [("same", FLOAT, shape)])
    with pytest.raises(ArtifactError, match="It has 4 dimensions"):
        take(content, "n.onnx", sample("size", "weight"))


def test_weights_outside_of_the_file_are_refused(take, sample):
    weights = TensorProto(name="w", data_type=FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    place = weights.external_data.add()
    place.key, place.value = "location", "weights.bin"
    graph = helper.make_graph(
        [helper.make_node("Mul", ["x", "w"], ["y"])],
        "model",
        [helper.make_tensor_value_info("x", FLOAT, [None, 2])],
        [helper.make_tensor_value_info("y", FLOAT, [None, 2])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    with pytest.raises(ArtifactError, match="must be an ONNX model") as caught:
        take(model.SerializeToString(), "n.onnx", sample("size", "weight"))
    assert "with its weights inside the file" in caught.value.hint


SERVE = """
import sys
from core.registry.registry import Registry
from core.serving.hub import ModelHub
from core.serving.watching import watched
from core.settings import Settings

hub = ModelHub(Registry(Settings.from_environment({"SLIPWAY_HOME": sys.argv[1]})))
with watched(hub):
    engine = hub.get("guest")
    print(*engine.predict(engine.contract.parse({"size": 2, "weight": 0.5}).rows).values)
heavy = {"mlflow", "sqlalchemy", "sklearn", "pandas", "scipy", "streamlit"} & set(sys.modules)
assert not heavy, heavy
"""


def test_a_process_that_answers_needs_neither_mlflow_nor_scikit_learn(settings, sample):
    given = sample("size", "weight")
    import_model(settings, network(out=1), "n.onnx", "guest", given, by="Ada")
    command = [sys.executable, "-c", SERVE, str(settings.home)]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": "."})
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) == pytest.approx(1.5)


def test_too_few_classes_are_refused_with_what_it_answers(take, sample):
    with pytest.raises(ArtifactError, match=r"each of 2 classes\. It answers 90×3 float32"):
        take(network("Softmax"), "n.onnx", sample("size", "weight"), classes=("no", "yes"))


def test_a_whole_number_that_is_missing_is_refused_by_name(take):
    nodes = [helper.make_node("Cast", ["n"], ["x"], to=FLOAT)]
    content = onnx_file(nodes, [("n", TensorProto.INT64, [None, 1])], [("x", FLOAT, [None, 1])])
    typed = load_typed(b'{"fields": [{"name": "n", "kind": "number", "example": 1}]}')
    engine = take(content, "n.onnx", typed)
    assert ask(engine, [{"n": 7}]).values == [7.0]
    with pytest.raises(PredictionError, match="'n' must be given"):
        engine.predict([ParsedRow({"n": None})])
    columns = {"n": np.array([7.0, np.nan])}
    with pytest.raises(PredictionError, match="'n' must be given"):
        engine.predict_table(columns)


def test_tables_and_rows_are_answered_alike(take, frame, sample):
    engine = take(network("Softmax"), "n.onnx", sample("size", "weight", "kind", target="kind"))
    columns = {name: frame[name].to_numpy() for name in ("size", "weight")}
    table = engine.predict_table(columns)
    rows = ask(engine, frame[["size", "weight"]].to_dict("records"))
    assert table.values.tolist() == rows.values
    assert np.allclose(table.probabilities, shares_of(rows))
    assert engine.predict([]).values == []
    assert len(engine.predict_table({"size": np.empty(0), "weight": np.empty(0)}).values) == 0


def test_an_uploaded_challenger_is_held_against_the_champion(settings, frame, sample):
    given = sample("size", "weight", "kind", target="kind")
    for last in ((), ("Softmax",), ("Relu", "Softmax")):
        import_model(settings, network(*last), "n.onnx", "guest", given, by="Ada")
    registry = Registry(settings)
    assert check_promotion(registry, "guest", 2).largest < 1e-6
    third = check_promotion(registry, "guest", 3)
    assert third.is_safe
    assert third.largest > 0.01


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "cannot be read"),
        (b'{"fields": []}', "Got no column"),
        (b'{"fields": [{"name": "a", "kind": "picture"}]}', "Got picture"),
        (b'{"columns": []}', "cannot be read"),
    ],
)
def test_a_contract_that_cannot_be_used_is_refused(content, said):
    with pytest.raises(RegistryError, match=said):
        load_typed(content)


def test_an_example_that_does_not_fit_is_refused(take):
    typed = load_typed(b'{"fields": [{"name": "n", "kind": "number", "example": "one"}]}')
    with pytest.raises(RegistryError, match="The example must fit the contract"):
        take(network(), "n.onnx", typed)
