"""What a file is that is no table, by how it begins."""

from core.errors import UnreadableFile

_TO_CSV = "Save the table as CSV or .xlsx, and load that."
_UNPACK = "Unpack it, and load the file with the table."
_OTHER_PROGRAM = "Open it in the program that wrote it, save the table as CSV, and load that."

_FOREIGN = (
    (b"\x89PNG", "a PNG image", _TO_CSV),
    (b"\xff\xd8\xff", "a JPEG image", _TO_CSV),
    (b"GIF8", "a GIF image", _TO_CSV),
    (b"%PDF", "a PDF document", _TO_CSV),
    (b"{\\rtf", "a Rich Text document", _TO_CSV),
    (b"\x7fELF", "a program", "Choose another file."),
    (b"MZ\x90", "a program", "Choose another file."),
    (b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"<!doctype html", "a web page", _TO_CSV),
    (b"<html", "a web page", _TO_CSV),
    (b"<?xml", "an XML document", "Open it in a spreadsheet program, save it as .xlsx or CSV."),
    (b"FEA1", "a Feather file of version 1", "Write it again with version 2, or as Parquet."),
    (
        b"$FL",
        "an SPSS file (.sav)",
        "Save it in SPSS or PSPP as CSV, or as Stata's .dta, and load that.",
    ),
    (
        bytes(12) + b"\xc2\xea\x81\x60",
        "a SAS file (.sas7bdat)",
        "Write it in SAS with PROC EXPORT as CSV, and load that.",
    ),
    (b"RDX", "a file of R objects", "Write the table in R with write.csv, and load that."),
    (b"\x89HDF", "an HDF5 file", _OTHER_PROGRAM),
    (b"CDF\x01", "a NetCDF file", _OTHER_PROGRAM),
    (b"\x93NUMPY", "a NumPy array", _OTHER_PROGRAM),
    (b"\x80\x04\x95", "a Python pickle, which can run code", "Write the table as Parquet or CSV."),
    (b"\x80\x05\x95", "a Python pickle, which can run code", "Write the table as Parquet or CSV."),
)
"""How files begin that are often met and are no tables, in small letters where they are text; what
they are; and what to do."""

_TAR = (b"ustar", 257)


def find_foreign(start: bytes) -> tuple[str, str] | None:
    """What the file is and what to do with it, by its first bytes; None when it may be a table.

    Examples
    --------
    >>> find_foreign(b"%PDF-1.7")[0]
    'a PDF document'
    >>> find_foreign(b"a,b")
    """
    mark, place = _TAR
    if start[place : place + len(mark)] == mark:
        return "a tar archive", _UNPACK
    text = start[:64].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for magic, what, hint in _FOREIGN:
        if start.startswith(magic) or text.startswith(magic.lower()):
            return what, hint
    return None


def refuse_foreign(content: bytes, filename: str) -> None:
    """Nothing, for content that may be a table.

    Raises
    ------
    UnreadableFile
        When it is something else; the message names the file and what it is.
    """
    found = find_foreign(content[:512])
    if found is not None:
        raise UnreadableFile(
            "The file must be a table as text, Excel, OpenDocument, Parquet, Arrow, ORC, JSON, SQLite or Stata. "
            f"{filename} is {found[0]}.",
            found[1],
        )
