"""The figure of a pipeline: each kind of column on a line of its own, all lines ending at the estimator.

Drawn as a map of lines that runs downwards, not as boxes beside each other: its width is that of a few
words, so that it is as readable on a phone as on a desk.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import plotly.graph_objects as go

from core.charts.canvas import CLEAR
from core.charts.palette import NEUTRAL, assign_styles

if TYPE_CHECKING:
    from core.features.outline import Step

LINE_WIDTH = 36
"""Characters: with six lines beside them they fit a phone's 390 px."""

MAX_LINES = 3
TEXT_HEIGHT = 17
GAP = 12
FIRST_LINE, LINE_DISTANCE, LINE_TO_TEXT = 8, 15, 16
RADIUS = 5
OWN_COLOUR = '<span style="color:currentColor">{}</span>'
"""Text in the colour of the page's text, light or dark: Plotly's own is the grey of axes."""

FAINT = 0.45
"""Of a line where it passes by the steps of others."""

PLUMBING = frozenset({"asarray", "full_like", "sum", "round", "reshape"})
"""Functions that only bring values into another form."""

TELLING = ("fill_value", "strategy", "n_components", "percentile", "n_features", "n_bins", "knots")
"""The settings that say most of a step, the most telling first."""


@dataclass(frozen=True)
class Stop:
    """A step as it is drawn.

    Attributes
    ----------
    title
        In a few words.
    details
        Below the title: the columns, or what does it.
    hover
        All that is known, a line each.
    line
        Which line it is on; None = where all are together.
    is_head
        Whether its line begins here.
    """

    title: str
    details: str = ""
    hover: tuple[str, ...] = ()
    line: int | None = None
    is_head: bool = False

    @property
    def lines(self) -> list[str]:
        """The details in as many lines as they need and may have."""
        return textwrap.wrap(self.details, LINE_WIDTH, max_lines=MAX_LINES, placeholder=" …")

    @property
    def height(self) -> int:
        """In pixels."""
        return TEXT_HEIGHT * (1 + len(self.lines)) + GAP


