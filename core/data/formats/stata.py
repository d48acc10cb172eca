"""Stata data sets (.dta), with their value labels in place of codes."""

import io
import warnings

import pandas as pd

from core.data.formats.base import Format, RawTable, Wanted
from core.data.formats.cells import declared
from core.errors import UnreadableFile
from core.recipe import ReadOptions

SUFFIXES = (".dta",)

_NEW = b"<stata_dta>"
_OLD_RELEASES = range(102, 116)


def _looks_old(content: bytes) -> bool:
    """Whether it begins as before 2013: release, byte order, a one, a zero."""
    start = content[:4]
    return len(start) == 4 and start[0] in _OLD_RELEASES and start[1] in (1, 2) and start[2] == 1


def _read(content: bytes, options: ReadOptions | None, wanted: Wanted) -> RawTable:
    # pandas meets damage with whatever error it stumbles over.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = _read_frame(content)
    except Exception as error:
        raise UnreadableFile(
            f"The Stata file is damaged: {type(error).__name__}: {error}.",
            "Save it in Stata again, or export it as CSV.",
        ) from error
    columns = [declared(_to_series(frame.iloc[:, place])) for place in range(frame.shape[1])]
    return RawTable([str(name) for name in frame.columns], columns, ReadOptions(format="stata"))


def _read_frame(content: bytes) -> pd.DataFrame:
    try:
        return pd.read_stata(io.BytesIO(content))
    # Labels that say the same of two codes: the codes then tell more than the labels.
    except ValueError as error:
        if "Value labels" not in str(error):
            raise
        return pd.read_stata(io.BytesIO(content), convert_categoricals=False)


def _to_series(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
        texts = values.astype("str")
        return texts.mask(texts.str.strip() == "").where(values.notna())
    if pd.api.types.is_float_dtype(values.dtype):
        return values.astype("float64")
    return values.astype("int64") if pd.api.types.is_integer_dtype(values.dtype) else values


STATA = Format(
    name="stata",
    title="Stata",
    suffixes=SUFFIXES,
    matches=lambda content, suffix: (
        content.startswith(_NEW) or (suffix in SUFFIXES and _looks_old(content))
    ),
    read=_read,
)
