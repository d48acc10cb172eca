"""What was answered, for those who keep a record of it.

Run-time part.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from core.serving.contract import Contract, ParsedRow
from core.serving.engine import Answer


class Answered(Struct, frozen=True, gc=False):
    """A request that a model answered.

    Attributes
    ----------
    contract
        Of the version that answered.
    rows, answer
        What was asked and what came out, row by row.
    at
        When, in seconds since 1970.
    seconds
        How long reading and answering took.
    request_id
        By which its rows are found, and deleted, later.
    source
        Where it came from: the dialect's name, `page`, `file` or `command line`.
    """

    contract: Contract
    rows: Sequence[ParsedRow]
    answer: Answer
    at: float
    seconds: float
    request_id: str
    source: str


class Recorder(Protocol):
    """Keeps what was answered."""

    def add(self, answered: Answered) -> None:
        """Takes it in microseconds: it never waits, and never raises."""
