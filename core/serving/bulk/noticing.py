"""What is unusual about a table as a whole, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.errors import PredictionError, list_names
from core.serving.contract import Contract, match_names


def compare_columns(contract: Contract, given: Sequence[str]) -> list[str]:
    """What to say about the columns of a table.

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
    if [name for name in given if name in contract.names] != [
        name for name in contract.names if name in given
    ]:
        notices.append("The columns are in another order than in training; they go by name.")
    return notices


def compare_units(contract: Contract, units: Mapping[str, str]) -> list[str]:
    """What to say where a file counts in another unit than training."""
    return [
        f"{field.name!r} is in {units[field.name]} here, and was in {field.unit or 'no unit'} in "
        "training: its numbers were taken as they are."
        for field in contract.fields
        if units.get(field.name, field.unit) != field.unit
    ]
