"""How a file's bytes become a table."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class ReadOptions(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a file's bytes become a table. `None` = to be detected, or not applicable to this format.

    Attributes
    ----------
    format
        An entry of `core.data.formats.FORMATS`; empty = to be detected.
    member
        Which file of a zip archive.
    encoding
        Of text, by its Python name.
    delimiter
        What stands between two values: one or several characters; one space = runs of spaces.
    quote, escape
        What wraps a value that holds a delimiter, and what makes the next character plain text;
        empty = none.
    comment
        How lines begin that are remarks and no rows; empty = none.
    skip_lines, skip_footer
        How many lines stand above the names, and how many lines that are not blank below the rows.
    header
        How many lines name the columns, one below the other; 0 (or false) = none.
    decimal, thousands
        The marks in numbers where the cells themselves leave it open; thousands empty = none.
    day_first
        Whether 03/04/2024 is the third of April.
    missing
        Words for a missing value, beside those that always are.
    keep_text
        Names of columns in which words such as None and NA are text, and not missing values.
    sheet
        Of a workbook, or the table of a database.
    """

    format: str = "csv"
    member: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    escape: str | None = None
    comment: str | None = None
    skip_lines: Annotated[int, Meta(ge=0)] | None = None
    skip_footer: Annotated[int, Meta(ge=0)] | None = None
    header: Annotated[int, Meta(ge=0, le=9)] | bool | None = None
    decimal: Literal[".", ","] | None = None
    thousands: str | None = None
    day_first: bool | None = None
    missing: tuple[str, ...] = ()
    keep_text: tuple[str, ...] = ()
    sheet: str | None = None
