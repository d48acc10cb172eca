from core.data.dataset import Finding
from core.data.findings import Subject
from core.data.findings.rows_left_out import RowsLeftOut
from core.data.profiling import describe_columns, infer_kinds
from core.data.reading import read_table


def found_in(text: str) -> list[Finding]:
    reading = read_table(text.encode(), "t.csv")
    columns = describe_columns(reading.frame, infer_kinds(reading.frame))
    return list(RowsLeftOut().find(Subject(reading.frame, columns, skipped=reading.skipped)))


ROWS = "".join(f"{n},Acme,{n}.5\n" for n in range(18))


def test_a_notable_share_of_rows_that_did_not_fit_is_a_warning() -> None:
    (finding,) = found_in("id,company,size\n" + ROWS + "18,Smith, Jones,1.5\n19,Hill, Sons,2.5\n")
    assert finding.severity == "warning"
    assert "2 rows of 20 (10%)" in finding.message
    assert "line 20" in finding.message


def test_a_file_that_was_cut_off_is_told_as_such() -> None:
    (finding,) = found_in("id,company,size\n" + ROWS + '18,"Smi')
    assert "ends in the middle of a row, in line 20" in finding.message


def test_a_whole_file_and_a_single_odd_row_of_many_are_no_warning() -> None:
    assert found_in("id,company,size\n" + ROWS) == []
    many = "".join(f"{n},Acme,{n}.5\n" for n in range(300))
    assert found_in("id,company,size\n" + many + "1,2,3,4\n") == []
