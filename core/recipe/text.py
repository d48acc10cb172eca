"""The recipe as YAML text, and back."""

import msgspec

from core.errors import RecipeError
from core.recipe.recipe import Recipe


def dump_recipe(recipe: Recipe, *, is_ascii: bool = False) -> str:
    """The recipe as YAML text.

    Parameters
    ----------
    is_ascii
        Whether other characters are escaped, for where they cannot be written.

    Examples
    --------
    >>> from core.recipe import ColumnChoice, Role
    >>> recipe = Recipe(target="y", task="regression", metric="r2", columns={"y": ColumnChoice("number", Role.TARGET)})
    >>> load_recipe(dump_recipe(recipe)) == recipe
    True
    """
    import yaml

    document = msgspec.to_builtins(recipe)
    for choice in document["columns"].values():
        for name in ("levels", "encode"):  # most columns have nothing to tell there
            if not choice[name]:
                del choice[name]
    # Written in the order of the fields, which is the order in which a person chooses.
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=not is_ascii, width=100)


def load_recipe(text: str | bytes) -> Recipe:
    """The recipe that this YAML text spells out.

    Raises
    ------
    RecipeError
        When the text is not YAML, or a key or value is not one that a recipe has; the message
        names the place.
    """
    import yaml

    try:
        return msgspec.convert(yaml.safe_load(text), Recipe)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise RecipeError(
            f"A recipe must be YAML text. It could not be parsed{where}.",
            "Compare it with a recipe that the Prepare data page saved.",
        ) from error
    except RecursionError as error:
        raise RecipeError(
            "A recipe must be at most a few levels deep. This text is nested too deeply to be parsed.",
            "Compare it with a recipe that the Prepare data page saved.",
        ) from error
    except msgspec.ValidationError as error:
        raise RecipeError(
            f"The recipe has a value that cannot be used: {error}.",
            "The path after `$` says where. Compare it with a recipe that the Prepare data page saved.",
        ) from error
    # The parser lets Python's own errors through: for 2024-13-45, and for a tag such as !!bool x.
    except (ValueError, AttributeError, LookupError) as error:
        raise RecipeError(
            f"A recipe must be YAML text. It has a value that cannot be made from it: {error}.",
            "Put quotes around text that looks like a date or a number.",
        ) from error
