"""Where pictures lie: paths or addresses of image files."""

from dataclasses import replace

import pandas as pd

from core.data.kinds.base import RawColumn
from core.data.kinds.category import CATEGORY

MIN_FRACTION = 0.9
"""The share of the values that must end like an image file; a list of files may hold others."""

_IMAGE = r"(?i)^\S.*\.(?:png|jpe?g|gif|webp|bmp|tiff?|svg|heic|avif)(?:[?#]\S*)?$"


def _recognise(column: RawColumn) -> bool:
    if not column.is_text or not _are_images(column.sample):
        return False
    return _are_images(column.texts)


def _are_images(texts: pd.Series) -> bool:
    return bool(texts.str.match(_IMAGE).mean() >= MIN_FRACTION)


IMAGE = replace(
    CATEGORY,
    name="image",
    title="Image",
    icon=":material/image:",
    recognise=_recognise,
    is_feature=False,
)
