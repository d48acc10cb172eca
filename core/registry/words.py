"""What the registry speaks of: versions, models, changes; light enough for the first page."""

import re

from msgspec import Struct

from core.errors import RegistryError

CHAMPION = "champion"
"""The alias of the version that answers."""

TASK_TAG = "task"
"""The version tag that holds the task's name."""

TARGET_TAG = "target"
"""The version tag that names the column that is predicted."""

RUN_TAG = "run_id"
"""The version tag that names the training run it came from."""

METRIC_TAG = "metric"
"""The version tag that names the metric that decided; its value is among the version's metrics."""

NAME_PATTERN = re.compile(r"[A-Za-z0-9._-]{1,60}")


class Version(Struct, frozen=True):
    """One registered fitted pipeline.

    Attributes
    ----------
    name, version
        The model, and the version's number, counted from 1.
    aliases
        The names that point to it, `champion` among them when it is the one that answers.
    created_at
        ISO 8601, UTC.
    tags, metrics
        As given when it was registered.
    source, run_id
        Where MLflow keeps its files, and the MLflow run that holds them.
    manifest_sha256
        The hash of its list of files; empty when another tool registered it.
    """

    name: str
    version: int
    created_at: str
    aliases: tuple[str, ...] = ()
    description: str = ""
    tags: dict[str, str] = {}
    metrics: dict[str, float] = {}
    source: str = ""
    run_id: str = ""
    manifest_sha256: str = ""

    @property
    def is_champion(self) -> bool:
        """Whether this is the version that answers."""
        return CHAMPION in self.aliases

    @property
    def title(self) -> str:
        """For people.

        Examples
        --------
        >>> Version("titanic", 3, "2026-01-01T00:00:00Z").title
        'titanic version 3'
        """
        return f"{self.name} version {self.version}"


class Change(Struct, frozen=True):
    """One move of the champion alias.

    Attributes
    ----------
    at
        ISO 8601, UTC.
    action
        `promote` or `rollback`.
    from_version
        None when no version was champion before.
    """

    at: str
    by: str
    action: str
    from_version: int | None
    to_version: int
    reason: str = ""


class ModelSummary(Struct, frozen=True):
    """A model's name and the state of its versions.

    Attributes
    ----------
    champion
        The version that answers, or None.
    latest
        The version registered last.
    versions
        How many there are.
    promoted_at
        When the champion became it, ISO 8601, UTC; None when unknown.
    """

    name: str
    latest: Version
    versions: int
    champion: Version | None = None
    promoted_at: str | None = None


def check_name(name: str) -> str:
    """The name itself, when a model may be called so.

    Raises
    ------
    RegistryError
        When it is empty, too long or has characters that do not fit in an address.

    Examples
    --------
    >>> check_name("titanic-2")
    'titanic-2'
    """
    if not NAME_PATTERN.fullmatch(name) or not name.strip("."):
        raise RegistryError(
            f"A model's name must be 1 to 60 letters, digits, dots, underscores or hyphens. Got {name!r}.",
            f"Call it {propose_name(name)!r}, for example.",
        )
    return name


def propose_name(text: str) -> str:
    """A name for a model that resembles this text.

    Examples
    --------
    >>> propose_name("Kunden 2024 (neu).csv")
    'Kunden-2024-neu-.csv'
    >>> propose_name("???")
    'model'
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:60]
    return name or "model"
