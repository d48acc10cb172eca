"""Which files the uploaders take."""

from core.data.formats import FORMATS

FILE_TYPES = [suffix.lstrip(".") for entry in FORMATS.values() for suffix in entry.suffixes]
