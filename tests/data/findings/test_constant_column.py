import pytest

from core.data.findings.constant_column import ConstantColumn


@pytest.mark.parametrize("values", [["same"] * 120, [7] * 120, ["same"] * 119 + [None]])
def test_a_column_with_one_value_is_found(codes, measure, values) -> None:
    assert codes(x=measure, k=values) == {("constant-column", "k")}


def test_a_gap_may_still_tell_something(run, measure) -> None:
    (finding,) = run(ConstantColumn(), x=measure, k=["same"] * 119 + [None])
    assert finding.severity == "info"
    assert "missing in 1" in finding.message
