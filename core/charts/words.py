"""Names and numbers as text for figures and for those who cannot see them."""

from __future__ import annotations

import html
import math
import textwrap
from collections.abc import Iterable, Mapping

import numpy as np

NO_DATA = "There is nothing to show yet."


def shorten(name: str, limit: int = 28) -> str:
    """A name cut to a length that fits a legend, and safe as Plotly's markup.

    Examples
    --------
    >>> shorten("a <b> of a very long column name indeed")
    'a &lt;b&gt; of a very long column…'
    """
    return html.escape(name if len(name) <= limit else name[: limit - 1] + "…", quote=False)


def wrap_name(name: str, width: int = 18) -> str:
    """A name in at most two lines, so that it leaves a phone room for the figure beside it.

    Examples
    --------
    >>> wrap_name("Histogram gradient boosting")
    'Histogram gradient<br>boosting'
    >>> wrap_name("Random forest")
    'Random forest'
    """
    lines = textwrap.wrap(name, width, max_lines=2, placeholder="…", break_long_words=True)
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def d3_format(values: Iterable[float]) -> str:
    """The number format, for axes and hovers, with as many digits as these values need.

    Examples
    --------
    >>> d3_format([0.0, 52_000.0]), d3_format([3.5]), d3_format([0.004])
    (',.0f', ',.2f', '.3~g')
    """
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    for least, form in ((1000, ",.0f"), (100, ",.1f"), (1, ",.2f"), (0.1, ".3f")):
        if least <= largest < 1e15:
            return form
    return ".3~g"


def say_number(value: float) -> str:
    """A number for a sentence, with about three digits.

    Examples
    --------
    >>> say_number(13270.4), say_number(12.34), say_number(0.8641), say_number(2.0)
    ('13,270', '12.3', '0.864', '2')
    """
    if not math.isfinite(value):
        return "unknown"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def say_best(scores: Mapping[str, float], greater_is_better: bool = True) -> str:
    """Who is best and who is last, with numbers.

    Examples
    --------
    >>> say_best({"Tree": 0.8, "Forest": 0.9})
    'Forest is best with 0.900, Tree last with 0.800'
    >>> say_best({"Tree": 0.8})
    'Tree has 0.800'
    """
    ranked = sorted(scores.items(), key=lambda item: item[1], reverse=greater_is_better)
    best, last = ranked[0], ranked[-1]
    if len(ranked) == 1:
        return f"{best[0]} has {best[1]:.3f}"
    return f"{best[0]} is best with {best[1]:.3f}, {last[0]} last with {last[1]:.3f}"


def say_share(share: float) -> str:
    """A share as percent.

    Examples
    --------
    >>> say_share(0.256), say_share(0.0004), say_share(1.0)
    ('26%', '0.04%', '100%')
    """
    percent = 100 * share
    digits = 0 if percent >= 10 or percent == 0 else 1 if percent >= 0.1 else 2
    return f"{percent:.{digits}f}%"


def data_row(rows: np.ndarray) -> np.ndarray:
    """Positions in the data set as people count rows: from 1."""
    return rows + 1
