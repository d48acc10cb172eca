import pytest

from core.data.findings.ambiguous_dates import AmbiguousDates


@pytest.mark.parametrize(
    "values",
    [
        ["03/04/2024", "05/06/2024", "07/01/2023"],
        ["03-04-2024", "05-06-2024", None],
        ["3/4/2024", "12/12/2024"],
        ["03/04/2024 10:15", "05/06/2024 11:00"],
    ],
)
def test_dates_that_could_be_two_days_are_found(run, values) -> None:
    (finding,) = run(AmbiguousDates(), when=values * 10)
    assert finding.column == "when"
    assert values[0] in finding.message


@pytest.mark.parametrize(
    "values",
    [
        ["13/04/2024", "05/06/2024"],
        ["04/13/2024", "05/06/2024"],
        ["2024-04-03", "2024-06-05"],
        ["03.04.2024", "05.06.2024"],  # dots put the day first
        ["03/04/2024", "unknown"],
        ["1/2", "3/4"],
        ["a", "b"],
        [1, 2],
        [None, None],
    ],
)
def test_other_columns_are_none(run, values) -> None:
    assert run(AmbiguousDates(), when=values * 10) == []
