import pyarrow as pa
import pytest

from core.data.formats.planned import amend_plan, are_exact, count_codes, count_codes_in_text

MARKS = (",", '"')


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"1,2\n3,4\n", 0),
        (b"0,0.5\n-0,-0.5\n0e1,0\n", 0),
        (b"007,1\n", 1),
        (b"1,007\n", 1),
        (b"1,-07\n", 1),
        (b"1,+7\n", 1),
        (b"1,0x1F\n", 1),
        (b'"01","02"\n', 2),
        (b"10,100\n", 0),
        (b"1,0", 0),
        (b"1,-0", 0),
    ],
)
def test_values_that_begin_as_codes_are_counted(text: bytes, expected: int) -> None:
    assert count_codes_in_text(text, 0, MARKS) == expected
    assert count_codes_in_text(b"a,b\n" + text, 4, MARKS) == expected


def test_codes_are_counted_across_the_pieces_of_a_long_text() -> None:
    text = b"12345678,01\n" * 200_000
    assert count_codes_in_text(text, 0, MARKS) == 200_000


def test_codes_in_cells_are_those_in_the_text() -> None:
    cells = ["007", "0", "", None, "0.5", "-01", "+1", "x0", "-0.1", "00", "-", "0"]
    text = "\n".join(cell or "" for cell in cells).encode()
    assert count_codes([pa.chunked_array([cells])]) == count_codes_in_text(text, 0, MARKS) == 4


def test_a_column_that_is_not_as_planned_is_amended() -> None:
    plan = [pa.int64(), pa.float64(), pa.string()]
    error = pa.ArrowInvalid("In CSV column #0: CSV conversion error to int64")
    assert amend_plan(plan, error) == [pa.float64(), pa.float64(), pa.string()]
    error = pa.ArrowInvalid("In CSV column #1: CSV conversion error to double")
    assert amend_plan(plan, error) == [pa.int64(), pa.string(), pa.string()]
    assert amend_plan(plan, pa.ArrowInvalid("CSV parse error")) is None


def test_numbers_beyond_what_a_float_holds_are_not_exact() -> None:
    assert are_exact([pa.chunked_array([[1, 2]]), pa.chunked_array([[0.5, None]])])
    assert not are_exact([pa.chunked_array([[10**17, None]])])
    assert not are_exact([pa.chunked_array([[float("inf")]])])
    assert not are_exact([pa.chunked_array([[1e15]])])
