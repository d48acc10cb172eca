"""A contract's example in the forms of the dialects."""

import csv
import io

from core.serving.api.dialects.openinference_paths import write_request
from core.serving.api.schemas import csv_text
from core.serving.contract import Contract
from core.serving.contract.field import Wire


def in_order(contract: Contract) -> list[Wire]:
    """The values of the example in the contract's order."""
    return list(contract.example.values())


def split_frame(contract: Contract) -> dict[str, object]:
    """The example as a table, its names apart."""
    return {"columns": contract.names, "data": [in_order(contract)]}


def tensors(contract: Contract) -> object:
    """The example as one tensor for each column."""
    return write_request(contract)["inputs"]


def text_table(contract: Contract, *, with_names: bool = True) -> str:
    """The example as CSV."""
    cells = ["" if value is None else str(value) for value in in_order(contract)]
    return csv_text([contract.names, cells] if with_names else [cells])


def table_of(text: str) -> list[dict[str, str]]:
    r"""The rows of a CSV by column name.

    Examples
    --------
    >>> table_of("a,b\n1,2\n")
    [{'a': '1', 'b': '2'}]
    """
    return list(csv.DictReader(io.StringIO(text)))
