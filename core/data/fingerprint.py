"""One short text that is the same only for the same content."""

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def fingerprint(frame: pd.DataFrame, kinds: Mapping[str, str]) -> str:
    """SHA-256 of names, kinds and values of a table in canonical types, in hexadecimal.

    The same in every process and on every platform; another order of rows or columns gives another.

    Examples
    --------
    >>> fingerprint(pd.DataFrame({"a": [1]}), {"a": "number"})[:12]
    'fdc1ed752163'
    """
    digest = hashlib.sha256()
    for name in frame:
        _feed(digest, str(name).encode())
        _feed(digest, kinds[str(name)].encode())
        for part in _content(frame[name]):
            _feed(digest, part)
    return digest.hexdigest()


def _feed(digest: "hashlib._Hash", part: bytes | memoryview) -> None:
    # With its length in front, no two sequences of parts are the same bytes.
    digest.update(len(part).to_bytes(8, "little"))
    digest.update(part)


def _content(series: pd.Series) -> tuple[bytes | memoryview, ...]:
    """The values as little-endian bytes, behind a word for their type."""
    if series.dtype == bool:
        return b"boolean", series.to_numpy().astype("int8").tobytes()
    if series.dtype == object:
        codes = series.map({True: 1, False: 0}).fillna(-1).to_numpy(dtype="int8")
        return b"boolean", codes.tobytes()
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return b"date", series.astype("datetime64[ns]").to_numpy().astype("<i8").tobytes()
    if pd.api.types.is_integer_dtype(series.dtype):
        return b"integer", series.to_numpy(dtype="<i8").tobytes()
    if pd.api.types.is_float_dtype(series.dtype):
        values = series.to_numpy(dtype="<f8") + 0.0  # -0.0 equals 0.0
        return b"float", np.where(np.isnan(values), np.nan, values).astype("<f8").tobytes()
    texts = pa.chunked_array(pa.array(series, pa.large_string(), from_pandas=True)).combine_chunks()
    lengths = pc.fill_null(pc.binary_length(texts), -1).to_numpy(zero_copy_only=False)
    return b"text", lengths.astype("<i8").tobytes(), _joined(texts)


def _joined(texts: pa.LargeStringArray) -> memoryview:
    """The UTF-8 bytes of all texts, one behind the other, as they lie in memory."""
    # Without gaps, and from its own beginning, so that what lies between two offsets is all text.
    texts = pa.concat_arrays([texts.drop_null()])
    _, offsets, data = texts.buffers()
    if not len(texts) or data is None:
        return memoryview(b"")
    ends = np.frombuffer(offsets, dtype="int64")[texts.offset : texts.offset + len(texts) + 1]
    return memoryview(data)[ends[0] : ends[-1]]
