"""What a column kind declares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    import pandas as pd


class Distribution(Struct, frozen=True):
    """How often which values occur in a column, ready for a chart or a table.

    Attributes
    ----------
    kind
        The column's kind.
    counts
        `(n_bars,)`: rows per bar; missing values are in none.
    labels
        `(n_bars,)`: what each bar is, for kinds with levels, most frequent first; else empty.
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
class ColumnKind:
    """A kind of column.

    Attributes
    ----------
    name, title, icon
        The name in recipes; what a person reads; a `:material/…:` name.
    recognise
        Whether a column as it was read is of this kind.
    coerce
        The column in this kind's canonical type (see `Dataset.frame`); what cannot be coerced
        becomes missing.
    describe
        The fields of `Column` that this kind fills, of a canonical column: `levels`, `minimum`,
        `maximum`, `whole`.
    distribute
        How often which values occur in a canonical column.
    is_ordered
        Whether its values come one after the other, as moments do.
    find_ambiguous
        `(n_rows,)` which values of a column as it was read could mean two things, so that `coerce`
        guesses; None when none ever do.
    """

    name: str
    title: str
    icon: str
    recognise: Callable[[pd.Series], bool]
    coerce: Callable[[pd.Series], pd.Series]
    # The values are as different as the fields of Column are.
    describe: Callable[[pd.Series], dict[str, Any]]
    distribute: Callable[[pd.Series], Distribution]
    is_ordered: bool = False
    find_ambiguous: Callable[[pd.Series], pd.Series] | None = None
