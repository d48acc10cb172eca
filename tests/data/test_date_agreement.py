"""One text alone is read as it is in a column."""

import pandas as pd
import pytest

from core.data.cell_style import CellStyle
from core.data.kinds import KINDS
from core.data.kinds.date import reads_day_first
from core.errors import PredictionError
from core.serving.contract.field import Field
from core.serving.contract.kinds import make_reader

DAYS = [
    "2024-01-31",
    "31/01/2024",
    "01/31/2024",
    "31.1.2024",
    "1-2-2024",
    "03/04/24",
    "3. 4. 2024",
    "2024/1/5",
    "2024.01.05",
]
TIMES = [
    "",
    "T10:05",
    " 10:05:07",
    " 3:05 PM",
    "T10:05:07.25",
    "T10:05:07Z",
    " 10:05:07+02:00",
    " at 3:05 pm",
    " 25:00",
    " 10",
]
OTHERS = [
    "31 Jan 2024", "Jan 31, 2024", "1 März 2020", "2024-Jan-05", "May 2021", "2021 May", "Fri, 31 May 2024", "1st May 2021",
    "20240131", "20240231", "2024-02-30", "2024-13-01", "2024-01", "01/2024", "0000-00-00", "9999-12-31", "0001-01-01",
    "31.12.9999", "1650-03-04", "2562-01-01", "soon", "12", "2024", "2024-01-31T10", "2024-W05-3", "12:30", "1/2", "٣٠/٠١/٢٠٢٤",
    " 2024-01-31 ", "2024-01-31T10:05:07.123456789", "0001-01-01T00:00:00+05:00", "31-Jan-24", "1900-01-00",
]  # fmt: skip


@pytest.mark.parametrize("day_first", [None, True, False])
@pytest.mark.parametrize("text", [*(day + time for day in DAYS for time in TIMES), *OTHERS])
def test_a_text_is_read_alone_as_in_a_column(text, day_first):
    column = pd.Series([text])
    (value,) = KINDS["date"].coerce(column, day_first)
    style = CellStyle(day_first=reads_day_first(column, day_first))
    try:
        decoded = make_reader(Field("day", "date", style=style)).decode(text).value
    except PredictionError:
        decoded = None
    assert (None if pd.isna(value) else value.to_pydatetime(warn=False)) == decoded
