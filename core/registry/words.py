"""What the registry speaks of: versions, models, changes; light enough for the first page."""

import re
from collections.abc import Mapping

import msgspec
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

MANIFEST_TAG = "slipway.manifest_sha256"
"""The version tag that holds the hash of its list of files."""

METRICS_TAG = "slipway.metrics"
"""The version tag that holds its metrics as JSON."""

MODE_TAG = "slipway.mode"
"""The tag of a model that says how strictly its requests are read."""

MODES = ("lenient", "strict", "coerce")
"""How strictly requests are read: what is unusual is flagged (unless somebody chose otherwise), or refused; or what
cannot be read counts as missing, too."""

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
    mode
        How strictly requests to the model are read, one of `MODES`; empty when nobody chose.
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
    mode: str = ""

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


class Model(Struct, frozen=True):
    """A registered model: its aliases, and the tags that hold its history."""

    name: str
    aliases: dict[str, int]
    tags: dict[str, str]

    @property
    def champion(self) -> int | None:
        """The number of the version that answers."""
        return self.aliases.get(CHAMPION)

    def version(
        self,
        number: int,
        *,
        created_at: str,
        description: str,
        tags: Mapping[str, str],
        source: str,
        run_id: str,
    ) -> Version:
        """The version of this number, from what the registry's database holds of it."""
        own = {MANIFEST_TAG, METRICS_TAG}
        return Version(
            name=self.name,
            version=number,
            created_at=created_at,
            aliases=tuple(sorted(alias for alias, to in self.aliases.items() if to == number)),
            description=description,
            tags={key: value for key, value in tags.items() if key not in own},
            metrics=msgspec.json.decode(tags.get(METRICS_TAG, "{}"), type=dict[str, float]),
            source=source,
            run_id=run_id,
            manifest_sha256=tags.get(MANIFEST_TAG, ""),
            mode=self.tags.get(MODE_TAG, ""),
        )


class Change(Struct, frozen=True):
    """One move of an alias.

    Attributes
    ----------
    at
        ISO 8601, UTC.
    action
        `promote` or `rollback` of the champion, `set` or `delete` of another alias; `found` where an alias
        was not where the history had left it, because another tool moved it or a move was cut short.
    from_version
        None when it pointed to no version before.
    to_version
        None when it points to none now.
    alias
        What was moved.
    """

    at: str
    by: str
    action: str
    from_version: int | None
    to_version: int | None
    reason: str = ""
    alias: str = CHAMPION


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


def check_alias(alias: str) -> str:
    """The alias itself, when a person may move it freely.

    Raises
    ------
    RegistryError
        When it is the champion's, or could be taken for a version.

    Examples
    --------
    >>> check_alias("challenger")
    'challenger'
    """
    if alias == CHAMPION:
        raise RegistryError(
            "The champion must be moved by a promotion or a roll back.",
            "Promote the version that should answer.",
        )
    # MLflow keeps these for itself.
    is_reserved = alias.lower() == "latest" or re.fullmatch(r"[vV]?\d+", alias)
    if is_reserved or not NAME_PATTERN.fullmatch(alias) or not alias.strip("."):
        raise RegistryError(
            "An alias must be 1 to 60 letters, digits, dots, underscores or hyphens, and neither a number, "
            f"nor 'v' and a number, nor 'latest'. Got {alias!r}.",
            "Call it 'challenger', for example.",
        )
    return alias


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
