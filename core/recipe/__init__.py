"""The recipe: every choice that leads from a table to a model, as one YAML file.

The pages edit it, the command line reads it, generated code spells it out, and the same recipe on
the same data gives the same result.
"""

from core.recipe.columns import ColumnChoice, Role
from core.recipe.judging import Costs, Split
from core.recipe.preparing import (
    BooleanSteps,
    CategorySteps,
    DateSteps,
    NumberSteps,
    Preparing,
    TableSteps,
    TextSteps,
)
from core.recipe.reading import ReadOptions
from core.recipe.recipe import Label, Recipe
from core.recipe.searching import Search
from core.recipe.text import dump_recipe, load_recipe

__all__ = [
    "BooleanSteps",
    "CategorySteps",
    "ColumnChoice",
    "Costs",
    "DateSteps",
    "Label",
    "NumberSteps",
    "Preparing",
    "ReadOptions",
    "Recipe",
    "Role",
    "Search",
    "Split",
    "TableSteps",
    "TextSteps",
    "dump_recipe",
    "load_recipe",
]
