"""What a column kind declares, and the column that it is recognised by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd
from msgspec import Struct

from core.data.kinds.spelling import spell


class Distribution(Struct, frozen=True):
    """How often which values occur in a column, ready for a chart or a table.

    Attributes
    ----------
    kind
        The column's kind.
    counts
        `(n_bars,)`: rows per bar; missing values are in none.
    labels
        `(n_bars,)`: what each bar is, for kinds with levels, in the order of `Column.levels`; else
        empty.
    edges
        `(n_bars + 1,)`: where the bars begin and end, for numbers, and for dates as ISO text; else
        empty. A bar holds its left edge, the last one both.
    quantiles
        Minimum, quartiles and maximum under `0`, `0.25`, `0.5`, `0.75`, `1`, for numbers, and for
        dates as ISO text; else empty.
    other
        Rows with a level that has no bar of its own.
    missing
        Rows without a value.
    """

    kind: str
    counts: tuple[int, ...]
    labels: tuple[str, ...] = ()
    edges: tuple[float | str, ...] = ()
    quantiles: dict[str, float | str] = {}
    other: int = 0
    missing: int = 0


@dataclass(frozen=True)
class RawColumn:
    """A column as it was read. What several kinds ask of it is worked out once.

    Attributes
    ----------
    name
        As the table has it.
    values
        `(n_rows,)`, in the type that reading gave them.
    unit
        What they are counted in, as the file says it (see `Column.unit`).
    day_first
        Whether 03/04/2024 is the third of April; None = what the values say themselves.
    """

    name: str
    values: pd.Series
    unit: str = ""
    day_first: bool | None = None

    @cached_property
    def present(self) -> pd.Series:
        """The values that are not missing."""
        return self.values.dropna()

    @cached_property
    def is_number(self) -> bool:
        """Whether they are numbers, and there is one."""
        dtype = self.values.dtype
        is_numeric = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
        return bool(is_numeric and len(self.present))

    @cached_property
    def is_text(self) -> bool:
        """Whether they are text, or of several types, and there is one."""
        dtype = self.values.dtype
        is_texts = pd.api.types.is_string_dtype(dtype) or self.values.dtype == object
        return bool(is_texts and len(self.present))

    @cached_property
    def is_whole(self) -> bool:
        """Whether all of them are whole numbers."""
        return self.is_number and are_whole(self.present)

    @cached_property
    def texts(self) -> pd.Series:
        """The values that are not missing, as text."""
        return spell(self.present)

    @cached_property
    def sample(self) -> pd.Series:
        """Some of `texts`, spread over the rows: enough to tell what the column is not."""
        step = max(1, len(self.present) // SAMPLE_ROWS)
        return spell(self.present.iloc[::step])

    @cached_property
    def unique(self) -> int:
        """How many different values there are."""
        return int((self.present if self.is_number else self.texts).nunique())


SAMPLE_ROWS = 1000
"""How many values `RawColumn.sample` has, and at most twice as many."""

MAX_EXACT = 2.0**53
"""From here on every float is whole, whatever it stands for."""


def are_whole(values: pd.Series) -> bool:
    """Whether all of these numbers are whole, and small enough to tell.

    Examples
    --------
    >>> are_whole(pd.Series([1.0, 2.0])), are_whole(pd.Series([1.0, 2.5]))
    (True, False)
    """
    if pd.api.types.is_integer_dtype(values.dtype):
        return True
    numbers = values.to_numpy(dtype="float64")
    # Most columns are decided by their first values.
    parts = (numbers[:100], numbers[100:])
    return all(bool(((part == np.rint(part)) & (abs(part) < MAX_EXACT)).all()) for part in parts)


@dataclass(frozen=True)
class ColumnKind:
    """A kind of column.

    Most kinds are another one with a meaning of its own: they share its canonical type, steps, form
    and contract, name it as their `base`, and take over what they do not do differently (with
    `dataclasses.replace`).

    Attributes
    ----------
    name, title, icon
        The name in recipes; what a person reads; a `:material/…:` name.
    base
        The kind whose canonical type, preparing steps, form and contract it shares: itself, or
        another one that is its own base.
    recognise
        Whether a column as it was read is of this kind.
    coerce
        A column in this kind's canonical type (see `Dataset.frame`), given whether the day comes
        first in its dates (None = what they say themselves); what cannot be coerced becomes
        missing.
    describe
        The fields of `Column` that this kind fills, of a canonical column: `unique`, `levels`,
        `minimum`, `maximum`, `whole`.
    distribute
        How often which values occur in a canonical column.
    is_feature
        Whether such a column is something to learn from, until a person says otherwise.
    is_ordered
        Whether its values come one after the other, as moments do.
    sort_levels
        The levels of a column in the order that they have by their meaning; None for kinds whose
        levels have none.
    find_ambiguous
        (column as it was read, whether its table puts the day first in its dates) -> `(n_rows,)`
        which values could mean two things, so that `coerce` guesses; None when none ever do.
    """

    name: str
    title: str
    icon: str
    base: str
    recognise: Callable[[RawColumn], bool]
    coerce: Coerce
    # The values are as different as the fields of Column are.
    describe: Callable[[pd.Series], dict[str, Any]]
    distribute: Callable[[pd.Series], Distribution]
    is_feature: bool = True
    is_ordered: bool = False
    sort_levels: Callable[[Sequence[str]], tuple[str, ...]] | None = None
    find_ambiguous: Coerce | None = None


class Coerce(Protocol):
    """Gives a column the canonical type of a kind."""

    def __call__(self, series: pd.Series, /, day_first: bool | None = None) -> pd.Series:
        """The column in the canonical type."""
