"""The settings of the prediction log in words."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import list_names
from core.serving.prediction_log.databases import open_database
from core.settings import Settings


def describe_settings(settings: Settings) -> list[str]:
    """One sentence for each thing that the operator chose, or left as it is.

    Examples
    --------
    >>> from core.settings import LogSettings
    >>> describe_settings(Settings.from_environment({"SLIPWAY_LOG_PREDICTIONS": "no"}))
    ['Predictions are not logged (SLIPWAY_LOG_PREDICTIONS is no).']
    """
    log = settings.log
    if not log.is_on:
        return ["Predictions are not logged (SLIPWAY_LOG_PREDICTIONS is no)."]
    kept = (
        "The rows of every request are kept"
        if log.share == 1
        else f"The rows of {100 * log.share:.3g}% of the requests are kept, chosen by their ids; all are counted"
    )
    days = f"{log.days} day{'s' if log.days != 1 else ''}"
    said = [f"{kept}, for {days}.", f"They are in {open_database(settings).title}."]
    said += _describe_columns("left out", log.left_out)
    said += _describe_columns("kept as keyed hashes: equal values stay equal", log.hashed)
    said.append(f"Up to {log.queue_rows:,} rows of each process may wait to be written.")
    return said


def _describe_columns(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    if "*" in names:
        return [f"All columns of all models are {what}."]
    shown = [f"all columns of {name[:-2]}" if name.endswith(".*") else name for name in names]
    is_one = len(names) == 1 and shown[0] == names[0]
    return [f"{list_names(shown)} {'is' if is_one else 'are'} {what}."]
