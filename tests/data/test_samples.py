import pandas as pd
import pytest

from core.data.profiling import coerce_columns, describe_columns, infer_kinds
from core.data.reading import read_table
from core.data.samples import SAMPLES, SAMPLES_DIR, Sample, get_sample, sample_bytes
from core.errors import DataError
from core.tasks import propose_task


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_is_as_it_is_described(sample: Sample) -> None:
    reading = read_table(sample_bytes(sample.name), sample.file)
    assert reading.frame.shape == (sample.rows, sample.columns)
    assert reading.skipped == ()
    kinds = infer_kinds(reading.frame)
    columns = describe_columns(coerce_columns(reading.frame, kinds), kinds)
    target = next(column for column in columns if column.name == sample.target)
    assert propose_task(target.kind, target.unique, sample.rows).name == sample.task


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_plain_file_is_read_as_pandas_reads_it(sample: Sample) -> None:
    frame = read_table(sample_bytes(sample.name), sample.file).frame
    pd.testing.assert_frame_equal(frame, pd.read_csv(sample.path), check_exact=True)


def test_the_samples_cover_the_task_kinds() -> None:
    assert {sample.task for sample in SAMPLES} == {"binary", "multiclass", "regression"}


def test_each_sample_is_documented() -> None:
    readme = (SAMPLES_DIR.parent / "README.md").read_text(encoding="utf-8")
    assert all(f"## {sample.file}" in readme for sample in SAMPLES)


def test_an_unknown_sample_is_refused() -> None:
    with pytest.raises(DataError, match="'iris'"):
        get_sample("iris")
