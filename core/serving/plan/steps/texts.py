"""Steps that turn texts into numbers.

Run-time part.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from core.serving.plan.matrices import Matrix, Sparse, as_dense
from core.serving.plan.steps.base import Step

SPACES = re.compile(r"\s\s+")


def _words(text: str, pattern: re.Pattern[str], low: int, high: int) -> Iterator[str]:
    """Words and runs of words, separated by one space."""
    words = pattern.findall(text)
    for length in range(low, min(high, len(words)) + 1):
        if length == 1:
            yield from words
        else:
            for start in range(len(words) - length + 1):
                yield " ".join(words[start : start + length])


def _pieces(text: str, pattern: re.Pattern[str], low: int, high: int) -> Iterator[str]:
    """Pieces of words, each word with a space on both sides."""
    for word in SPACES.sub(" ", text).split():
        padded = f" {word} "
        for length in range(low, high + 1):
            yield padded[:length]
            start = 0
            while start + length < len(padded):
                start += 1
                yield padded[start : start + length]
            if start == 0:  # a short word counts once
                break


Split = Callable[[str, re.Pattern[str], int, int], Iterator[str]]

SPLITS: dict[str, Split] = {"word": _words, "char_wb": _pieces}
"""By scikit-learn's word for it: what a text is taken apart into."""


class Terms(Step, tag="terms"):
    """How telling the words, or pieces, of a text are: TF-IDF, rows of length 1.

    Attributes
    ----------
    split
        A name in `SPLITS`.
    pattern
        What a word is.
    low, high
        How many words, or characters, a term has.
    terms
        Those that are known, in the order of the columns.
    weights
        `(n_terms,)`.
    """

    split: str
    pattern: str
    low: int
    high: int
    terms: list[str]
    weights: np.ndarray

    def __post_init__(self) -> None:
        self._places = {term: place for place, term in enumerate(self.terms)}
        self._split = SPLITS[self.split]
        self._pattern = re.compile(self.pattern)

    def apply(self, matrix: Matrix) -> Matrix:
        """`(n_rows, n_terms)`, of texts in `(n_rows,)`."""
        rows: list[int] = []
        columns: list[int] = []
        counts: list[int] = []
        texts = np.asarray(matrix).ravel().tolist()
        for row, text in enumerate(texts):
            found = self._count(text)
            rows += [row] * len(found)
            columns += found
            counts += found.values()
        return self._weigh(np.array(rows, int), np.array(columns, int), counts, len(texts))

    def _count(self, text: str) -> dict[int, int]:
        places = self._places
        terms = Counter(self._split(text.lower(), self._pattern, self.low, self.high))
        known = ((places[term], count) for term, count in terms.items() if term in places)
        return dict(sorted(known))

    def _weigh(
        self, rows: np.ndarray, columns: np.ndarray, counts: list[int], n_rows: int
    ) -> Sparse:
        values = (np.log(np.array(counts, float)) + 1) * self.weights[columns]
        lengths = np.sqrt(np.bincount(rows, values * values, minlength=n_rows))
        return Sparse(rows, columns, values / lengths[rows], (n_rows, len(self.terms)))


class UnitLength(Step, tag="unit_length"):
    """Rows divided by their length; a row of zeros stays as it is."""

    def apply(self, matrix: Matrix) -> Matrix:
        """Rows of length 1."""
        matrix = as_dense(matrix)
        lengths = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
        return np.asarray(matrix / np.where(lengths == 0, 1.0, lengths)[:, None])
