import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.data.formats.cells import ValueStyle, read_cells

NBSP, NARROW, THIN, MINUS = "\u00a0", "\u202f", "\u2009", "\u2212"


@pytest.mark.parametrize(
    ("cells", "expected", "unit"),
    [
        (["1,234,567", "12"], [1234567, 12], ""),
        (["1.234.567,89", "2"], [1234567.89, 2], ""),
        (["1 234 567", "12"], [1234567, 12], ""),
        ([f"1{NBSP}234,5", "12"], [1234.5, 12], ""),
        ([f"1{NARROW}234{NARROW}567.5", f"1{THIN}000"], [1234567.5, 1000], ""),
        (["1'234.50", "1’000"], [1234.5, 1000], ""),
        (["12,34,567", "1,000"], [1234567, 1000], ""),
        (["1,5", "2"], [1.5, 2], ""),
        (["0,123", "1,234"], [0.123, 1.234], ""),
        (["1,234", "0.5"], [1234, 0.5], ""),
        (["1,5E+03", "2,0E-01"], [1500, 0.2], ""),
        (["$1,234.50", "($3)"], [1234.5, -3], "$"),
        (["-$5", "$-6", "$7"], [-5, -6, 7], "$"),
        (["$1,234", "$5"], [1234, 5], "$"),
        (["12,50 €", "-3,00 €"], [12.5, -3], "€"),
        (["€ 1.234,50", "€ 5"], [1234.5, 5], "€"),
        (["CHF 12.50", "CHF 3"], [12.5, 3], "CHF"),
        (["R$ 5,50", "R$ 1.000,00"], [5.5, 1000], "R$"),
        (["5 kr", "1 234 kr"], [5, 1234], "kr"),
        (["10 zł", "12,50 zł"], [10, 12.5], "zł"),
        (["$5 USD", "$6 USD"], [5, 6], "$"),
        (["₹ 1,00,000", "₹ 50"], [100000, 50], "₹"),
        (["12 %", "5%"], [12, 5], "%"),
        (["12 km", "5 km", None], [12, 5, np.nan], "km"),
        (["5.3 mg/L", "7 mg/L"], [5.3, 7], "mg/L"),
        (["72bpm", "80 bpm"], [72, 80], "bpm"),
        (["20°C", f"{MINUS}3°C"], [20, -3], "°C"),
        (["5 m²", "6 m²"], [5, 6], "m²"),
        (["1 day", "2 days"], [1, 2], "days"),
        (["12-", "3"], [-12, 3], ""),
        ([f"{MINUS}5", "–3"], [-5, -3], ""),
        (["(1.50)", "2"], [-1.5, 2], ""),
        (["+5", ".5", "5."], [5, 0.5, 5], ""),
    ],
)
def test_numbers_are_read_as_people_write_them(cells, expected, unit) -> None:
    typed = read_cells(pa.array(cells))
    np.testing.assert_equal(typed.values.tolist(), expected)
    assert typed.unit == unit


@pytest.mark.parametrize(
    "cells",
    [
        ["1,234", "5,678"],
        ["1.5", "2,5"],
        ["$1", "€2"],
        ["12%", "5"],
        ["12 km", "5 mi"],
        ["12 km", "5 kg"],
        ["007", "12"],
        ["€ 05", "€ 12"],
        ["+4930123456", "+4930123457"],
        ["+49 30 123456", "+49 30 3333"],
        ["612 345 678", "612 345 679"],
        ["555-1234", "555-5678"],
        ["1234 5678 9012 3456", "1234 5678 9012 3457"],
        ["12345678901234567890", "1"],
        ["1e400", "1"],
        ["12A", "13A"],
        ["5 A", "7 A"],
        ["5th", "6th"],
        ["3 PM", "4 PM"],
        ["12 Jan", "13 Jan"],
        ["12:30", "13:00"],
        ["10-20", "3-4"],
        ["1/2", "3/4"],
        ["0x1F", "0x2F"],
        ["3E10", "3F10"],
        ["1.2.3", "1.3.4"],
        ["192.168.0.1", "10.0.0.1"],
        ["192.168.100.100", "192.168.100.101"],
        ["(1)", "(2)"],
        ["1-", "2+"],
        ["--5", "3"],
        ["(-5)", "3"],
        ["1_000", "2"],
        ["1,23,4", "2"],
        ["12,3456,789", "1"],
        ["<5", "6"],
        ["٣", "٤"],
        ["½", "1"],
    ],
)
def test_codes_and_what_could_be_two_numbers_stay_text(cells: list[str]) -> None:
    typed = read_cells(pa.array(cells))
    assert typed.values.tolist() == cells
    assert typed.unit == ""


def test_the_table_tells_thousands_from_decimals() -> None:
    cells = pa.array(["1,234", "5,678"])
    assert read_cells(cells, ValueStyle(".")).values.tolist() == [1234, 5678]
    assert read_cells(cells, ValueStyle(",")).values.tolist() == [1.234, 5.678]
    assert read_cells(cells, ValueStyle(thousands=",")).values.tolist() == [1234, 5678]
    assert read_cells(cells, ValueStyle(thousands="")).values.tolist() == [1.234, 5.678]


def test_one_cell_that_is_no_number_keeps_all() -> None:
    cells = [f"${n}" for n in range(2000)]
    cells[1777] = "call us"
    assert read_cells(pa.array(cells)).values.tolist() == cells
    cells[1777] = "€5"
    assert read_cells(pa.array(cells)).values.tolist() == cells


STYLES = [
    ("{:,.2f}", "", ""),
    ("{:,.2f}", "$", ""),
    ("{:,.2f}", "", " %"),
    ("{:,.3f}", "", " km"),
    ("{:.4f}", "€ ", ""),
    ("{:,.2f}", "", " USD"),
]


@pytest.mark.parametrize(("form", "lead", "trail"), STYLES)
@pytest.mark.parametrize("marks", [".,", ",.", ", ", ".'", f",{NBSP}", f".{NARROW}"])
@settings(max_examples=20, deadline=None)
@given(numbers=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30))
def test_what_is_written_in_a_style_is_read_back(form, lead, trail, marks, numbers) -> None:
    values = [number / 100 for number in numbers]
    decimal, thousands = marks
    table = str.maketrans({".": decimal, ",": thousands})
    cells = []
    for value in values:
        sign = "-" if value < 0 else ""
        cells.append(f"{sign}{lead}{form.format(abs(value)).translate(table)}{trail}")
    typed = read_cells(pa.array(cells), ValueStyle(decimal, thousands))
    assert [float(value) for value in typed.values] == values
    assert typed.unit == (lead or trail).strip()
