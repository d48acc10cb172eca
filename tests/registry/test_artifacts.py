import json

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from core.errors import ArtifactError
from core.registry.artifacts import check_libraries, make_signature
from core.registry.database import local_path


def folder_of(version):
    return local_path(version.source)


@pytest.mark.parametrize("filename", ["model.skops", "contract.json", "manifest.json"])
@pytest.mark.parametrize("damage", ["changed", "truncated", "missing"])
def test_a_damaged_file_is_refused_by_name(registry, register, filename, damage):
    version = register()
    path = folder_of(version) / filename
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:-1] if damage == "truncated" else b"X" + content[1:])

    asked = "contract.json" if filename == "contract.json" else "model.skops"
    with pytest.raises(ArtifactError, match=filename) as caught:
        registry.load_pipeline(version) if asked == "model.skops" else registry.read_file(
            version, asked
        )
    assert "toys version 1" in caught.value.message
    assert "promote another one" in caught.value.hint


def test_damage_to_one_file_does_not_hide_the_others(registry, register):
    version = register()
    (folder_of(version) / "model.skops").write_bytes(b"")
    assert registry.read_file(version, "contract.json") == b"{}"


def test_a_manifest_rewritten_to_fit_a_foreign_model_is_refused(registry, register):
    import hashlib

    version = register()
    folder = folder_of(version)
    (folder / "model.skops").write_bytes(b"foreign")
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"]["model.skops"] = hashlib.sha256(b"foreign").hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match=r"manifest\.json .* Its content has changed"):
        registry.load_pipeline(version)


def test_a_file_that_was_never_registered_is_named_with_those_there_are(registry, register):
    with pytest.raises(ArtifactError, match=r"must have the file 'plan\.bin'.*contract\.json"):
        registry.read_file(register(), "plan.bin")


@pytest.mark.parametrize("filename", ["../../../registry.db", "/etc/hostname", ""])
def test_reading_never_leaves_the_folder(registry, register, filename):
    with pytest.raises(ArtifactError, match="must have the file"):
        registry.read_file(register(), filename)


@pytest.mark.parametrize("fitted", ["0.24.2", "1.8.1", "2.0.0", ""])
def test_a_model_of_another_scikit_learn_is_refused_with_both_versions(fitted):
    import sklearn

    with pytest.raises(ArtifactError, match="was trained with scikit-learn") as caught:
        check_libraries({"scikit-learn": fitted} if fitted else {}, "toys version 1")
    assert sklearn.__version__ in caught.value.message
    assert (fitted or "(unknown)") in caught.value.message


def test_a_patch_release_of_scikit_learn_reads_the_models_of_another():
    import sklearn

    major, minor, *_ = sklearn.__version__.split(".")
    check_libraries({"scikit-learn": f"{major}.{minor}.99"}, "toys version 1")


def shout(frame):
    return frame


def test_a_pipeline_with_code_of_its_own_is_refused_by_name(registry, features):
    pipeline = Pipeline([("prepare", FunctionTransformer(shout)), ("model", FunctionTransformer())])
    pipeline.predict = lambda frame: np.zeros(len(frame))
    with pytest.raises(ArtifactError, match=r"that Slipway knows\. Got .*shout"):
        registry.register("loud", pipeline.fit(features), {}, {}, {}, features)
    assert registry.models() == []


def test_the_signature_names_each_column_in_its_kind():
    class Model:
        def predict(self, frame):
            return np.array([1.5] * len(frame))

    frame = pd.DataFrame(
        {
            "number": [1, 2],
            "category": pd.Series(["a", None], dtype="str"),
            "boolean": pd.Series([True, np.nan], dtype=object),
            "date": pd.to_datetime(["2026-01-01", None]),
            "empty": pd.Series([np.nan, np.nan]),
        }
    )
    signature = make_signature(Model(), frame)
    assert {column.name: column.type.name for column in signature.inputs} == {
        "number": "double",
        "category": "string",
        "boolean": "boolean",
        "date": "datetime",
        "empty": "double",
    }
    assert not any(column.required for column in signature.inputs)
    assert [column.type.name for column in signature.outputs] == ["double"]
