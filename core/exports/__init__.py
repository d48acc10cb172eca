"""Version to files, one module a format."""

from core.exports.base import ExportFormat, ExportInput
from core.exports.joblib_file import JOBLIB
from core.exports.recipe_file import RECIPE
from core.exports.script import SCRIPT
from core.exports.skops_file import SKOPS
from core.exports.training_data import DATA

FORMATS: dict[str, ExportFormat] = {
    entry.name: entry for entry in (JOBLIB, SKOPS, RECIPE, SCRIPT, DATA)
}
"""By name, in the order in which a person reads them."""

__all__ = ["FORMATS", "ExportFormat", "ExportInput"]
