"""What is unusual about a table as a whole, in words."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import PredictionError, list_names
from core.serving.contract import Contract, match_names
from core.serving.contract.decoding import clean


def compare_columns(
    contract: Contract, given: Sequence[str], twice: Sequence[str] = ()
) -> list[str]:
    """What to say about the columns of a table.

    Parameters
    ----------
    given
        Their names, made unique.
    twice
        Names of the contract that more than one of them has.

    Raises
    ------
    PredictionError
        When a required one is missing, or any one where the contract is strict; the message names it.
    """
    missing = [name for name in contract.names if name not in given]
    extra = [name for name in given if name not in contract.names and name != contract.target]
    renamed = match_names(missing, extra)
    guesses = [f"{renamed[name]!r} for {name!r}" for name in missing if name in renamed]
    question = f" Did you mean {list_names(guesses)}?" if guesses else ""
    needed = [name for name in missing if contract.mode == "strict" or name in contract.required]
    if needed or len(missing) == len(contract.fields):
        raise PredictionError(
            f"The table must have the column{'s' if len(missing) > 1 else ''} "
            f"{list_names(repr(name) for name in missing)}. It has {list_names(given)}.",
            f"Rename or add {'them' if len(missing) > 1 else 'it'}.{question}",
            column=(needed or missing)[0],
        )
    notices = []
    if missing:
        notices.append(f"Not in the table, so counted as missing: {list_names(missing)}.{question}")
    if extra:
        notices.append(f"Not columns of this model, so not looked at: {list_names(extra)}.")
    if twice:
        notices.append(
            f"More than once in the table, so the first one counts: {list_names(twice)}."
        )
    if [name for name in given if name in contract.names] != [
        name for name in contract.names if name in given
    ]:
        notices.append("The columns are in another order than in training; they go by name.")
    return notices


def find_twice(contract: Contract, given: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """The contract's columns whose name another column of a table has too, which is no column of the contract.

    Parameters
    ----------
    given, names
        The names as the table has them, and as they were made unique.

    Examples
    --------
    >>> from core.serving.contract.field import Field
    >>> contract = Contract(model="m", task="regression", target="y", fields=(Field("a", "number"),))
    >>> find_twice(contract, ["a", "a "], ["a", "a_2"])
    ('a',)
    """
    others = [
        clean(name)
        for name, unique in zip(given, names, strict=True)
        if unique not in contract.names
    ]
    return tuple(name for name in contract.names if name in others)
