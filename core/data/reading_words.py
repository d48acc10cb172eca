"""How a file was read, in words."""

from __future__ import annotations

from core.data.dataset import DatasetInfo
from core.data.formats.registry import FORMATS

DELIMITERS = {
    ",": "comma",
    ";": "semicolon",
    "\t": "tab",
    "|": "bar",
    " ": "spaces",
    ":": "colon",
}
"""The usual ones by what a person calls them."""

ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "ascii": "ASCII"}


def describe_reading(info: DatasetInfo) -> str:
    """How a data set was read, as one sentence without a full stop.

    Examples
    --------
    >>> from core.recipe import ReadOptions
    >>> read = ReadOptions(delimiter=";", encoding="cp1252", skip_lines=8, header=1, decimal=",")
    >>> describe_reading(DatasetInfo("0", "0", "t", "t.csv", "", 3, 9, read, ()))
    'Semicolon-separated, cp1252, names in line 9, 8 lines above left out, decimal comma'
    """
    read = info.read
    title = FORMATS[read.format].title if read.format in FORMATS else read.format
    parts = [_delimited(read.delimiter) if read.delimiter else title]
    parts += [f"file {read.member}"] if read.member else []
    parts += [f"table {read.sheet}"] if read.sheet else []
    if read.encoding and read.format == "csv":
        parts.append(ENCODINGS.get(read.encoding, read.encoding))
    if read.header is not None and read.format in ("csv", "excel"):
        parts.append(_names(int(read.header), (read.skip_lines or 0) + 1))
    if left_out := _left_out(read.skip_lines or 0, read.skip_footer or 0):
        parts.append(left_out)
    parts += [f"comments begin with {read.comment}"] if read.comment else []
    parts += ["decimal comma"] if read.decimal == "," else []
    parts += ["points between thousands"] if read.thousands == "." else []
    if read.day_first is not None and any(column.kind == "date" for column in info.columns):
        parts.append("day before month" if read.day_first else "month before day")
    if read.missing:
        parts.append(f"{', '.join(read.missing)} = no value")
    if read.keep_text:
        parts.append(f"None and NA are text in {', '.join(read.keep_text)}")
    return ", ".join(parts)


def _delimited(delimiter: str) -> str:
    name = DELIMITERS.get(delimiter)
    if name is None:
        return f"Separated by {delimiter!r}"
    return f"{name.capitalize()}-separated" if name != "spaces" else "Aligned by spaces"


def _names(lines: int, first: int) -> str:
    if not lines:
        return "no names in the file"
    if lines == 1:
        return f"names in line {first}"
    return f"names in lines {first} to {first + lines - 1}"


def _left_out(above: int, below: int) -> str:
    places = [(above, "above"), (below, "below")]
    told = [f"{count} {{}}{where}" for count, where in places if count]
    if not told:
        return ""
    count = above or below
    told[0] = told[0].format("line " if count == 1 else "lines ")
    return " and ".join(part.format("") for part in told) + " left out"
