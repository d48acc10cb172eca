"""The kinds of question that a model can answer, each one module."""

from core.errors import RecipeError
from core.tasks.base import Task
from core.tasks.binary import BINARY
from core.tasks.multiclass import MULTICLASS
from core.tasks.regression import REGRESSION

TASKS: dict[str, Task] = {task.name: task for task in (BINARY, MULTICLASS, REGRESSION)}
"""By name; the first that fits a target is proposed."""


def get_task(name: str) -> Task:
    """The task of this name.

    Raises
    ------
    RecipeError
        When there is none.
    """
    if name not in TASKS:
        raise RecipeError(f"The task must be one of {', '.join(TASKS)}. Got {name!r}.")
    return TASKS[name]


def propose_task(kind: str, distinct: int, rows: int, whole: bool = True) -> Task:
    """The natural task for a target of this column kind, with so many distinct values in so many rows.

    Raises
    ------
    RecipeError
        When no task fits, for example for a constant or a date.

    Examples
    --------
    >>> propose_task("number", 2, 891).name
    'binary'
    >>> propose_task("number", 400, 891).name
    'regression'
    >>> propose_task("number", 9, 5000, whole=False).name
    'regression'
    """
    for task in TASKS.values():
        if task.fits(kind, distinct, rows, whole):
            return task
    raise RecipeError(
        f"No task fits a target of kind {kind} with {distinct} distinct value{'s' if distinct != 1 else ''}.",
        "Choose a target with at least two classes, or numbers.",
    )


__all__ = ["TASKS", "Task", "get_task", "propose_task"]
