"""What stands below a table: notes and totals."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.data.formats.looks import kind_of

_TOTAL = re.compile(
    r"(grand\s+|sub)?totals?\b|totale?s?\b|totaal\b|totalt\b|gesamt|insgesamt|summe\b|sum\b|suma\b|razem\b|ogółem"
    r"|итого|всего|合计|合計|总计|總計|总和|összesen|celkem|yhteensä|toplam",
    re.IGNORECASE,
)

_SOURCE = re.compile(
    r"(sources?|notes?|quellen?|anmerkung|hinweis|fonte|fuente|nota|bron|zdroj|źródło|源|来源|资料来源|資料)\s*[:：]",
    re.IGNORECASE,
)

_NOTE = re.compile(
    r"(source|note|quelle|anmerkung|hinweis|fonte|fuente|nota|bron|stand|created|generated|exported|printed|end of|copyright|©"
    r"|data |last updated|filename|rows? |\(\d+ rows|\d+ rows|\*|¹|²|\(\d\)|\[\d\]|注|资料来源|資料)",
    re.IGNORECASE,
)


def is_footer(fields: Sequence[str], holds: Sequence[str]) -> bool:
    """Whether the last row of a text is a note or a total, and no row of values.

    Parameters
    ----------
    holds
        What each column holds (see `Layout`).

    Examples
    --------
    >>> is_footer(["Source: the office", "", ""], ["", "number", "number"])
    True
    >>> is_footer(["Total", "12", "30"], ["", "number", "number"])
    True
    >>> is_footer(["2024-01-31", "", ""], ["time", "number", "number"])
    False
    """
    filled = [(place, text.strip()) for place, text in enumerate(fields) if text.strip()]
    if not filled or len(holds) < 2:
        return False
    if _TOTAL.match(filled[0][1]) and len(filled[0][1]) < 40 and filled[0][0] < 3:
        return any(holds)
    if _SOURCE.match(filled[0][1]):
        return True
    agrees = any(holds[place] and kind_of(text) == holds[place] for place, text in filled)
    if agrees or len(filled) > max(1, len(holds) // 4):
        return False
    clashes = any(holds[place] and kind_of(text) == "text" for place, text in filled)
    return clashes or len(filled[0][1]) > 40 or bool(_NOTE.match(filled[0][1]))
