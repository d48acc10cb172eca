"""Forms that several dialects share: rows as lists, as objects or as columns, and what is answered to them."""

from collections.abc import Callable, Mapping
from typing import Literal, cast

from core.errors import PredictionError, list_names
from core.serving.api.calls import Reply
from core.serving.api.errors import wrong_form
from core.serving.api.schemas import OUTPUTS
from core.serving.contract import label_text
from core.serving.contract.field import show
from core.serving.contract.row_text import Rows, RowsText

Output = Literal["prediction", "probabilities", "all"]

ReadList = Callable[[object, str], list[object]]
"""Rows from what stands by a key."""


def read_list(rows: object, key: str) -> list[object]:
    """A list of at least one row; bare values are rows of a model of one column.

    Raises
    ------
    ApiError
        When it is no such list.
    """
    if not isinstance(rows, list) or not rows:
        raise wrong_form(f'"{key}" must be a list of at least one row. Got {show(rows)}.')
    if all(isinstance(row, list | dict) for row in rows):
        return rows
    return [row if isinstance(row, list | dict) else [row] for row in rows]


def read_rows(rows: object, key: str, read: ReadList = read_list) -> Rows:
    """What `read` makes of a list of rows; where they are text still, it is asked when they are decoded."""
    if isinstance(rows, RowsText):
        return rows.then(lambda found: read(found, key))
    return read(rows, key)


def rows_of_columns(columns: Mapping[str, object], key: str) -> list[object]:
    """Rows by name, from columns that are lists.

    Raises
    ------
    ApiError
        When a column is no list.
    PredictionError
        When they are not equally long.

    Examples
    --------
    >>> rows_of_columns({"age": [22, 38], "sex": ["male", "female"]}, "inputs")
    [{'age': 22, 'sex': 'male'}, {'age': 38, 'sex': 'female'}]
    """
    uneven = [name for name, values in columns.items() if not isinstance(values, list)]
    if uneven:
        raise wrong_form(f'Each column of "{key}" must be a list. Not one: {list_names(uneven)}.')
    lists = cast("Mapping[str, list[object]]", columns)
    lengths = {name: len(values) for name, values in lists.items()}
    if len(set(lengths.values())) > 1:
        shown = list_names(f"{name} {length}" for name, length in lengths.items())
        raise PredictionError(f'The columns of "{key}" must be equally long. Got {shown}.')
    return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]


def read_split(frame: object, form: str) -> list[object]:
    """Rows from `{"columns": names, "data": rows}`; without names they are in order.

    Raises
    ------
    ApiError
        When it is something else.
    """
    if not isinstance(frame, dict):
        raise wrong_form(f'"{form}" must be an object with columns and data. Got {show(frame)}.')
    rows = read_list(frame.get("data"), "data")
    names = frame.get("columns")
    if names is None:
        return rows
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise wrong_form(f'"columns" must be a list of names. Got {show(names)}.')
    if len(set(names)) < len(names):
        raise wrong_form('"columns" must name each column once.')
    named: list[object] = []
    for row in rows:
        if not isinstance(row, list) or len(row) != len(names):
            raise wrong_form(f'Each row of "data" must be a list of {len(names)} values.')
        named.append(dict(zip(names, row, strict=True)))
    return named


def read_values(values: object, form: str) -> Rows:
    """Rows from a list of them, or from columns by name; raises as `rows_of_columns`."""
    if isinstance(values, Mapping):
        # One row by name may be given bare, without lists.
        if values and not any(isinstance(value, list) for value in values.values()):
            return [values]
        return read_rows(rows_of_columns(values, form), form)
    return read_rows(values, form)


def read_parameters(parameters: object, key: str) -> Output:
    """What the parameters of a request ask for.

    Raises
    ------
    ApiError
        When they are no object, or ask for something that is not known.
    """
    if parameters is None:
        return "prediction"
    if not isinstance(parameters, dict):
        raise wrong_form(f'"{key}" must be an object. Got {show(parameters)}.')
    if unknown := [name for name in parameters if name != "output"]:
        raise wrong_form(
            f'"{key}" must have no other keys than output. Got {list_names(unknown)}.',
            f'"output" is one of {", ".join(OUTPUTS)}.',
        )
    output = parameters.get("output", "prediction")
    if output not in OUTPUTS:
        raise wrong_form(f'"output" must be one of {", ".join(OUTPUTS)}. Got {show(output)}.')
    return cast("Output", output)


def write_predictions(reply: Reply, output: Output) -> list[object]:
    """One value for each row: the label or number, its probabilities in the order of the classes, or all.

    Raises
    ------
    ApiError
        When probabilities are asked of a model that predicts numbers.
    """
    values, shares = reply.answer.values, reply.answer.probabilities
    if output == "prediction":
        return list(values)
    if output == "all":
        if shares is None:
            return [{"prediction": value} for value in values]
        return [
            {"prediction": value, "probabilities": share}
            for value, share in zip(values, shares, strict=True)
        ]
    if shares is None:
        raise wrong_form(
            f"Probabilities must be asked of a model with classes. {reply.contract.model!r} predicts "
            "numbers."
        )
    texts = [label_text(label) for label in reply.contract.classes or ()]
    return [[share[text] for text in texts] for share in shares]
