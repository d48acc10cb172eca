"""The compiled form of a fitted pipeline, a file of its own, and the engine that answers by it.

Run-time part: numpy and msgspec are all that it needs. What makes a plan of a fitted pipeline is
`core.serving.compiling`.
"""

from core.errors import ArtifactError
from core.serving.contract import Contract
from core.serving.plan.engine import PlanEngine
from core.serving.plan.file import dump_plan, read_plan
from core.serving.plan.plan import Plan

PLAN_FILE = "model.plan"
"""The plan's name among the files of a version."""


def load_plan(content: bytes, contract: Contract) -> PlanEngine:
    """The engine that answers by the plan in this file.

    Parameters
    ----------
    contract
        Of the same version.

    Raises
    ------
    ArtifactError
        When the plan is damaged, was written by a newer Slipway, or asks the fitted estimator of the
        version, as `core.serving.compiling.encoded.EncodedEngine` does.
    """
    plan = read_plan(content)
    if plan.needs_estimator:
        raise ArtifactError(
            "A plan must answer by itself to be served alone. This one asks its fitted estimator.",
            "Serve the version from the registry, with scikit-learn installed.",
        )
    return PlanEngine(plan, contract)


__all__ = ["PLAN_FILE", "Plan", "PlanEngine", "dump_plan", "load_plan", "read_plan"]
