"""Golden requests: real rows kept with a version and what it answered, to hold against another version later.

They are rows of the training data, which may be personal; `SLIPWAY_GOLDEN_REQUESTS=no` keeps none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice, zip_longest

import msgspec
import numpy as np
import pandas as pd
from msgspec import Struct

from core.errors import ArtifactError, PredictionError
from core.recipe import Label
from core.scoring.answers import Answers
from core.serving.contract import Contract, label_text
from core.serving.contract.field import Wire
from core.serving.contract.inference import MAX_TEXT, to_wire
from core.serving.engine import Engine
from core.settings import Settings

GOLDEN_FILE = "golden.json"

MAX_GOLDEN = 200
"""Requests that are kept: enough for every level of a table of ordinary width, in 100 kB."""

MAX_ASKED = 5_000
"""Rows among which those near the decision are looked for."""

MAX_LEVELS = 20
"""Levels of one column that each have a request of their own."""


class Golden(Struct, frozen=True):
    """Requests and what a version answered to them when it was registered.

    Attributes
    ----------
    rows
        By column, as JSON carries them.
    values
        The labels or numbers, row by row.
    probabilities
        For each row the probability of each class, by `label_text`; None when the model has none.
    """

    rows: list[dict[str, Wire]]
    values: list[Label]
    probabilities: list[dict[str, float]] | None = None
    format_version: int = 1


def golden_files(settings: Settings, engine: Engine, features: pd.DataFrame) -> dict[str, bytes]:
    """The file to keep with a version, by its name; none where the operator wants none.

    Parameters
    ----------
    engine
        Of the version.
    features
        `(n, n_features)`: the rows it was fitted on, or others like them, in canonical types.
    """
    if not settings.golden_requests or features.empty:
        return {}
    asked = ask_golden(engine, to_rows(features.iloc[spread(len(features), MAX_ASKED)]))
    if not asked.rows:
        return {}
    frame = pd.DataFrame(asked.rows, columns=engine.contract.names)
    chosen = choose_rows(frame, _as_answers(asked, engine.contract), engine.contract)
    shares = asked.probabilities
    kept = Golden(
        [asked.rows[place] for place in chosen],
        [asked.values[place] for place in chosen],
        None if shares is None else [shares[place] for place in chosen],
    )
    return {GOLDEN_FILE: dump_golden(kept)}


def _as_answers(golden: Golden, contract: Contract) -> Answers:
    values = np.array(golden.values, dtype=None if contract.classes is None else object)
    if golden.probabilities is None or contract.classes is None:
        return Answers(values)
    texts = [label_text(label) for label in contract.classes]
    shares = np.array([[row[text] for text in texts] for row in golden.probabilities])
    threshold = getattr(contract, "threshold", None)
    return Answers(values, shares, contract.classes, contract.positive, threshold=threshold)


def choose_rows(features: pd.DataFrame, answers: Answers, contract: Contract) -> list[int]:
    """The positions of the rows to keep: levels, gaps, extremes, both sides of the decision, and some of the rest.

    Parameters
    ----------
    features
        `(n, n_features)`.
    answers
        To the same rows.
    """
    columns = [
        _telling_rows(features[field.name], field.kind in ("number", "date"))
        for field in contract.fields
    ]
    gaps = np.argsort(-features.isna().sum(axis=1).to_numpy(), kind="stable")[:5].tolist()
    near, surest = _near_the_decision(answers), _of_each_answer(answers)
    # The decision has its share however wide the table is; columns take turns for theirs; then what is left.
    parts = (near[:25], surest[:15], gaps, _in_turns(columns), near, surest)
    taken = dict.fromkeys(chain(*parts, spread(len(features), MAX_GOLDEN)))
    return sorted(islice(taken, MAX_GOLDEN))


def to_rows(features: pd.DataFrame) -> list[dict[str, Wire]]:
    """The rows of a table as requests; of long texts the beginning."""
    records = features.astype(object).to_dict("records")
    return [{str(name): _cut(to_wire(value)) for name, value in row.items()} for row in records]


def ask_golden(engine: Engine, rows: Sequence[dict[str, Wire]]) -> Golden:
    """Those of the rows that the engine's contract takes, with its answers."""
    kept, parsed = [], []
    for row in rows:
        try:
            parsed.append(engine.contract.parse_row(row))
        except PredictionError:  # a value of the training data that no request can have
            continue
        kept.append(row)
    answer = engine.predict(parsed)
    return Golden(kept, answer.values, answer.probabilities)


