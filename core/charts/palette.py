"""Colours, dashes and symbols that tell candidates apart, for every eye and on every background."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

PALETTE = ("#2d78c3", "#cc7d18", "#3f9f8f", "#c8281e", "#9180fa", "#964b78", "#4646f0")
"""Found by a search for the seven colours furthest apart in OKLab as people with full, red-weak and
green-weak sight see them, among those with a contrast of 3 to white and to near-black."""

NEUTRAL = "#808495"
"""For what is not data: lines of reference. A contrast of 3.7 to white and 5 to near-black."""

DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "diamond", "square", "triangle-up")


@dataclass(frozen=True)
class Style:
    """How one candidate or class looks in every figure.

    Attributes
    ----------
    colour
        `#rrggbb`.
    dash
        Of its line.
    symbol
        Of its points.
    """

    colour: str
    dash: str
    symbol: str

    def faded(self, opacity: float) -> str:
        """The colour, more or less transparent.

        Examples
        --------
        >>> Style("#2d78c3", "solid", "circle").faded(0.5)
        'rgba(45, 120, 195, 0.5)'
        """
        red, green, blue = self._channels
        return f"rgba({red}, {green}, {blue}, {opacity})"

    def darkened(self, share: float) -> str:
        """The colour with this share of black mixed in.

        Examples
        --------
        >>> Style("#2d78c3", "solid", "circle").darkened(0.5)
        'rgb(22, 60, 98)'
        """
        red, green, blue = (round(channel * (1 - share)) for channel in self._channels)
        return f"rgb({red}, {green}, {blue})"

    @property
    def _channels(self) -> tuple[int, int, int]:
        return int(self.colour[1:3], 16), int(self.colour[3:5], 16), int(self.colour[5:7], 16)


def assign_styles(names: Iterable[str], order: Sequence[str] = ()) -> dict[str, Style]:
    """A style for each name, by its place in `order`; names that are not in it come after.

    When the colours are used up they begin again with another dash and symbol.

    Examples
    --------
    >>> styles = assign_styles(["b"], order=["a", "b"])
    >>> styles["b"].colour == PALETTE[1]
    True
    """
    places = list(dict.fromkeys([*order, *names]))
    return {name: _style(place) for place, name in enumerate(places)}


def _style(place: int) -> Style:
    turn, colour = divmod(place, len(PALETTE))
    return Style(PALETTE[colour], DASHES[turn % len(DASHES)], SYMBOLS[turn % len(SYMBOLS)])
