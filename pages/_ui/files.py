"""Which files the uploaders take."""

from core.data.containers import SUFFIXES
from core.data.formats.registry import FORMATS

FILE_TYPES = [
    suffix.lstrip(".")
    for suffix in (*(ending for entry in FORMATS.values() for ending in entry.suffixes), *SUFFIXES)
]
