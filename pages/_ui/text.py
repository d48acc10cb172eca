"""Values as a person reads them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.training.state import RunState

# What Streamlit's Markdown gives a meaning: emphasis, code, links, maths, tags, tables, directives
# (`:red[`), and at the beginning lists.
_MARKDOWN = re.compile(r"[\\`*_{}\[\]<>#|~$]|:(?=\w)|^[+\-=]|(?<=^\d)[.)]")


def escape(text: object) -> str:
    """Text from outside (a column name, a file name) so that Markdown shows it as it is."""
    return _MARKDOWN.sub(r"\\\g<0>", str(text)).replace("\n", " ")


def count(number: int, noun: str, nouns: str = "") -> str:
    """A number with its noun: `1 row`, `12,345 rows`."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def share(part: int, whole: int) -> str:
    """A share in percent; never `0 %` for something or `100 %` for not everything."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    if part < whole and percent > 99.9:
        return "> 99.9 %"
    return "< 0.1 %" if percent < 0.1 else f"{percent:.3g} %"


def number(value: object) -> str:
    """A value of a column: numbers with at most six digits that count, dates without an empty time."""
    if isinstance(value, float):
        return f"{value:,.6g}"
    return str(value).removesuffix("T00:00:00")


def size(bytes_: int) -> str:
    """A file size: `12 kB`, `3.4 MB`."""
    amount = float(bytes_)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:.3g} GB"


def run_progress(run: RunState) -> str:
    """How far a training run is: `Waits for its turn`, `12 of 66 fits`, for a search `34 settings tried`."""
    if run.status == "queued":
        return "Waits for its turn"
    if run.total_tasks:
        return f"{run.done_tasks} of {count(run.total_tasks, 'fit')}"
    return f"{count(run.trials, 'setting')} tried"


def ago(timestamp: str) -> str:
    """How long ago an ISO 8601 time was: `just now`, `5 minutes ago`, `3 days ago`."""
    try:
        then = datetime.fromisoformat(timestamp)
    except ValueError:
        return timestamp
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    seconds = (datetime.now(UTC) - then).total_seconds()
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return f"{count(int(seconds // length), unit)} ago"
    return "just now"


def duration(seconds: float) -> str:
    """A time span: `0.8 s`, `42 s`, `3 min`, `3 min 5 s`, `2 h 4 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 1:
        return f"{rest} s"
    hours, minutes_left = divmod(minutes, 60)
    parts = ((hours, "h"), (minutes_left, "min"), (0 if hours else rest, "s"))
    return " ".join(f"{amount} {unit}" for amount, unit in parts if amount)
