"""The recipe as YAML, for the command line, version control and the Prepare data page."""

from core.exports.base import ExportFormat
from core.recipe import dump_recipe

RECIPE = ExportFormat(
    name="recipe",
    title="Recipe",
    description=(
        "Every choice that led to this model, as YAML. Load it on the Prepare data page, or train by "
        "it on the command line."
    ),
    icon=":material/receipt_long:",
    mime="application/yaml",
    filename=lambda stem: f"{stem}.yaml",
    build=lambda export: dump_recipe(export.recipe).encode(),
)
