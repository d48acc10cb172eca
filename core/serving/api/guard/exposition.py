"""Metrics as Prometheus reads them.

Reference: prometheus.io, "Exposition formats", text format 0.0.4.
"""

from collections.abc import Iterable, Iterator, Mapping

from core.serving.access.keys import ApiKey
from core.serving.api.guard.metrics import (
    BUCKETS,
    BUCKETS_PLACE,
    ROWS_PLACE,
    SECONDS_PLACE,
    STATUSES,
    Labels,
    Metrics,
)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def write_metrics(metrics: Metrics, keys: Iterable[ApiKey]) -> str:
    """The text of all metrics of a server.

    Parameters
    ----------
    metrics
        What was counted.
    keys
        The API keys, which give their uses a name.
    """
    metrics.refresh()
    series = metrics.series()
    lines = [
        *_family("slipway_requests_total", "counter", "Requests, by class of status.",
                 _requests(series)),
        *_family("slipway_request_seconds", "histogram", "Time from request to answer.",
                 _seconds(series)),
        *_family("slipway_rows_total", "counter", "Rows that were answered.", _rows(series)),
        *_family("slipway_requests_in_flight", "gauge", "Requests that are worked on now.",
                 [_line("slipway_requests_in_flight", {}, metrics.running())]),
        *_family("slipway_refusals_total", "counter", "Requests not let through, by reason.",
                 [_line("slipway_refusals_total", {"reason": reason}, number)
                  for reason, number in metrics.refusals().items()]),
        *_family("slipway_key_requests_total", "counter", "Requests let through, by API key.",
                 [_line("slipway_key_requests_total", {"id": key.id, "key": key.name},
                        metrics.key_uses(key.number)) for key in keys]),
        *_family("slipway_workers", "gauge", "Worker processes.",
                 [_line("slipway_workers", {}, metrics.workers())]),
    ]  # fmt: skip
    for sample, number in metrics.sampled():
        lines += _family(sample.name, sample.kind, sample.help, [_line(sample.name, {}, number)])
    return "\n".join(lines) + "\n"


def _family(name: str, kind: str, description: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"# HELP {name} {description}"
    yield f"# TYPE {name} {kind}"
    yield from lines


def _requests(series: Mapping[Labels, list[float]]) -> Iterator[str]:
    for labels, numbers in series.items():
        for place, status in enumerate(STATUSES):
            if numbers[place]:
                named = _named(labels) | {"status": status}
                yield _line("slipway_requests_total", named, numbers[place])


def _seconds(series: Mapping[Labels, list[float]]) -> Iterator[str]:
    for labels, numbers in series.items():
        name, total = "slipway_request_seconds", 0.0
        for place, bound in enumerate([*map(str, BUCKETS), "+Inf"]):
            total += numbers[BUCKETS_PLACE + place]
            yield _line(f"{name}_bucket", _named(labels) | {"le": bound}, total)
        yield _line(f"{name}_sum", _named(labels), numbers[SECONDS_PLACE])
        yield _line(f"{name}_count", _named(labels), total)


def _rows(series: Mapping[Labels, list[float]]) -> Iterator[str]:
    for labels, numbers in series.items():
        if labels.model:
            yield _line("slipway_rows_total", _named(labels), numbers[ROWS_PLACE])


def _named(labels: Labels) -> dict[str, str]:
    return {"dialect": labels.dialect, "model": labels.model, "version": labels.version}


def _line(name: str, labels: Mapping[str, str], number: float) -> str:
    written = ",".join(f'{label}="{_escape(text)}"' for label, text in labels.items())
    return f"{name}{{{written}}} {number:.17g}" if written else f"{name} {number:.17g}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
