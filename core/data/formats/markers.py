"""What people write where a value is missing, and when it means that."""

import pyarrow as pa
import pyarrow.compute as pc

from core.data.formats.casting import Cells, all_match, sample
from core.data.missing import CLEAR, MISSING, SYMBOLS, WORDS, Gaps, missing_texts

_WORD = r"[\p{L}\p{Nd}]"
_LONG_WORD = r"[\p{L}\p{Nd}]{2}"


def has_markers(cells: Cells, more: tuple[str, ...] = ()) -> bool:
    """Whether a trimmed cell is a marker that may count in a column of text, or one of these words."""
    return bool(pc.any(_is_in(cells, (MISSING | CLEAR | SYMBOLS).union(more))).as_py())


def null_missing(cells: Cells, more: tuple[str, ...] = (), keeps_words: bool = False) -> Cells:
    """`(n_rows,)` trimmed cells, null where they are one of `MISSING` or of these words.

    Parameters
    ----------
    keeps_words
        Whether only the empty text of `MISSING` counts.

    Examples
    --------
    >>> null_missing(pa.array(["NA", "a", "-9"]), ("-9",)).to_pylist()
    [None, 'a', None]
    """
    return _null(cells, missing_texts("empty" if keeps_words else "always", more))


def null_weak(cells: Cells) -> Cells:
    """`(n_rows,)` trimmed cells, null where they are any marker: for columns whose other values are no words.

    Examples
    --------
    >>> null_weak(pa.array(["?", "1.5", "Missing"])).to_pylist()
    [None, '1.5', None]
    """
    cells = null_symbols(cells)
    return _set_null(cells, _is_in(pc.utf8_lower(cells), WORDS))


def null_symbols(cells: Cells) -> Cells:
    """`(n_rows,)` trimmed cells, null where they are a bare symbol or an error of a spreadsheet.

    Examples
    --------
    >>> null_symbols(pa.array(["?", "true", "unknown"])).to_pylist()
    [None, 'true', 'unknown']
    """
    return _null(cells, CLEAR | SYMBOLS)


def clear_gaps(cells: Cells) -> Gaps:
    """Which markers are missing values among the trimmed cells of a text column.

    Among `yes` and `no` a `-` is one; beside `+` it is a level, and so it is among `a` and `b`.

    Examples
    --------
    >>> clear_gaps(pa.array(["yes", "no", "-", "?"])), clear_gaps(pa.array(["+", "-"]))
    ('symbols', 'always')
    """
    is_marker = _is_in(cells, CLEAR | SYMBOLS)
    is_marked = pc.any(is_marker).as_py()
    # Where there are no markers, some cells show what later ones would be.
    others = pc.unique(cells.filter(pc.invert(is_marker)) if is_marked else sample(cells))
    others = others.drop_null()
    if not len(others) or not all_match(others, _WORD):
        return "always"
    if all_match(others, _LONG_WORD):
        return "symbols"
    # `-` among single letters may be one of them, and then `--` may be, too.
    return "always" if pc.any(_is_in(cells, SYMBOLS)).as_py() else "clear"


def null_gaps(cells: Cells, gaps: Gaps) -> Cells:
    """`(n_rows,)` trimmed cells, null where they are a marker of these but for those of `MISSING` and `WORDS`.

    Examples
    --------
    >>> null_gaps(pa.array(["yes", "-", "?"]), "clear").to_pylist()
    ['yes', '-', None]
    """
    return cells if gaps in ("empty", "always") else _null(cells, missing_texts(gaps) - MISSING)


def count_words(cells: Cells) -> dict[str, int]:
    """How many trimmed cells are one of the words of `MISSING`, by the word.

    Examples
    --------
    >>> count_words(pa.array(["None", "a", "NA", "None", ""]))
    {'None': 2, 'NA': 1}
    """
    found = pc.value_counts(cells.filter(_is_in(cells, MISSING - {""}))).to_pylist()
    return {entry["values"]: entry["counts"] for entry in found}


def _null(cells: Cells, words: frozenset[str]) -> Cells:
    return _set_null(cells, _is_in(cells, words))


def _is_in(cells: Cells, words: frozenset[str]) -> Cells:
    return pc.is_in(cells, value_set=pa.array(sorted(words), cells.type))


def _set_null(cells: Cells, places: Cells) -> Cells:
    if not pc.any(places).as_py():
        return cells
    return pc.if_else(places, pa.scalar(None, cells.type), cells)
