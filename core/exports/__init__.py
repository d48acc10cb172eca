"""Version to files, one module a format."""

from core.errors import ArtifactError, list_names
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


def get_format(name: str) -> ExportFormat:
    """The format of this name.

    Raises
    ------
    ArtifactError
        When there is none.
    """
    if name not in FORMATS:
        raise ArtifactError(
            f"The export format must be one of {list_names(FORMATS)}. Got {name!r}."
        )
    return FORMATS[name]


__all__ = ["FORMATS", "ExportFormat", "ExportInput", "get_format"]
