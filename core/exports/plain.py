"""Functions that the generated script carries along, as they stand: pandas and numpy only.

Those written here give a file's columns the types that the model was trained on.
"""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd

from core.training.balance import even_classes as even_classes  # carried along, too


def as_number(column: pd.Series) -> pd.Series:
    """Numbers; what is none becomes missing."""
    numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def decimal_point(column: pd.Series) -> pd.Series:
    """Numbers such as 1.234,5 as 1234.5; a column without a comma stays."""
    if not column.str.contains(",", regex=False).any():
        return column
    return column.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)


def as_category(column: pd.Series) -> pd.Series:
    """Text; a whole number that was read as 3.0 becomes 3."""

    def as_text(value: object) -> str:
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value)

    return column.map(as_text, na_action="ignore").astype("str").str.strip()


def category_from_text(column: pd.Series) -> pd.Series:
    """Text; where all of it is numbers or true and false, as Python writes them: 3.0 as 3."""
    column = column.str.strip()
    values = column.dropna()
    if values.str.fullmatch("True|TRUE|true|False|FALSE|false").all():
        return column.str.capitalize()
    number = r"[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf|Inf|INF|Infinity|infinity)"
    is_code = values.str.match(r"[+-]?0\d") | values.str.fullmatch(r"[+-]?\d{16,}")
    if is_code.any() or not values.str.fullmatch(number).all():
        return column
    return as_category(column.map(float, na_action="ignore"))


def as_boolean(column: pd.Series) -> pd.Series:
    """True and False; what is neither becomes missing."""
    true = (
        "true yes y t 1 1.0 on x ✓ ✔ wahr ja j vrai oui o verdadero verdadeiro "
        "sí si s sì vero sim tak да так ano kyllä igen evet ναι نعم 是 真 はい 예 네"
    )
    false = (
        "false no n f 0 0.0 off ✗ ✘ falsch nein faux non falso não nao nie нет ні "
        "ne nee nej nei ei nem hayır hayir όχι لا 否 假 いいえ 아니요 아니오"
    )
    words = dict.fromkeys(true.split(), True) | dict.fromkeys(false.split(), False)
    truths = column.map(lambda v: words.get(str(v).strip().lower()), na_action="ignore")
    return truths.where(truths.notna(), np.nan)  # None where it is neither


def as_date(column: pd.Series) -> pd.Series:
    """Moments in UTC from 1678 to 2261; numeric dates have the day first unless that cannot be."""
    if not pd.api.types.is_datetime64_any_dtype(column):
        text = column.astype("str").str.strip()
        text = text.mask(text.str.match(r"\d+:"))  # a time alone would be one of today
        year_first = text.str.match(r"\d{4}[-/.]").fillna(False).astype(bool)
        second = pd.to_numeric(text.str.extract(r"^\d{1,2}[-/.](\d{1,2})[-/.]")[0])
        column = pd.to_datetime(
            text.where(year_first), format="mixed", errors="coerce", utc=True
        ).fillna(
            pd.to_datetime(
                text.mask(year_first),
                format="mixed",
                dayfirst=not second.between(13, 31).any(),
                errors="coerce",
                utc=True,
            )
        )
    if column.dt.tz is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return column.where((column >= "1678") & (column < "2262")).astype("datetime64[ns]")


def text_without(
    skipped: list[int], path: Path, encoding: str, delimiter: str, quote: str
) -> io.StringIO:
    """The file's text without the rows that begin on these lines, counted from 1."""
    with path.open(encoding=encoding, newline="") as file:
        lines = list(file)
    kept, begin = [], 0
    rows = csv.reader(lines, delimiter=delimiter, quotechar=quote, skipinitialspace=True)
    for _ in rows:
        if begin + 1 not in skipped:
            kept += lines[begin : rows.line_num]
        begin = rows.line_num
    return io.StringIO("".join(kept))


def read_json_table(path: Path, encoding: str) -> pd.DataFrame:
    """A list of records, one record a line, or {"columns": [...], "data": [...]}."""
    text = path.read_text(encoding)
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = [json.loads(line) for line in text.split("\n") if line.strip()]
    if isinstance(value, dict) and "data" in value:
        return pd.DataFrame(value["data"], columns=value["columns"], dtype=object)
    return pd.DataFrame(value if isinstance(value, list) else [value], dtype=object)
