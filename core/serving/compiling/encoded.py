"""The engine for a model that no plan knows: the plan prepares, the fitted estimator answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from sklearn.pipeline import Pipeline
from threadpoolctl import ThreadpoolController

from core.serving.compiling.compile import member_pipelines
from core.serving.contract import Contract
from core.serving.plan.engine import PlanEngine
from core.serving.plan.file import dump_plan, read_plan
from core.serving.plan.matrices import Matrix, Sparse
from core.serving.plan.plan import Ask, Plan


class EncodedEngine(PlanEngine):
    """A version whose rows are prepared by a plan and answered by its fitted estimator.

    Parameters
    ----------
    plan
        Of the version, with a member that has no model.
    pipeline
        The fitted one.
    contract
        Of the same version.
    """

    def __init__(self, plan: Plan, pipeline: Pipeline, contract: Contract) -> None:
        self.pipeline = pipeline
        parts, _ = member_pipelines(pipeline)
        asks = [
            None if member.model is not None else _make_ask(part.steps[-1][1])
            for member, part in zip(plan.members, parts, strict=True)
        ]
        super().__init__(plan, contract, asks)

    def __reduce__(self) -> tuple[object, ...]:
        return _load, (dump_plan(self.plan), self.pipeline, self.contract)


def _load(plan: bytes, pipeline: Pipeline, contract: Contract) -> EncodedEngine:
    """The engine again, in another process."""
    return EncodedEngine(read_plan(plan), pipeline, contract)


def _make_ask(estimator: Any) -> Ask:  # scikit-learn has no type for a fitted estimator
    threads = ThreadpoolController()

    def ask(matrix: Matrix) -> np.ndarray:
        if isinstance(matrix, Sparse):
            places = (matrix.rows, matrix.columns)
            matrix = sparse.csr_matrix((matrix.values, places), shape=matrix.shape)
        # As in `core.serving.pipeline_engine`: requests that come together wait for one another else.
        with threads.limit(limits=1, user_api="openmp"):
            if hasattr(estimator, "classes_"):
                return np.asarray(estimator.predict_proba(matrix))
            return np.asarray(estimator.predict(matrix), dtype=float).reshape(-1, 1)

    return ask
