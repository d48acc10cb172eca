"""Values of any type as the text that a person would write for them."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def spell(series: pd.Series) -> pd.Series:
    """`(n_rows,)` the values as `str`, with NaN where missing.

    Examples
    --------
    >>> spell(pd.Series([3.0, 2.5])).tolist(), spell(pd.Series([True])).tolist()
    (['3', '2.5'], ['True'])
    """
    dtype = series.dtype
    if pd.api.types.is_string_dtype(dtype) and series.dtype != object:
        return series.astype("str")
    if pd.api.types.is_datetime64_any_dtype(dtype):
        midnight = (series.dropna() == series.dropna().dt.normalize()).all()
        text = series.dt.strftime("%Y-%m-%d" if midnight else "%Y-%m-%dT%H:%M:%S")
        return pd.Series(text).astype("str")
    if pd.api.types.is_integer_dtype(dtype):
        return _as_series(pc.cast(pa.array(series, from_pandas=True), pa.string()), series)
    if pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_float_dtype(dtype):
        # As Python spells them, which a request is compared with: each different one once.
        codes, values = pd.factorize(series)
        words = pa.array([spell_value(value) for value in np.asarray(values).tolist()], pa.string())
        return _as_series(words.take(pa.array(codes, mask=codes < 0)), series)
    return series.map(spell_value, na_action="ignore").astype("str")


def spell_value(value: object) -> str:
    """A value that is not missing, as text.

    Examples
    --------
    >>> spell_value(3.0)
    '3'
    """
    # A number column with a gap was read as floats: level 3.0 is what a person typed as 3.
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _as_series(texts: pa.Array | pa.ChunkedArray, like: pd.Series) -> pd.Series:
    return pd.Series(texts.to_pandas().array, index=like.index, name=like.name, dtype="str")
