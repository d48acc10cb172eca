"""How the generated script builds the model: each group's preparing steps by a name, then the whole."""

from __future__ import annotations

import json
import re
from typing import Any

from sklearn.base import clone

from core.errors import RecipeError
from core.exports.base import ExportInput
from core.exports.estimator_code import CodeWriter, Name
from core.exports.script_kinds import KINDS_IN_SCRIPT
from core.exports.script_parts import Code
from core.features.pipeline import group_features
from core.recipe import Recipe
from core.training.catalogue import CATALOGUE

HOLIDAYS = "HOLIDAYS"
"""The name of the constant that holds the days."""


def columns_by_kind(recipe: Recipe) -> dict[str, list[str]]:
    """The feature columns that are prepared alike, by the name of their constant."""
    groups = group_features(recipe)
    return {
        entry.constant: groups[group] for group, entry in KINDS_IN_SCRIPT.items() if group in groups
    }


def model_code(export: ExportInput) -> tuple[dict[str, Code], Code]:
    """The bodies of the functions that build the members of an ensemble, by name, and of `build_model()`.

    Raises
    ------
    RecipeError
        When a member of an ensemble was fitted on a sample of the rows.
    """
    model = export.pipeline.steps[-1][1]
    if len(export.pipeline.steps) > 1:
        return {}, _pipeline_code(export, export.pipeline)
    _check_members(export)
    pipelines = dict(model.estimators)
    functions = {name: f"build_{re.sub(r'[^a-zA-Z0-9]+', '_', name).lower()}" for name in pipelines}
    members = {functions[name]: _pipeline_code(export, part) for name, part in pipelines.items()}
    return members, _ensemble_code(model, functions)


def find_days(pipeline: Any) -> list[str]:
    """The days that a pipeline marks as holidays, as text; empty where it marks none."""
    for value in pipeline.get_params().values():
        if isinstance(value, dict) and "test_elements" in value:
            return [str(day) for day in value["test_elements"]]
    return []


def _pipeline_code(export: ExportInput, pipeline: Any) -> Code:
    """The body of a function that builds this pipeline."""
    code = Code()
    names = {tuple(columns): name for name, columns in columns_by_kind(export.recipe).items()}
    if days := find_days(pipeline):
        names[tuple(days)] = HOLIDAYS
    writer = CodeWriter(names, export.recipe.seed)
    prepare, *others = [(name, clone(step)) for name, step in pipeline.steps]
    _name_groups(prepare[1], writer, code)
    for name, step in (prepare, *others):
        code.lines.append(writer.assign(name, step))
    steps = [(name, Name(name)) for name, _ in (prepare, *others)]
    code.lines.append(_return("Pipeline", steps))
    code.imports |= writer.imports | {("sklearn.pipeline", "Pipeline")}
    return code


def _name_groups(prepare: Any, writer: CodeWriter, code: Code) -> None:
    """Gives the steps of each group a variable of their own, which then stands for them."""
    transformers = []
    for group, steps, columns in prepare.transformers:
        if not isinstance(steps, str):
            variable = KINDS_IN_SCRIPT[group].constant.lower()
            code.add(*KINDS_IN_SCRIPT[group].remark)
            code.lines.append(writer.assign(variable, steps))
            steps = Name(variable)
        transformers.append((group, steps, columns))
    prepare.transformers = transformers


def _ensemble_code(model: Any, functions: dict[str, str]) -> Code:
    code, writer = Code(), CodeWriter()
    shell = type(model)(
        [(name, Name(f"{function}()")) for name, function in functions.items()],
        **{"voting": model.voting} if hasattr(model, "voting") else {},
        weights=[float(weight) for weight in model.weights],
    )
    code.lines.append(writer.assign("model", shell))
    code.lines.append(_return("Pipeline", [("model", Name("model"))]))
    code.imports |= writer.imports | {("sklearn.pipeline", "Pipeline")}
    return code


def _return(function: str, steps: list[tuple[str, Name]]) -> str:
    head = f"return {function}("
    return f"    {head}{CodeWriter().write(steps, 4, len(head) + 1)})"


def _check_members(export: ExportInput) -> None:
    """Raises `RecipeError` when a member was fitted on fewer rows than the others."""
    learned = json.loads(export.contract).get("rows", 0)
    for name, _ in export.pipeline.steps[-1][1].estimators:
        candidate = CATALOGUE.get(re.sub(r"_\d+$", "", name))
        title, bound = (name, None) if candidate is None else (candidate.title, candidate.max_rows)
        if export.max_rows is not None or (bound is not None and learned > bound):
            raise RecipeError(
                "The members of an ensemble in a script must be fitted on the same rows. "
                f"{title} was fitted on a sample of them.",
                "Export the model as joblib or skops instead.",
            )
