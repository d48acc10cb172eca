import io

import pytest
from openpyxl import Workbook

from core.data.dataset import DatasetInfo
from core.data.store import DatasetStore
from core.recipe import ReadOptions


@pytest.fixture
def store(tmp_path) -> DatasetStore:
    return DatasetStore(tmp_path, 2**20)


def found_in(info: DatasetInfo) -> list:
    return [finding for finding in info.findings if finding.code == "ambiguous-numbers"]


MEASURED = "n;width;height\n" + "".join(f"{n};{n + 1}.2{n}0;{n + 2}.{n}07\n" for n in range(8))
DRIVEN = "km;age\n12.500;3\n950;1\n3.040;2\n431;1\n"


def test_points_kept_as_decimals_are_asked_about(store) -> None:
    (finding,) = found_in(store.add(MEASURED.encode(), "t.csv"))
    assert finding.severity == "warning"
    assert "'width', 'height' hold numbers such as 1.200" in finding.message
    assert "can be 1200 or 1.2. 1.200 was read as 1.2." in finding.message
    assert finding.actions == ("decimal-comma",)


def test_points_taken_for_thousands_are_told(store) -> None:
    (finding,) = found_in(store.add(DRIVEN.encode(), "t.csv"))
    assert (finding.severity, finding.column) == ("info", "km")
    assert "12.500 was read as 12500" in finding.message
    assert finding.actions == ("decimal-point",)


def test_commas_that_stay_text_are_asked_about(store) -> None:
    info = store.add(b"width;n\n1,234;1\n2,500;2\n3,875;1\n", "t.csv")
    (finding,) = found_in(info)
    assert "was read as text" in finding.message
    assert set(finding.actions) == {"decimal-comma", "decimal-point"}


def test_text_in_a_workbook_is_asked_about(store) -> None:
    book = Workbook()
    for row in [("width", "n"), ("1.234", 1), ("2.500", 2), ("3.875", 3)]:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    (finding,) = found_in(store.add(content.getvalue(), "t.xlsx"))
    assert finding.column == "width"


def test_nothing_is_asked_once_it_is_said_but_a_corrected_kind_says_nothing(store) -> None:
    info = store.add(MEASURED.encode(), "t.csv")
    assert found_in(store.with_kinds(info.id, {"n": "category"})) == found_in(info)
    chosen = store.reread(info.id, ReadOptions(decimal=","))
    assert found_in(chosen) == []
    assert store.load(chosen.id).frame["width"].tolist()[0] == 1200


@pytest.mark.parametrize(
    "text", ["a;b\n0.123;1\n1.500;2\n", "a,b\n1.234,1\n1.500,2\n", "a;b\n1;2\n"]
)
def test_numbers_that_are_sure_are_no_finding(store, text) -> None:
    assert found_in(store.add(text.encode(), "t.csv")) == []
