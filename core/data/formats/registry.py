"""The file formats, each one module: how it is recognised and how its bytes become columns."""

from core.data.formats.arrow import ARROW
from core.data.formats.base import Format
from core.data.formats.csv import CSV
from core.data.formats.excel import EXCEL
from core.data.formats.json import JSON
from core.data.formats.orc import ORC
from core.data.formats.parquet import PARQUET
from core.data.formats.sqlite import SQLITE
from core.data.formats.stata import STATA

FORMATS: dict[str, Format] = {
    entry.name: entry for entry in (PARQUET, ARROW, ORC, SQLITE, STATA, EXCEL, JSON, CSV)
}
"""By name; the first that matches reads the file, and the last matches any."""
