"""The card: how a version came about and how good it was found to be, kept beside it as JSON."""

from msgspec import Struct

CARD_FILE = "card.json"


class DataCard(Struct, frozen=True):
    """The data set that a version learned from; see `core.data.dataset.DatasetInfo`."""

    id: str
    fingerprint: str
    name: str
    source: str
    rows: int


class Card(Struct, frozen=True):
    """How a version came about.

    Attributes
    ----------
    candidate, title
        The catalogue's name, and what a person reads.
    cv_mean, cv_std
        Per metric of the task, over the folds.
    holdout
        Per metric; None when the hold-out was not scored for this candidate.
    note
        What a reader of the scores should know.
    registered_at
        ISO 8601, UTC.
    libraries
        The versions it was fitted with.
    max_rows
        How many rows it, or a member of it, was fitted on, where time allowed no more; else None.
    is_on_all_rows
        Whether it was fitted again on all rows, the hold-out included, after it was scored.
    """

    candidate: str
    title: str
    task: str
    target: str
    metric: str
    cv_mean: dict[str, float | None]
    cv_std: dict[str, float | None]
    holdout: dict[str, float | None] | None
    rows_train: int
    rows_test: int
    note: str
    data: DataCard
    run_id: str
    registered_at: str
    libraries: dict[str, str]
    max_rows: int | None = None
    is_on_all_rows: bool = False
    format_version: int = 1
