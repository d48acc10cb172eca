from core.data.findings import FINDINGS


def test_codes_are_unique() -> None:
    assert len({check.code for check in FINDINGS}) == len(FINDINGS)


def test_a_clean_table_has_no_findings(codes, measure) -> None:
    assert codes(x=measure, c=["a", "b"] * 60) == set()


def test_one_row_has_no_findings_that_need_more(codes) -> None:
    assert codes(a=[1], b=["x"]) == set()
