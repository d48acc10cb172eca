from datetime import UTC, datetime, timedelta

import pytest

from pages._ui import text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("plain, with: colon", "plain, with: colon"),
        ("a_b*c", r"a\_b\*c"),
        (":red[x]", r"\:red\[x\]"),
        ("$5 and $6", r"\$5 and \$6"),
        ("<b>", r"\<b\>"),
        ("- item", r"\- item"),
        ("two\nlines", "two lines"),
    ],
)
def test_markdown_shows_outside_text_as_it_is(given, shown):
    assert text.escape(given) == shown


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, "0 %"), (0, 9, "0 %"), (1, 10**6, "< 0.1 %"), (999_999, 10**6, "> 99.9 %"), (9, 9, "100 %"), (1, 8, "12.5 %")],
)  # fmt: skip
def test_share_never_rounds_to_nothing_or_all(part, whole, shown):
    assert text.share(part, whole) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0.0 s"),
        (9.96, "10.0 s"),
        (42, "42 s"),
        (60, "1 min"),
        (185, "3 min 5 s"),
        (7440, "2 h 4 min"),
    ],
)
def test_duration_is_read_at_a_glance(seconds, shown):
    assert text.duration(seconds) == shown


def test_ago_counts_whole_units():
    moment = datetime.now(UTC) - timedelta(hours=3, minutes=50)
    assert text.ago(moment.isoformat()) == "3 hours ago"
    assert text.ago(datetime.now(UTC).isoformat()) == "just now"
    assert text.ago("not a time") == "not a time"


def test_size_has_three_digits_that_count():
    assert [text.size(n) for n in (12, 61_900, 3_400_000, 2 * 10**9)] == [
        "12 bytes",
        "61.9 kB",
        "3.4 MB",
        "2 GB",
    ]
