"""Text that should have been numbers or dates."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_value

MIN_SHARE = 0.8
"""From this share of numbers on, the rest is odd. Titanic's tickets have 0.74 and are codes."""

_NUMBER = (
    r"\s*[+-]?[$€£¥]?\s?(?:\d{1,3}(?:[,.' ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d*)?|[.,]\d+)"
    r"(?:[eE][+-]?\d+)?\s?[%$€£¥]?\s*"
)
_DATE = (
    r"\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    r"|\d{1,2}[ .-]{1,2}[A-Za-z]{3,9}[ .-]{1,2}\d{2,4})(?:[T ].*)?\s*"
)
_KINDS = (("numbers", "number", _NUMBER), ("dates", "date", _DATE))
_CODE = r"0\d+|\d{3,}"
"""Numbers that may be codes: with a zero in front, or when all of them are of one length."""

_FIRST_LOOK = 1000
SHOWN = 3


class MixedTypes:
    """A text column holds numbers, or dates, but for a few values."""

    code = "mixed-types"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each text column that would be a number or a date without a few odd values."""
        for column in subject.texts:
            if subject.raw is None or subject.raw[column.name].dtype.kind not in "OU":
                continue  # a person made text of what was read as numbers
            for plural, singular, pattern in _KINDS:
                if not _are_mostly(subject.sample[column.name].dropna(), pattern):
                    continue
                values = subject.frame[column.name].dropna()
                odd = values[~values.str.fullmatch(pattern)]
                if len(odd):
                    yield self._explain(column.name, odd, len(values), plural, singular)
                break

    def _explain(
        self, name: str, odd: pd.Series, count: int, plural: str, singular: str
    ) -> Finding:
        shown = odd.drop_duplicates().iloc[:SHOWN]
        examples = ", ".join(
            f"{show_value(value)} (row {place + 1:,})"
            for place, value in zip(shown.index.to_numpy(), shown, strict=True)
        )
        is_word = odd.nunique() == 1
        return Finding(
            self.code,
            "warning",
            f"{name!r} is text although {count - len(odd):,} of its {count:,} values are {plural}. "
            f"{'The other is' if len(odd) == 1 else f'The other {len(odd):,} are'} not: {examples}.",
            (
                "If this word says that there is no value, name it as missing under how the file is read: "
                if is_word
                else "Correct them in the file, or name those that say that there is no value as missing: "
            )
            + f"the column is then read as {plural}. As text, every {singular} is a category of its own.",
            name,
            ("ignore",),
        )


def _are_mostly(values: pd.Series, pattern: str) -> bool:
    """Whether nearly all of these texts match, and are no codes of digits."""
    step = max(1, len(values) // _FIRST_LOOK)
    if values.empty or values.iloc[::step].str.fullmatch(pattern).mean() < MIN_SHARE:
        return False
    matching = values[values.str.fullmatch(pattern).to_numpy(dtype=bool)]
    return len(matching) >= MIN_SHARE * len(values) and not _are_codes(matching)


def _are_codes(numbers: pd.Series) -> bool:
    """Whether texts of digits are codes such as post codes and not quantities."""
    if not numbers.str.fullmatch(_CODE).all():
        return bool((numbers.str.fullmatch(r"0\d+")).mean() > 0.01)
    lengths = numbers.str.len().to_numpy()
    return bool(np.ptp(lengths) == 0)
