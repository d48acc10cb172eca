import pytest
from prometheus_client.parser import text_string_to_metric_families

from core.serving.api.guard.board import SERIES, Board
from core.serving.api.guard.exposition import write_metrics
from core.serving.api.guard.metrics import BUCKETS, Labels, Metrics, Sample


def samples_of(text: str) -> dict[tuple[str, ...], float]:
    """Each sample of an exposition by its name and its labels' values."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def metrics() -> Metrics:
    return Metrics(Board())


def test_prometheus_reads_what_was_counted(metrics):
    for seconds in (0.0004, 0.003, 0.003, 20.0):
        metrics.add("Predictions", "titanic", 3, 200, seconds, 2)
    metrics.add("Predictions", "titanic", 3, 422, 0.5, 0)
    metrics.add("Predictions", "", 0, 404, 0.5, 0)
    metrics.refuse("rate")
    metrics.begin()
    found = samples_of(write_metrics(metrics, []))
    named = ("Predictions", "titanic", "3")
    assert found["slipway_requests_total", *named, "2xx"] == 4
    assert found["slipway_requests_total", *named, "4xx"] == 1
    assert found["slipway_requests_total", "Predictions", "", "", "4xx"] == 1
    assert found["slipway_rows_total", *named] == 8
    assert found["slipway_request_seconds_count", *named] == 5
    assert found["slipway_request_seconds_sum", *named] == pytest.approx(20.5064)
    buckets = {
        bound: found["slipway_request_seconds_bucket", *named, str(bound)] for bound in BUCKETS
    }
    assert (buckets[0.0005], buckets[0.0025], buckets[0.005], buckets[0.5]) == (1, 1, 3, 4)
    assert found["slipway_request_seconds_bucket", *named, "+Inf"] == 5
    assert found["slipway_refusals_total", "rate"] == 1
    assert found["slipway_requests_in_flight",] == 1
    assert found["slipway_workers",] == 1


def test_a_value_on_a_bound_is_below_it(metrics):
    metrics.add("d", "m", 1, 200, BUCKETS[3], 1)
    found = samples_of(write_metrics(metrics, []))
    assert found["slipway_request_seconds_bucket", "d", "m", "1", str(BUCKETS[3])] == 1
    assert found["slipway_request_seconds_bucket", "d", "m", "1", str(BUCKETS[2])] == 0


def test_labels_are_escaped(metrics):
    metrics.add('dialect "x"\n\\', "m", 1, 200, 0.1, 1)
    assert ("slipway_rows_total", 'dialect "x"\n\\', "m", "1") in samples_of(
        write_metrics(metrics, [])
    )


def test_series_are_bounded_and_nothing_is_lost_beyond(metrics):
    for version in range(1, 2 * SERIES):
        metrics.add("Predictions", "titanic", version, 200, 0.1, 1)
    series = metrics.series()
    assert len(series) == SERIES
    assert series[Labels("", "other")][0] == SERIES
    assert sum(numbers[0] for numbers in series.values()) == 2 * SERIES - 1


def test_what_others_count_is_told_too():
    numbers = {"loads": 3.0, "memory": 5.0}
    samples = [
        Sample("slipway_loads_total", "counter", "Loads.", lambda: numbers["loads"]),
        Sample("slipway_memory", "gauge", "Memory.", lambda: numbers["memory"]),
    ]
    board = Board()
    found = samples_of(write_metrics(Metrics(board, samples), []))
    assert (found["slipway_loads_total",], found["slipway_memory",]) == (3, 5)
    # A worker in the place of a crashed one begins at nothing: its counter goes on, its gauge does not.
    numbers.update(loads=1.0, memory=2.0)
    found = samples_of(write_metrics(Metrics(board, samples), []))
    assert (found["slipway_loads_total",], found["slipway_memory",]) == (4, 2)
