from core.charts.palette import PALETTE
from core.charts.traffic import (
    Span,
    latency_alt_text,
    latency_figure,
    traffic_alt_text,
    traffic_figure,
)

SPANS = [
    Span(0, "shop 1", 10, 2.0, 5.0),
    Span(60, "shop 1", 30, 3.0, 9.0),
    Span(60, "shop 2", 5, 1.0, 2.0),
]


def test_rows_are_stacked_by_version_over_the_whole_period():
    drawn = traffic_figure(SPANS, 60, (0, 600), ["shop 2", "shop 1"])
    one, two = drawn.data
    assert (one.name, list(one.y), two.name, list(two.y)) == ("shop 1", [10, 30], "shop 2", [5])
    assert drawn.layout.barmode == "stack"
    assert (one.marker.color, two.marker.color) == (PALETTE[1], PALETTE[0])
    assert [str(limit) for limit in drawn.layout.xaxis.range] == [
        "1970-01-01 00:00:00",
        "1970-01-01 00:10:00",
    ]


def test_latencies_have_two_lines_a_version():
    drawn = latency_figure(SPANS, 60, (0, 600))
    assert [(line.name, line.line.dash) for line in drawn.data] == [
        ("shop 1, half", "solid"),
        ("shop 1, 95%", "dot"),
        ("shop 2, half", "solid"),
        ("shop 2, 95%", "dot"),
    ]
    assert drawn.layout.yaxis.type == "log"


def test_the_alternative_texts_tell_the_takeaway():
    assert traffic_alt_text(SPANS) == (
        "Rows answered: shop 1 40, shop 2 5. The most at 1970-01-01 00:01 UTC: 30 by shop 1."
    )
    assert latency_alt_text(SPANS) == (
        "Half of the requests were answered within 1 to 3 ms, 95% within 9 ms at the slowest time."
    )
    assert traffic_alt_text([]) == latency_alt_text([]) == "There is nothing to show yet."


def test_names_that_look_like_markup_are_shown_as_they_are():
    span = Span(0, "<b>x</b> 1", 1, 1.0, 1.0)
    for figure in (traffic_figure, latency_figure):
        assert "<b>x</b>" not in figure([span], 60, (0, 60)).to_json()
