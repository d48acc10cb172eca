"""The files that a version gets for its plan: made, and proved to answer as the pipeline does."""

from __future__ import annotations

import logging
import time
from typing import NamedTuple

import pandas as pd
from sklearn.pipeline import Pipeline

from core.errors import ArtifactError
from core.serving.compiling.compile import compile_plan
from core.serving.compiling.encoded import EncodedEngine
from core.serving.compiling.proof import Difference, compare, make_rows
from core.serving.contract import Contract
from core.serving.engine import Engine
from core.serving.pipeline_engine import PipelineEngine
from core.serving.plan import PLAN_FILE, PlanEngine, dump_plan, read_plan
from core.serving.plan.report import PLAN_REPORT_FILE, PlanReport, dump_report

logger = logging.getLogger(__name__)

TRIES = 5


class Made(NamedTuple):
    """A plan's file, and what came of making it.

    Attributes
    ----------
    content
        None where the pipeline has to answer.
    """

    content: bytes | None
    report: PlanReport


def plan_files(pipeline: Pipeline, contract: Contract, features: pd.DataFrame) -> dict[str, bytes]:
    """By name, the files to keep beside the pipeline: the report, and the plan where there is one.

    Parameters
    ----------
    features
        `(n, n_features)`: what the pipeline was fitted on.
    """
    made = make_plan(pipeline, contract, features)
    files = {PLAN_REPORT_FILE: dump_report(made.report)}
    return files if made.content is None else files | {PLAN_FILE: made.content}


def make_plan(pipeline: Pipeline, contract: Contract, features: pd.DataFrame) -> Made:
    """The plan of a fitted pipeline, when it answers as the pipeline does, and the report on it."""
    try:
        return _make(pipeline, contract, features)
    except ArtifactError as error:
        return Made(None, PlanReport("pipeline", error.message))
    except Exception as error:  # whatever goes wrong, the pipeline is there to answer
        logger.exception("The plan of %s could not be made", contract.model)
        return Made(None, PlanReport("pipeline", f"Its plan could not be made: {error}."))


def _make(pipeline: Pipeline, contract: Contract, features: pd.DataFrame) -> Made:
    content = dump_plan(compile_plan(pipeline, contract))
    plan = read_plan(content)
    reference = PipelineEngine(pipeline, contract)
    engine: Engine = (
        EncodedEngine(plan, pipeline, contract)
        if plan.needs_estimator
        else PlanEngine(plan, contract)
    )
    difference = compare(engine, reference, make_rows(contract, features))
    if not difference.is_none:
        return Made(
            None, PlanReport("pipeline", _told(difference), difference.rows, difference.largest)
        )
    report = PlanReport(
        "encoded" if plan.needs_estimator else "plan",
        _unknown_models(pipeline) if plan.needs_estimator else "",
        difference.rows,
        difference.largest,
        _row_microseconds(engine),
        _row_microseconds(reference),
        len(content),
    )
    return Made(content, report)


def _told(difference: Difference) -> str:
    return (
        f"Its plan answered {difference.labels:,} of {difference.rows:,} rows with another label, "
        f"scores up to {difference.largest:.1e} apart."
    )


def _unknown_models(pipeline: Pipeline) -> str:
    return f"{type(pipeline.steps[-1][1]).__name__} is not compiled."


def _row_microseconds(engine: Engine) -> float:
    """How long a row takes, at best of a few tries."""
    rows = engine.contract.parse(engine.contract.example).rows
    seconds = []
    for _ in range(TRIES):
        started = time.perf_counter()
        engine.predict(rows)
        seconds.append(time.perf_counter() - started)
    return round(1e6 * min(seconds), 1)
