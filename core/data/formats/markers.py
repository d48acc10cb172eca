"""What people write where a value is missing, and when it means that."""

import pyarrow as pa
import pyarrow.compute as pc

from core.data.formats.casting import Cells, all_match

MISSING = frozenset(
    ["", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"]
    + ["<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"]
)
"""The texts that mean a missing value in every column, as in `pandas.read_csv`."""

CLEAR = frozenset(
    ["?", "??", "--", "---", "----", "—", "——", "\\N", "<null>", "(null)", "<NULL>", "(NULL)"]
    + ["#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "#NV", "#N/D"]
)
"""Missing in a column of words, too: no one names a level so, unless other levels are bare symbols."""

SYMBOLS = frozenset(["-", "–", "−", ".", "..", "...", "…", ":", "*", "/", "_"])
"""Missing in a column whose other values are all longer than one letter or digit."""

WORDS = frozenset(
    ["missing", "unknown", "none", "nil", "na", "n.a.", "n.a", "n. a.", "n/d", "nd", "n.d.", "n.d"]
    + ["not available", "not applicable", "no data", "nodata", "(blank)", "blank", "undefined"]
    + ["k.a.", "k. a.", "k.a", "keine angabe", "keine angaben", "unbekannt", "fehlt", "s/d", "s.d."]
    + ["sin datos", "non disponible", "inconnu", "n.c.", "nc", "b.d.", "brak", "brak danych"]
    + ["нет данных", "н/д", "н.д.", "不明", "无", "なし"]
)
"""In small letters: missing among numbers and dates; beside words, and true and false, they are levels."""

_WORD = r"[\p{L}\p{Nd}]"
_LONG_WORD = r"[\p{L}\p{Nd}]{2}"


def has_markers(cells: Cells, more: tuple[str, ...] = ()) -> bool:
    """Whether a trimmed cell is a marker that may count in a column of text, or one of these words."""
    return bool(pc.any(_is_in(cells, (MISSING | CLEAR | SYMBOLS).union(more))).as_py())


def are_markers(cells: Cells, more: tuple[str, ...] = ()) -> Cells:
    """`(n_rows,)` whether a cell is empty, or any marker of a missing value, or one of these words.

    Examples
    --------
    >>> are_markers(pa.array([None, " ", "Unknown", "a"])).to_pylist()
    [True, True, True, False]
    """
    trimmed = pc.fill_null(pc.utf8_trim_whitespace(cells), "")
    strong = _is_in(trimmed, (MISSING | CLEAR | SYMBOLS).union(more))
    return pc.or_(strong, _is_in(pc.utf8_lower(trimmed), WORDS))


def null_missing(cells: Cells, more: tuple[str, ...] = ()) -> Cells:
    """`(n_rows,)` trimmed cells, null where they are one of `MISSING` or of these words.

    Examples
    --------
    >>> null_missing(pa.array(["NA", "a", "-9"]), ("-9",)).to_pylist()
    [None, 'a', None]
    """
    return _null(cells, MISSING.union(more))


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


def null_clear(cells: Cells) -> Cells:
    """`(n_rows,)` trimmed cells of a text column, null where a bare symbol can only be a marker.

    Among `yes` and `no` a `-` is one; beside `+` it is a level, and so it is among `a` and `b`.

    Examples
    --------
    >>> null_clear(pa.array(["yes", "no", "-", "?"])).to_pylist()
    ['yes', 'no', None, None]
    >>> null_clear(pa.array(["+", "-"])).to_pylist()
    ['+', '-']
    """
    is_marker = _is_in(cells, CLEAR | SYMBOLS)
    if not pc.any(is_marker).as_py():
        return cells
    others = pc.unique(cells.filter(pc.invert(is_marker)).drop_null())
    is_symbol = _is_in(cells, SYMBOLS)
    if not len(others) or not all_match(others, _WORD):
        return cells
    if not all_match(others, _LONG_WORD):
        # `-` among single letters may be one of them, and then `--` may be, too.
        if pc.any(is_symbol).as_py():
            return cells
        is_marker = _is_in(cells, CLEAR)
    return _set_null(cells, is_marker)


def is_marker(text: str) -> bool:
    """Whether a text alone is any marker of a missing value.

    Examples
    --------
    >>> is_marker("--"), is_marker("12")
    (True, False)
    """
    text = text.strip()
    return text in MISSING or text in CLEAR or text in SYMBOLS or text.lower() in WORDS


def _null(cells: Cells, words: frozenset[str]) -> Cells:
    return _set_null(cells, _is_in(cells, words))


def _is_in(cells: Cells, words: frozenset[str]) -> Cells:
    return pc.is_in(cells, value_set=pa.array(sorted(words), cells.type))


def _set_null(cells: Cells, places: Cells) -> Cells:
    if not pc.any(places).as_py():
        return cells
    return pc.if_else(places, pa.scalar(None, cells.type), cells)
