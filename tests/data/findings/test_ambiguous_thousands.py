import io

import pandas as pd
import pytest

from core.data.reading import read_table
from core.data.store import DatasetStore


def table(delimiter: str, **columns: list[str]) -> bytes:
    text = io.StringIO()
    frame = pd.DataFrame(columns).assign(colour=["red", "blue", "red"] * 2)
    frame.to_csv(text, sep=delimiter, index=False)
    return text.getvalue().encode()


KM = ["153.000", "950", "12.000", "500", "45.000", "800"]
PRICE = ["32.670", "18.810", "33.665", "22.770", "51.480", "42.571"]
THOUSANDS = [
    {"km": KM},
    {"km": KM, "preis": PRICE},
    {"hab": ["1.250.300", "45.120", "87", "512", "3.400", "999"]},
    {"import": ["12.500 €", "900 €", "1.200 €", "45 €", "3.150 €", "7 €"]},
    {
        "saldo": ["-1.500", "900", "2.250", "-45", "3.100", "12"],
        "n": ["1", "2", "3", "4", "5", "6"],
    },
    {"visite": ["2.010", "998", "5.000", "0", "1.230", "44"]},
]
DECIMALS = [
    {"weight": ["1.125", "2", "3.875", "1.5", "2.25", "4"]},
    {"weight": ["1.234", "2.500", "3.000", "0.750", "1.100", "2.020"]},
    {"share": ["0.125", "0.250", "0.5", "1", "0.875", "0"]},
    {"temp": ["36.6", "37.125", "38", "36.9", "37", "39.5"]},
    {"ratio": ["1.5", "2.250", "3", "4.125", "5", "6"]},
]
OPEN = [
    {"preis": PRICE},
    {"eighths": ["1.125", "2", "3.875", "4.375", "5", "6.625"]},
    {"volume": ["1.234", "2.500", "3.000", "1.750", "1.100", "2.020"]},
]


def load(tmp_path, columns, delimiter):
    store = DatasetStore(tmp_path, 2**20)
    return store.load(store.add(table(delimiter, **columns), "t.csv").id)


def found(dataset) -> list[str]:
    return [f.column for f in dataset.info.findings if f.code == "ambiguous-thousands"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("columns", THOUSANDS)
def test_points_between_thousands_are_told_by_numbers_without(tmp_path, columns, delimiter) -> None:
    dataset = load(tmp_path, columns, delimiter)
    assert found(dataset) == []
    for name, cells in columns.items():
        bare = [float(cell.replace(".", "").replace("€", "")) for cell in cells]
        assert dataset.frame[name].tolist() == bare


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
@pytest.mark.parametrize("columns", DECIMALS)
def test_fractions_stay_fractions(tmp_path, columns, delimiter) -> None:
    dataset = load(tmp_path, columns, delimiter)
    assert found(dataset) == []
    for name, cells in columns.items():
        assert dataset.frame[name].tolist() == [float(cell) for cell in cells]


@pytest.mark.parametrize("columns", OPEN)
def test_what_could_be_both_is_asked(tmp_path, columns) -> None:
    dataset = load(tmp_path, columns, ";")
    (name,) = columns
    assert found(dataset) == [name]
    assert dataset.frame[name].tolist() == [float(cell) for cell in columns[name]]
    (finding,) = (f for f in dataset.info.findings if f.code == "ambiguous-thousands")
    assert finding.actions == ("thousands",)
    # Among values with commas between them, points are what programs write.
    assert found(load(tmp_path / "commas", columns, ",")) == []


def test_of_a_large_table_too() -> None:
    lines = "".join(f"{n % 900 + 1}.{n % 1000:03};{n}\n" for n in range(400_000))
    styles = read_table(f"a;n\n{lines}".encode(), "t.csv").styles
    assert styles["a"].may_be_thousands
