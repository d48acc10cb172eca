import pytest

from core.data.findings.mixed_types import MixedTypes


def test_odd_values_among_numbers_are_shown_with_their_rows(run) -> None:
    values = [f"{n}.5" for n in range(100)]
    values[6], values[30], values[31], values[80] = "about 5", "n/k", "n/k", "see note"
    (finding,) = run(MixedTypes(), price=values)
    assert "96 of its 100 values are numbers" in finding.message
    assert "The other 4 are not" in finding.message
    assert "'about 5' (row 7), 'n/k' (row 31), 'see note' (row 81)" in finding.message


def test_one_word_may_stand_for_a_missing_value(run) -> None:
    (finding,) = run(MixedTypes(), price=[*map(str, range(40)), "unknown", "unknown"])
    assert "name it as missing" in finding.hint


def test_odd_values_among_dates_are_found(run) -> None:
    days = [f"2024-03-{day:02}" for day in range(1, 31)]
    (finding,) = run(MixedTypes(), day=[*days, "end of March"])
    assert "30 of its 31 values are dates" in finding.message
    assert "The other is not: 'end of March' (row 31)" in finding.message


@pytest.mark.parametrize(
    "number", ["1,234.50", "1.234,5", "$ 12", "12 %", "-3", ".5", "1e-3", "1'000"]
)
def test_numbers_are_known_however_they_are_written(run, number) -> None:
    assert len(run(MixedTypes(), price=[number] * 9 + ["many"])) == 1


@pytest.mark.parametrize(
    "values",
    [
        ["a", "b"] * 50,
        ["113803", "PC 17599", "A/5 21171"] * 30,  # tickets
        [f"{n:05}" for n in range(90)] + ["abroad"],  # post codes
        [f"{n}" for n in range(10000, 10090)] + ["10001-1234"],
        ["1", "2", None] * 30,
        [1.5, 2.5] * 50,
        [None] * 50,
        ["192.168.0.1"] * 50 + ["none"],
        [],
    ],
)
def test_other_columns_are_none(run, values) -> None:
    assert run(MixedTypes(), code=values) == []
