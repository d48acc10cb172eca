"""Two versions of a model held against each other: what each answers to the other's golden requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

import msgspec
from msgspec import Struct

from core.errors import ArtifactError, PredictionError, SlipwayError, first_line, list_names
from core.recipe import Label
from core.registry.registry import Registry
from core.registry.words import Version
from core.serving.contract import Contract, ParsedRow, label_text
from core.serving.contract.field import Wire, show
from core.serving.engine import Engine, ModelSource
from core.serving.golden import GOLDEN_FILE, Golden, load_golden

SHOWN_ROWS = 10

SAME_ANSWER = 1e-6
"""Answers that differ by less are the same: a library's patch release may sum in another order."""


class RowChange(Struct, frozen=True):
    """A request that the two versions answer differently.

    Attributes
    ----------
    row
        By column.
    before, after
        The label or number of the champion and of the challenger.
    change
        Of the probability that changes most, or of the number; never negative.
    """

    row: dict[str, Wire]
    before: Label
    after: Label
    change: float


class Trouble(Struct, frozen=True):
    """Why a version cannot answer requests, and how many of them."""

    reason: str
    count: int


class Comparison(Struct, frozen=True):
    """What changes when one version answers instead of another.

    Attributes
    ----------
    model, champion, challenger
        The two versions.
    asked
        How many golden requests of the two were asked.
    answered
        How many of them, each counted once, both answered.
    labels_changed
        How many of these get another label; None for numbers.
    largest, typical
        The largest and the median change of a probability or number; None when none was compared.
    rows
        Those that change most, most first.
    contract
        What a request must or may say otherwise, in words.
    troubles
        Why the challenger cannot answer what the champion is asked.
    champion_troubles
        Why the champion could not answer what the challenger was trained on.
    notes
        What a reader should know.
    """

    model: str
    champion: int
    challenger: int
    asked: int = 0
    answered: int = 0
    labels_changed: int | None = None
    largest: float | None = None
    typical: float | None = None
    rows: tuple[RowChange, ...] = ()
    contract: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    champion_troubles: tuple[Trouble, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_safe(self) -> bool:
        """Whether the challenger answers everything that the champion is asked."""
        return not self.troubles

    def lines(self) -> list[str]:
        """For people, the most important first."""
        told = [
            f"Warning: version {self.challenger} cannot answer {each.count} of the requests of version "
            f"{self.champion}: {each.reason}"
            for each in self.troubles
        ]
        told += self.contract
        if self.answered:
            told.append(self.summary)
        told += [
            f"Version {self.champion} cannot answer {each.count} of the requests of version "
            f"{self.challenger}: {each.reason}"
            for each in self.champion_troubles
        ]
        return [*told, *self.notes]

    @property
    def summary(self) -> str:
        """How much the answers differ, in one sentence."""
        changes = f"typically by {self.typical:.3g}, at most by {self.largest:.3g}"
        if self.largest is not None and self.largest <= SAME_ANSWER:
            return f"Both answer the same to {self.answered} golden requests."
        if self.labels_changed is None:
            return f"Of {self.answered} golden requests the numbers change {changes}."
        return (
            f"Of {self.answered} golden requests {self.labels_changed} get another label; probabilities change "
            f"{changes}."
        )


def compare_versions(
    registry: Registry, models: ModelSource, name: str, champion: int, challenger: int
) -> Comparison:
    """What changes when the challenger answers instead of the champion.

    A champion that cannot be loaded is told in the notes: there is nothing to lose then.

    Raises
    ------
    ModelNotFound
        When there is no such model or version.
    """
    old, new = registry.get(name, champion), registry.get(name, challenger)
    try:
        after = models.get(name, challenger)
    except ArtifactError as error:
        trouble = Trouble(f"{error.message} {error.hint}".rstrip(), 0)
        return Comparison(name, champion, challenger, troubles=(trouble,))
    try:
        before = models.get(name, champion)
    except ArtifactError as error:
        return Comparison(name, champion, challenger, notes=(error.message,))
    return _compare(registry, (old, before), (new, after))


def contract_changes(old: Contract, new: Contract) -> list[str]:
    """What the new contract wants or answers otherwise, in words.

    Examples
    --------
    >>> from core.serving.contract.field import Field
    >>> old = Contract(model="m", task="regression", target="y", fields=(Field("a", "number"),))
    >>> new = Contract(model="m", task="regression", target="y", fields=(Field("b", "number"),))
    >>> contract_changes(old, new)
    ["Requests must have 'b' from now on.", "'a' is no longer asked for, and is ignored."]
    """
    was = {field.name: field for field in old.fields}
    now = {field.name: field for field in new.fields}
    told = []
    for name, field in now.items():
        if name not in was:
            told.append(
                f"{name!r} is asked for from now on, and may be missing."
                if field.nullable
                else f"Requests must have {name!r} from now on."
            )
        elif field.kind != was[name].kind:
            told.append(f"{name!r} was a {was[name].kind} and is a {field.kind} from now on.")
        elif was[name].nullable and not field.nullable:
            told.append(f"{name!r} might be left out, and must be given from now on.")
    told += [f"{n!r} is no longer asked for, and is ignored." for n in was if n not in now]
    for what, before, after in (
        ("What is predicted", old.target, new.target),
        ("The task", old.task, new.task),
        ("The positive class", old.positive, new.positive),
        ("The decision threshold", _threshold(old), _threshold(new)),
    ):
        if before != after:
            told.append(f"{what} was {_said(before)} and is {_said(after)} from now on.")
    if old.classes != new.classes:
        told += _class_changes(old.classes or (), new.classes or ())
    return told


def _compare(
    registry: Registry, champion: tuple[Version, Engine], challenger: tuple[Version, Engine]
) -> Comparison:
    (old, before), (new, after) = champion, challenger
    ours, notes = _read_golden(registry, old)
    theirs, more_notes = _read_golden(registry, new)
    notes += more_notes
    asked = _ask(after, ours)
    asked_back = _ask(before, theirs)
    notes += _changed_itself(new, after, theirs)
    changes = _distinct(
        [
            *_changes(ours.rows, _answers(ours), asked.answers),
            *_changes(theirs.rows, asked_back.answers, _answers(theirs)),
        ]
    )
    sizes = [change.change for change in changes]
    is_about_labels = before.contract.classes is not None
    return Comparison(
        model=old.name,
        champion=old.version,
        challenger=new.version,
        asked=len(ours.rows) + len(theirs.rows),
        answered=len(changes),
        labels_changed=sum(c.before != c.after for c in changes) if is_about_labels else None,
        largest=max(sizes, default=None),
        typical=median(sizes) if sizes else None,
        rows=_most_changed(changes),
        contract=tuple(contract_changes(before.contract, after.contract)),
        troubles=asked.troubles,
        champion_troubles=asked_back.troubles,
        notes=tuple(notes),
    )


class _Given(Struct, frozen=True):
    """One answer: a label or number, and the probability of each class."""

    value: Label
    shares: Mapping[str, float]


class _Asked(Struct, frozen=True):
    """What a version answered to requests, None where it could not, and why not."""

    answers: list[_Given | None]
    troubles: tuple[Trouble, ...]


def _answers(golden: Golden) -> list[_Given]:
    shares = golden.probabilities or [{}] * len(golden.rows)
    return [_Given(value, row) for value, row in zip(golden.values, shares, strict=True)]


def _ask(engine: Engine, golden: Golden) -> _Asked:
    answers: list[_Given | None] = [None] * len(golden.rows)
    reasons: Counter[str] = Counter()
    parsed: dict[int, ParsedRow] = {}
    for place, row in enumerate(golden.rows):
        try:
            parsed[place] = engine.contract.parse_row(row)
        except PredictionError as error:
            reasons[f"{error.message} {error.hint}".rstrip()] += 1
    for place, given in _predict(engine, parsed).items():
        if isinstance(given, _Given):
            answers[place] = given
        else:
            reasons[f"it failed: {first_line(given)}."] += 1
    return _Asked(answers, tuple(Trouble(*each) for each in reasons.most_common()))


def _predict(engine: Engine, rows: Mapping[int, ParsedRow]) -> dict[int, _Given | Exception]:
    """The answer to each row, or why there is none; all in one call unless that fails."""
    if not rows:
        return {}
    try:
        answer = engine.predict(list(rows.values()))
    except Exception as error:  # whatever a model does with these rows, a person must hear of it
        if len(rows) == 1:
            return dict.fromkeys(rows, error)
        return {
            place: given
            for each, row in rows.items()
            for place, given in _predict(engine, {each: row}).items()
        }
    given = _answers(Golden([{}] * len(rows), answer.values, answer.probabilities))
    return dict(zip(rows, given, strict=True))


def _changes(
    rows: Sequence[dict[str, Wire]],
    before: Sequence[_Given | None],
    after: Sequence[_Given | None],
) -> list[RowChange]:
    return [
        RowChange(row, old.value, new.value, _distance(old, new))
        for row, old, new in zip(rows, before, after, strict=True)
        if old is not None and new is not None
    ]


def _distinct(changes: Sequence[RowChange]) -> list[RowChange]:
    """Each request once: versions that were trained on the same rows keep some of the same."""
    return list({msgspec.json.encode(change.row): change for change in changes}.values())


def _distance(old: _Given, new: _Given) -> float:
    if old.shares or new.shares:
        labels = old.shares.keys() | new.shares.keys()
        return max(abs(old.shares.get(each, 0.0) - new.shares.get(each, 0.0)) for each in labels)
    if isinstance(old.value, float | int) and isinstance(new.value, float | int):
        return abs(float(old.value) - float(new.value))
    return float(old.value != new.value)


def _most_changed(changes: Sequence[RowChange]) -> tuple[RowChange, ...]:
    others = [c for c in changes if c.change > SAME_ANSWER or c.before != c.after]
    others.sort(key=lambda c: (c.before != c.after, c.change), reverse=True)
    return tuple(others[:SHOWN_ROWS])


def _read_golden(registry: Registry, version: Version) -> tuple[Golden, list[str]]:
    """A version's golden requests, none where it has none, and what is to be said of that."""
    if GOLDEN_FILE not in registry.manifest(version).files:
        return Golden([], []), [f"Version {version.version} has no golden requests."]
    try:
        return load_golden(registry.read_file(version, GOLDEN_FILE)), []
    except SlipwayError as error:
        return Golden([], []), [error.message]


def _changed_itself(version: Version, engine: Engine, golden: Golden) -> list[str]:
    """A note when a version no longer answers as it did when it was registered."""
    changes = _changes(golden.rows, _answers(golden), _ask(engine, golden).answers)
    count = sum(c.change > SAME_ANSWER or c.before != c.after for c in changes)
    if not count:
        return []
    return [
        f"Version {version.version} answers {count} of its own golden requests otherwise than when it was "
        "registered: the libraries here may be others."
    ]


def _class_changes(old: Sequence[Label], new: Sequence[Label]) -> list[str]:
    told = []
    if gone := [label_text(label) for label in old if label not in new]:
        told.append(f"It never answers {list_names(gone)} from now on.")
    if added := [label_text(label) for label in new if label not in old]:
        told.append(f"It may answer {list_names(added)} from now on.")
    return told


def _threshold(contract: Contract) -> object:
    return getattr(contract, "threshold", None)


def _said(value: object) -> str:
    return "not set" if value is None else show(value)
