"""The form in which every choice of how a file is read can be changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st
from msgspec.structs import replace

from core.data.dataset import DatasetInfo
from core.data.loading import start_correction
from core.recipe import ReadOptions
from pages._ui import errors, resources
from pages._ui.loading import load

DETECT = "(detect)"
NONE = "(none)"

DELIMITERS = {
    ",": "Comma  ,",
    ";": "Semicolon  ;",
    "\t": "Tab",
    "|": "Bar  |",
    " ": "Spaces",
    ":": "Colon  :",
}
SPELLED = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "bar": "|", "pipe": "|"} | {
    "space": " ",
    "spaces": " ",
    "colon": ":",
}
"""What a person may type for a delimiter."""

ENCODINGS = (
    *("utf-8", "cp1252", "iso8859-1", "iso8859-2", "iso8859-15", "cp1250", "cp1251", "mac-roman"),
    *("cp1254", "cp1257", "cp437", "cp850", "cp852", "cp866", "koi8-r"),
    *("utf-16", "gb18030", "big5", "shift_jis", "euc_jp", "euc_kr"),
)
DAYS = {
    DETECT: "Detect",
    True: "Day first: 03/04 is 3 April",
    False: "Month first: 03/04 is 4 March",
}
MARKS = {
    DETECT: "Detect",
    NONE: "None",
    ",": "Comma  ,",
    ".": "Point  .",
    " ": "Space",
    "'": "Apostrophe  '",
}

_VALUES = ("decimal", "thousands", "day_first", "missing", "keep_text")
_LINES = ("skip_lines", "header", "skip_footer")
FIELDS = {
    "csv": ("encoding", "delimiter", "quote", "escape", "comment", *_LINES, *_VALUES),
    "excel": (*_LINES, *_VALUES),
    "json": ("encoding", *_VALUES),
    "sqlite": _VALUES,
}
"""The choices that apply, by format; other formats say all of it themselves but for dates as text."""


def show_form(info: DatasetInfo) -> None:
    """The choices as they were made; each can be changed, and all be detected again."""
    fields = FIELDS.get(info.read.format, ("day_first",))
    given: dict[str, Any] = {}
    with st.form(f"load_read_{info.id}", border=False):
        with st.grid(4, min_column_width=190):
            for field in fields:
                given[field] = _INPUTS[field](getattr(info.read, field), f"load_{field}_{info.id}")
        with st.container(horizontal=True, vertical_alignment="center"):
            again = st.form_submit_button(
                "Read again", icon=":material/refresh:", type="primary", key=f"load_again_{info.id}"
            )
            detect = st.form_submit_button(
                "Detect all again", icon=":material/auto_fix_high:", key=f"load_detect_{info.id}"
            )
            st.caption("The choices go into the recipe: files to predict are read the same way.")
    if detect:
        _read(info, lambda: ReadOptions(info.read.format, info.read.member, sheet=info.read.sheet))
    elif again:
        _read(info, partial(_options, info.read, given))


def _read(info: DatasetInfo, options: Callable[[], ReadOptions]) -> None:
    with errors.then_rerun():
        start = partial(start_correction, resources.settings(), info.id, options())
        load(start, replaces=info.id)


def reading_actions(info: DatasetInfo) -> dict[str, Callable[[str], None]]:
    """What a click on a finding about the reading does, for `show_findings`: the file is read again."""
    read = info.read
    return {
        "decimal-point": lambda column: _read_so(info, replace(read, decimal=".", thousands=None)),
        "decimal-comma": lambda column: _read_so(info, replace(read, decimal=",", thousands=None)),
        "keep": lambda column: _read_so(info, replace(read, keep_text=(*read.keep_text, column))),
    }


@errors.guarded
def _read_so(info: DatasetInfo, options: ReadOptions) -> None:
    load(partial(start_correction, resources.settings(), info.id, options), replaces=info.id)


def _options(read: ReadOptions, given: dict[str, Any]) -> ReadOptions:
    """The options that the form's values mean."""
    changes = {name: None if value == DETECT else value for name, value in given.items()}
    for name in ("quote", "escape", "comment", "thousands"):
        if changes.get(name) == NONE:
            changes[name] = ""
    for name in ("missing", "keep_text"):
        if name in changes:
            changes[name] = tuple(given[name])
    if isinstance(delimiter := changes.get("delimiter"), str):
        changes["delimiter"] = SPELLED.get(delimiter.strip().lower(), delimiter)
    return replace(read, **changes)


def _choice(label: str, titles: dict[Any, str], help_: str = "", free: bool = True) -> Callable:
    """A list to choose from; `free` also takes what a person types."""

    def draw(value: object, key: str) -> object:
        shown = DETECT if value is None else NONE if value == "" else value
        options = list(dict.fromkeys([*titles, shown]))
        return st.selectbox(
            label,
            options,
            index=options.index(shown),
            format_func=lambda option: titles.get(option, str(option)),
            accept_new_options=free,
            help=help_ or None,
            key=key,
        )

    return draw


def _number(label: str, most: int, help_: str) -> Callable:
    def draw(value: int | bool | None, key: str) -> int:
        return int(st.number_input(label, 0, most, int(value or 0), help=help_, key=key))

    return draw


def _words(value: tuple[str, ...], key: str) -> list[str]:
    usual = ["-", "?", "NA", "n/a", "null", "none", "unknown", "-999"]
    return st.multiselect(
        "Words for no value",
        list(dict.fromkeys([*value, *usual])),
        list(value),
        accept_new_options=True,
        help="Beside those that always are: an empty cell, NA, null and the like.",
        key=key,
    )


def _kept(value: tuple[str, ...], key: str) -> list[str]:
    return st.multiselect(
        "Columns that keep None and NA",
        list(value),
        list(value),
        accept_new_options=True,
        help="In these columns words such as None and NA are text, and not missing values.",
        key=key,
    )


_DETECT_OR_NONE = {DETECT: "Detect", NONE: "None"}
_INPUTS: dict[str, Callable[[Any, str], Any]] = {
    "encoding": _choice(
        "Encoding",
        {DETECT: "Detect", **{name: name for name in ENCODINGS}},
        "Type another one that Python knows.",
    ),
    "delimiter": _choice(
        "Between two values",
        {DETECT: "Detect", **DELIMITERS},
        "Type another, also several characters.",
    ),
    "quote": _choice(
        "Quote, around a value", {**_DETECT_OR_NONE, '"': 'Quotes  "', "'": "Apostrophes  '"}
    ),
    "escape": _choice("Escape character", {**_DETECT_OR_NONE, "\\": "Backslash  \\"}),
    "comment": _choice("Comments begin with", {**_DETECT_OR_NONE, "#": "#", "%": "%", "//": "//"}),
    "skip_lines": _number("Lines above the names", 100_000, "They are left out."),
    "header": _number("Lines of names", 9, "0 = the file has none; with several, they are joined."),
    "skip_footer": _number(
        "Lines below the rows", 100_000, "Totals and remarks, without blank lines."
    ),
    "decimal": _choice("Decimal mark", {key: MARKS[key] for key in (DETECT, ".", ",")}, free=False),
    "thousands": _choice("Thousands mark", MARKS),
    "day_first": _choice("Dates", DAYS, free=False),
    "missing": _words,
    "keep_text": _kept,
}
