"""What is done with all prepared columns together, before the estimator."""

from core.features.pieces import Steps
from core.recipe import TableSteps


def table_steps(choices: TableSteps) -> Steps:
    """The named steps over the whole matrix, in the recipe's order; none where all are switched off."""
    return []
