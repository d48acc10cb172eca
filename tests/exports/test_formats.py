import io

import joblib
import numpy as np
import pytest
import skops.io

from core.data.samples import get_sample, sample_bytes
from core.exports import FORMATS
from core.recipe import load_recipe
from core.registry.trust import TRUSTED_TYPES

LOAD = {
    "joblib": "import joblib; model = joblib.load('toys-3.joblib')",
    "skops": f"import skops.io; model = skops.io.load('toys-3.skops', trusted={list(TRUSTED_TYPES)!r})",
}


@pytest.fixture(params=["hist_gradient_boosting", "logistic"])
def trained(request, load, train):
    sample = get_sample("penguins")
    return train(load(sample_bytes("penguins"), sample.file), request.param, sample.target)


@pytest.mark.parametrize("name", LOAD)
def test_a_model_file_predicts_the_same_in_a_process_without_this_project(
    name, trained, tmp_path, run_python
):
    export, table = trained
    frame = table.features(table.test)
    (tmp_path / FORMATS[name].filename(export.stem)).write_bytes(FORMATS[name].build(export))
    frame.to_parquet(tmp_path / "rows.parquet")
    code = (
        f"import numpy, pandas, sys; {LOAD[name]}\n"
        "numpy.save('out.npy', model.predict_proba(pandas.read_parquet('rows.parquet')))\n"
        "assert 'core' not in sys.modules"
    )
    run_python(["-c", code], tmp_path)
    assert np.array_equal(np.load(tmp_path / "out.npy"), export.pipeline.predict_proba(frame))


def test_the_recipe_file_is_the_recipe(trained):
    export, _ = trained
    assert load_recipe(FORMATS["recipe"].build(export)) == export.recipe


def test_a_skops_file_asks_for_no_type_that_is_not_known_to_be_harmless(trained):
    content = FORMATS["skops"].build(trained[0])
    assert set(skops.io.get_untrusted_types(data=content)) <= set(TRUSTED_TYPES)


def test_a_joblib_file_is_one_object(trained):
    content = FORMATS["joblib"].build(trained[0])
    assert list(joblib.load(io.BytesIO(content)).named_steps) == ["prepare", "model"]


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_says_what_it_is_and_names_its_file(name):
    entry = FORMATS[name]
    assert entry.name == name
    assert entry.title
    assert entry.description.endswith(".")
    assert "toys-3" in entry.filename("toys-3")
