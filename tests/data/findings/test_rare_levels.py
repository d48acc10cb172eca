import pytest

from core.data.findings.rare_levels import RareLevels


def levels(**counts: int) -> list[str]:
    return [level for level, count in counts.items() for _ in range(count)]


def test_levels_that_are_hardly_seen_are_counted(run) -> None:
    (finding,) = run(RareLevels(), town=levels(a=100, b=90, c=4, d=1, e=1))
    assert finding.severity == "info"
    assert "3 of the 5 values of 'town'" in finding.message
    assert "'c' (4), 'd' (1), 'e' (1)" in finding.message


@pytest.mark.parametrize(
    "values",
    [
        levels(a=100, b=90, c=4, d=1),  # two may happen
        levels(a=100, b=90, c=5, d=5, e=5),
        levels(a=80, b=4, c=4, d=4),  # a short table
        [f"level {n}" for n in range(60)] * 2,  # has a finding of its own
        list(range(60)) * 2,
    ],
)
def test_other_columns_are_none(run, values) -> None:
    assert run(RareLevels(), town=values) == []


def test_rare_classes_have_a_finding_of_their_own(run) -> None:
    assert run(RareLevels(), target="y", y=levels(a=100, b=90, c=4, d=1, e=1)) == []
