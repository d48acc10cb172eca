import pyarrow as pa

from core.data.formats.planned import amend_plan, are_exact, plan_types
from core.data.reading import read_table


def test_only_fractions_are_parsed_as_numbers() -> None:
    rows = [["1", "1.5", "x", "", "01.1"], ["2", "NA", "y", "", "02.2"]]
    kinds = [str(kind) for kind in plan_types(rows, 5)]
    assert kinds == ["string", "double", "string", "string", "string"]
    assert plan_types([], 2) == [pa.string()] * 2


def test_a_column_that_is_not_as_planned_is_amended() -> None:
    plan = [pa.float64(), pa.string()]
    error = pa.ArrowInvalid("In CSV column #0: CSV conversion error to double")
    assert amend_plan(plan, error) == [pa.string(), pa.string()]
    assert amend_plan(plan, pa.ArrowInvalid("CSV parse error")) is None


def test_numbers_that_may_be_codes_are_not_exact() -> None:
    assert are_exact([pa.chunked_array([[1, 2]]), pa.chunked_array([[0.5, None]])])
    assert not are_exact([pa.chunked_array([[float("inf")]])])
    assert not are_exact([pa.chunked_array([[1e15]])])


def test_a_late_code_word_or_mark_in_a_large_file_is_not_lost() -> None:
    lines = [f"{n},{n}.5,{n}.25" for n in range(150_000)]
    lines[140_000] = "007,7.5,7.5"
    lines[140_001] = "8,late,7.5"
    lines[140_002] = "9,9.5,9e400"
    content = "\n".join(["code,size,far", *lines]).encode()
    assert len(content) > 2 * 2**20
    frame = read_table(content, "t.csv").frame
    assert frame["code"].iloc[140_000] == "007"
    assert frame["size"].iloc[140_001] == "late"
    assert frame["size"].iloc[0] == "0.5"
    assert str(frame["far"].iloc[140_002]) in ("inf", "9e400")