def dump_golden(golden: Golden) -> bytes:
    """The requests and answers as JSON."""
    return msgspec.json.encode(golden)


def load_golden(content: bytes) -> Golden:
    """The requests and answers that this JSON holds.

    Raises
    ------
    ArtifactError
        When it cannot be read.
    """
    try:
        return msgspec.json.decode(content, type=Golden)
    except msgspec.MsgspecError as error:
        raise ArtifactError(
            f"{GOLDEN_FILE} cannot be read: {error}.", "Register the model again."
        ) from error


def spread(n: int, wanted: int) -> list[int]:
    """So many positions of n, or all, evenly from the first to the last.

    Examples
    --------
    >>> spread(10, 4)
    [0, 3, 6, 9]
    """
    places = np.unique(np.linspace(0, n - 1, min(n, wanted)).round().astype(int))
    return [int(place) for place in places]


def _telling_rows(values: pd.Series, is_ordered: bool) -> list[int]:
    """Positions of a gap and of the extremes, or of each level, the most frequent and the rarest first."""
    codes, levels = pd.factorize(values)
    found = [] if (codes >= 0).all() else [int((codes < 0).argmax())]
    if (codes < 0).all():
        return found
    if is_ordered:
        by_size = np.argsort(levels, kind="stable")
        shown = [by_size[-1], by_size[0], by_size[len(by_size) // 2]]
    else:
        counted = np.bincount(codes[codes >= 0])
        by_count = np.argsort(-counted, kind="stable")
        shown = list(islice(_in_turns([by_count, by_count[::-1]]), MAX_LEVELS))
    first = {int(code): place for place, code in reversed(list(enumerate(codes)))}
    return list(dict.fromkeys([*found, *(first[int(code)] for code in shown)]))


def _near_the_decision(answers: Answers) -> list[int]:
    """Positions of the rows that could most easily be answered otherwise, on both sides in turns."""
    shares = answers.probabilities
    if shares is None:
        return []
    if answers.threshold is not None and answers.positive in (answers.classes or ()):
        distance = np.abs(answers.positive_probability - answers.threshold)
    else:
        ordered = np.sort(shares, axis=1)
        distance = ordered[:, -1] - ordered[:, -2] if shares.shape[1] > 1 else -ordered[:, -1]
    nearest = np.argsort(distance, kind="stable")
    codes, labels = pd.factorize(np.asarray(answers.values)[nearest])
    sides = [nearest[codes == code][:20].tolist() for code in range(len(labels))]
    return list(_in_turns(sides))[:60]


def _of_each_answer(answers: Answers) -> list[int]:
    """Positions of the surest row of each class, or of numbers evenly from the smallest to the largest."""
    if answers.probabilities is not None:
        return [int(place) for place in answers.probabilities.argmax(axis=0)]
    by_size = np.argsort(answers.values, kind="stable")
    return [int(by_size[place]) for place in spread(len(by_size), 15)]


def _in_turns(groups: Sequence[Sequence[int] | np.ndarray]) -> Iterator[int]:
    """The first of each group, then the second of each, and so on."""
    for turn in zip_longest(*groups):
        yield from (int(place) for place in turn if place is not None)


def _cut(value: Wire) -> Wire:
    return value[:MAX_TEXT] if isinstance(value, str) else value
