"""The contract of a model: what it may be asked, and the one reader of values that goes by it."""

from core.serving.contract.contract import (
    Contract,
    Parsed,
    ParsedRow,
    ParsedRows,
    columns_of,
    dump_contract,
    flags_of,
    label_text,
    load_contract,
    values_of,
)
from core.serving.contract.field import Mode
from core.serving.contract.rows import match_names

__all__ = [
    "Contract",
    "Mode",
    "Parsed",
    "ParsedRow",
    "ParsedRows",
    "columns_of",
    "dump_contract",
    "flags_of",
    "label_text",
    "load_contract",
    "match_names",
    "values_of",
]