def pipeline_figure(pipeline: Step, model: str = "Model") -> go.Figure:
    """The steps from the columns of the table to the estimator, the first above.

    Parameters
    ----------
    pipeline
        From `core.features.outline.outline`, of a pipeline or of a preparer only.
    model
        What stands at the end when the pipeline has no estimator.
    """
    stops = list(_stops(pipeline, model))
    heights = [stop.height for stop in stops]
    places = [sum(heights[:place]) + TEXT_HEIGHT // 2 for place in range(len(stops))]
    lines = 1 + max((stop.line for stop in stops if stop.line is not None), default=0)
    figure = go.Figure()
    figure.update_layout(
        height=sum(heights) + 2 * GAP,
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        margin={"l": 2, "r": 2, "t": GAP, "b": GAP},
        shapes=[*_lines(stops, places), *_dots(stops, places)],
        annotations=list(_texts(stops, places, _x_of(lines - 1) + LINE_TO_TEXT)),
    )
    figure.update_xaxes(visible=False, range=[0, 1], fixedrange=True)
    figure.update_yaxes(visible=False, range=[sum(heights), 0], fixedrange=True)
    return figure


def pipeline_alt_text(pipeline: Step, model: str = "Model") -> str:
    """The same in words."""
    groups: dict[int | None, list[str]] = {}
    for stop in list(_stops(pipeline, model))[1:]:
        groups.setdefault(stop.line, []).append(stop.title)
    together = ", ".join(groups.pop(None))
    each = " ".join(
        f"{titles[0]}: {', '.join(titles[1:]) or 'as they are'}." for titles in groups.values()
    )
    return f"{each} Then {together}."


def _stops(pipeline: Step, model: str) -> Iterator[Stop]:
    prepare, *after = pipeline.children
    yield Stop("The table")
    for line, group in enumerate(prepare.children):
        columns = ", ".join(group.columns)
        yield Stop(group.title, columns, tuple(group.columns), line, is_head=True)
        for step in _flatten(group):
            yield _stop(step, line)
    yield Stop("All columns together")
    for step in after:
        yield _stop(step, None)
    if "model" not in [step.name for step in after]:
        yield Stop(model)


def _flatten(group: Step) -> Iterator[Step]:
    """The steps of a group that a person would name, one after the other."""
    for step in group.children if group.children and not group.side_by_side else (group,):
        if step.name == "columns":  # the values, and beside them where one is missing
            for part in step.children:
                yield from _flatten(part) if part.name == "values" else (part,)
        elif not _is_plumbing(step):
            yield step


def _is_plumbing(step: Step) -> bool:
    does = dict(step.settings)
    is_form = does.get("function") in PLUMBING or does.get("does") == "passthrough"
    return is_form or (bool(step.children) and all(map(_is_plumbing, step.children)))


def _stop(step: Step, line: int | None) -> Stop:
    hover = tuple(
        f"{each.kind}: {', '.join(f'{name}={value}' for name, value in each.settings) or 'as usual'}"
        for each in _leaves(step)
    )
    return Stop(step.title, _details(step), hover, line)


def _details(step: Step) -> str:
    if step.side_by_side:
        return ", ".join(part.title for part in step.children if part.name != "room")
    return " → ".join(_does(leaf) for leaf in _leaves(step))


def _does(step: Step) -> str:
    """What does it, with the setting that says most."""
    settings = dict(step.settings)
    told = next((f" {name}={settings[name]}" for name in TELLING if settings.get(name)), "")
    return settings.get("function", step.kind) + told


def _leaves(step: Step) -> Iterator[Step]:
    if not step.children:
        yield step
    for child in step.children:
        yield from _leaves(child)


def _x_of(line: int | None) -> int:
    return FIRST_LINE + LINE_DISTANCE * (line or 0)


def _lines(stops: Sequence[Stop], places: Sequence[int]) -> Iterator[dict[str, object]]:
    """A line for each group from the table to where all meet, strong beside its own steps; then one for all."""
    meeting = next(n for n, stop in enumerate(stops) if n and stop.line is None)
    colours = _colours(stops)
    for line, colour in colours.items():
        own = [places[n] for n, stop in enumerate(stops) if stop.line == line]
        x, bend = _x_of(line), TEXT_HEIGHT + GAP // 2
        top, bottom = places[0], places[meeting]
        whole = (
            f"M{FIRST_LINE},{top} C{FIRST_LINE},{top + bend} {x},{top} {x},{top + bend} "
            f"L{x},{bottom - bend} C{x},{bottom} {FIRST_LINE},{bottom - bend} {FIRST_LINE},{bottom}"
        )
        yield _path(whole, colour, 2, FAINT)
        yield _path(f"M{x},{own[0]} L{x},{own[-1]}", colour, 4)
    yield _path(f"M{FIRST_LINE},{places[meeting]} L{FIRST_LINE},{places[-1]}", NEUTRAL, 4)


def _path(path: str, colour: str, width: int, opacity: float = 1.0) -> dict[str, object]:
    return {
        "type": "path",
        "path": path,
        "xsizemode": "pixel",
        "xref": "x",
        "xanchor": 0,
        "line": {"color": colour, "width": width},
        "opacity": opacity,
    }


def _dots(stops: Sequence[Stop], places: Sequence[int]) -> Iterator[dict[str, object]]:
    colours = _colours(stops)
    for stop, y in zip(stops, places, strict=True):
        x, radius = _x_of(stop.line), RADIUS + 2 * (stop.is_head or stop.line is None)
        colour = NEUTRAL if stop.line is None else colours[stop.line]
        yield {
            "type": "circle",
            "xsizemode": "pixel",
            "xref": "x",
            "xanchor": 0,
            "x0": x - radius,
            "x1": x + radius,
            "y0": y - radius,
            "y1": y + radius,
            "fillcolor": colour,
            "line": {"width": 0},
        }


def _colours(stops: Sequence[Stop]) -> dict[int, str]:
    lines = list(dict.fromkeys(stop.line for stop in stops if stop.line is not None))
    styles = assign_styles(map(str, lines))
    return {line: styles[str(line)].colour for line in lines}


def _texts(stops: Sequence[Stop], places: Sequence[int], x: int) -> Iterator[dict[str, object]]:
    """Titles and details in the page's own colour, light or dark."""
    for stop, y in zip(stops, places, strict=True):
        hover = "<br>".join(html.escape(line, quote=False) for line in stop.hover)
        title = html.escape(stop.title, quote=False)
        is_strong = stop.is_head or stop.line is None
        yield _text(f"<b>{title}</b>" if is_strong else title, x, y, 13, 1.0, hover)
        for place, line in enumerate(stop.lines, 1):
            shown = html.escape(line, quote=False)
            yield _text(shown, x, y + place * TEXT_HEIGHT, 12, 0.75, hover)


def _text(text: str, x: int, y: int, size: int, opacity: float, hover: str) -> dict[str, object]:
    return {
        "text": OWN_COLOUR.format(text),
        "hovertext": hover or None,
        "x": 0,
        "xref": "x",
        "xanchor": "left",
        "xshift": x,
        "y": y,
        "yref": "y",
        "yanchor": "middle",
        "showarrow": False,
        "align": "left",
        "font": {"size": size},
        "opacity": opacity,
        "borderpad": 0,
    }
