import numpy as np
import pytest

from core.data.samples import sample_bytes
from core.serving.bulk.checking import Checked
from core.serving.bulk.recorded import FileRecorder
from core.serving.prediction_log.reader import Chosen, LogReader
from core.serving.prediction_log.recording import SAMPLE_ROWS, RecordingEngine, recording
from tests.predicting import predict_file

EVERYTHING = Chosen()


def test_an_engine_without_a_log_stays_as_it_is(titanic):
    assert recording(titanic, None, "page") is titanic


def test_a_file_is_recorded_and_answered_as_before(file_log, titanic):
    content = sample_bytes("titanic")
    plain = predict_file(titanic, content, "titanic.csv")
    recorder = FileRecorder(file_log, titanic.contract, "file")
    recorded = predict_file(titanic, content, "titanic.csv", note=recorder)
    assert recorded.frame.equals(plain.frame)
    assert file_log.flush()
    reader = LogReader(file_log.database)
    (traffic,) = reader.traffic(EVERYTHING)
    assert traffic.rows == traffic.kept_rows == plain.predicted
    assert reader.sources(EVERYTHING) == {"file": plain.predicted}
    rows = reader.rows(EVERYTHING, 2000)
    assert len({row.request_id for row in rows}) == 1
    assert sorted(row.position for row in rows) == list(range(plain.predicted))


def test_of_many_rows_a_sample_is_kept_and_all_are_counted(file_log, titanic):
    row = titanic.contract.parse([titanic.contract.example | {"Sex": "alien"}]).rows[0]
    engine = RecordingEngine(titanic, file_log, "file")
    assert len(engine.predict([row] * 5000).values) == 5000
    assert file_log.flush()
    reader = LogReader(file_log.database)
    (traffic,) = reader.traffic(EVERYTHING)
    assert (traffic.rows, traffic.kept_rows) == (5000, SAMPLE_ROWS)
    assert traffic.flagged_rows == 5000


@pytest.mark.parametrize("name", ["odd", "titanic", "mpg", "penguins"])
def test_a_tables_columns_are_recorded_as_a_request_would_be(file_log, request, name):
    engine = request.getfixturevalue(name)
    (row,) = engine.contract.parse([engine.contract.example]).rows
    columns = {}
    for field in engine.contract.fields:
        value = row.values[field.name]
        kinds = {"number": "float64", "date": "datetime64[ns]"}
        dtype = kinds.get(field.kind, object)
        columns[field.name] = np.array([value, value, None], dtype=dtype)
    checked = Checked(np.arange(3), columns, [], {})
    FileRecorder(file_log, engine.contract, "file")(checked, engine.predict_table(columns))
    assert file_log.flush()
    first, second, missing = sorted(
        LogReader(file_log.database).rows(EVERYTHING), key=lambda row: row.position
    )
    answer = engine.predict([row])
    assert first.inputs == second.inputs
    assert set(missing.inputs.values()) == {None}
    assert str(first.prediction) == str(answer.values[0])
    if answer.probabilities is not None:
        assert first.probabilities == pytest.approx(answer.probabilities[0])
    expected = {
        column: value.isoformat() if hasattr(value, "isoformat") else value
        for column, value in row.values.items()
    }
    assert first.inputs == expected
