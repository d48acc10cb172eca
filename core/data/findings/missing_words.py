"""Words such as None and NA that count as missing, and could be values."""

import re
from collections.abc import Iterator, Mapping

from core.data.dataset import Column, Finding
from core.data.findings.base import Subject, show_rows

_CODE = re.compile(r"[A-Z]{2}")

MIN_SHARE = 0.8
"""From this share of levels on that are two capital letters, NA may be one of them: Namibia, North America."""


class MissingWords:
    """A column of words has cells that say None, or NA among codes of two letters, which were taken as missing."""

    code = "missing-words"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column that is not the target, of which `MissingTarget` tells."""
        for column in subject.texts:
            words = {w: n for w, n in column.style.kept_out.items() if _may_be_value(w, column)}
            if words and column is not subject.target_column:
                said = count_words(words)
                yield Finding(
                    self.code,
                    "info",
                    f"{column.name!r} says {said}: this counts as missing.",
                    f"If {' or '.join(words)} is one of its values, keep it as text.",
                    column.name,
                    ("keep",),
                )


def _may_be_value(word: str, column: Column) -> bool:
    if word == "None":
        return True
    are_codes = sum(_CODE.fullmatch(level) is not None for level in column.levels)
    return word == "NA" and are_codes > MIN_SHARE * len(column.levels)


def count_words(words: Mapping[str, int]) -> str:
    """How many rows say which word.

    Examples
    --------
    >>> count_words({"None": 61, "NA": 1})
    "'None' in 61 rows and 'NA' in 1 row"
    """
    return " and ".join(f"{word!r} in {show_rows(rows)}" for word, rows in words.items())
