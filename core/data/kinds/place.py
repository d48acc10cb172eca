"""Places on the earth, in degrees."""

from dataclasses import replace

from core.data.kinds.base import RawColumn
from core.data.kinds.names import split_name
from core.data.kinds.number import NUMBER

LATITUDE_NAMES = frozenset(
    {
        "lat",
        "latitude",
        "lattitude",
        "latitud",
        "latitudine",
        "breitengrad",
        "ycoord",
        "緯度",
        "纬度",
    }
)
LONGITUDE_NAMES = frozenset(
    {"lon", "lng", "long", "longitude", "longitud", "longitudine", "längengrad", "laengengrad"}
    | {"xcoord", "経度", "经度"}
)

MIN_FRACTIONS = 0.5
"""Degrees are measured: from this share of values that are not whole on, they can be degrees."""


def _is_place(column: RawColumn, names: frozenset[str], bound: float) -> bool:
    words = split_name(column.name)
    pairs = {a + b for a, b in zip(words, words[1:], strict=False)}
    if not column.is_number or names.isdisjoint({*words, *pairs}):
        return False
    values = column.present
    return bool(values.abs().max() <= bound and (values % 1 != 0).mean() >= MIN_FRACTIONS)


LATITUDE = replace(
    NUMBER,
    name="latitude",
    title="Latitude",
    icon=":material/explore:",
    recognise=lambda column: _is_place(column, LATITUDE_NAMES, 90),
)
LONGITUDE = replace(
    NUMBER,
    name="longitude",
    title="Longitude",
    icon=":material/public:",
    recognise=lambda column: _is_place(column, LONGITUDE_NAMES, 180),
)
