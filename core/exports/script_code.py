"""The text of the training script: its parts in the order in which a person reads them."""

from __future__ import annotations

import inspect
from pathlib import PurePath

from sklearn.base import clone

from core.exports import plain
from core.exports.base import ExportInput
from core.exports.estimator_code import CodeWriter, Name, import_lines
from core.exports.script import SCRIPT
from core.exports.script_kinds import KINDS_IN_SCRIPT
from core.exports.script_parts import (
    Code,
    check_recipe_for_script,
    read_code,
    sample_code,
    score_code,
    split_code,
)
from core.features.pipeline import group_features
from core.recipe import Recipe, Role
from core.training.catalogue import CATALOGUE

STANDARD_LIBRARY = {"csv", "io", "json", "math", "pathlib", "sys"}


def write_script(export: ExportInput) -> str:
    """The script as text; it needs the training file beside it, and none of Slipway.

    Raises
    ------
    RecipeError
        When the recipe has something that the script has no words for.
    """
    recipe = export.recipe
    check_recipe_for_script(recipe)
    reading, splitting, scoring = read_code(export), split_code(recipe), score_code(recipe)
    model, bound = _model_code(export), _bound_code(export)
    imports = set.union(
        {("joblib", ""), ("pandas", ""), ("sys", ""), ("pathlib", "Path")},
        *(code.imports for code in (reading, splitting, model, scoring, bound)),
    )
    helpers = [inspect.getsource(getattr(plain, name)).strip() for name in reading.helpers]
    blocks = [
        *helpers,
        _function(
            "load_table(path: Path) -> pd.DataFrame", "The rows that have a target.", reading
        ),
        _function(
            "split(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]",
            "The rows to train on and the rows of the hold-out.",
            splitting,
        ),
        _function("build_model() -> Pipeline", "Preparing steps and estimator, not fitted.", model),
        _function(
            "score(model: Pipeline, test: pd.DataFrame) -> dict[str, float]",
            "How well the model answers rows that it was not trained on.",
            scoring,
        ),
        _main(bound),
        'if __name__ == "__main__":\n    main(Path(sys.argv[1] if len(sys.argv) > 1 else DATA_FILE))',
    ]
    head = "\n\n".join([_docstring(export), _imports(imports), _constants(export)])
    return "\n\n\n".join([head, *blocks]) + "\n"


def _docstring(export: ExportInput) -> str:
    title = CATALOGUE[export.candidate].title if export.candidate in CATALOGUE else "the model"
    made = dict(export.libraries)
    needed = ("scikit-learn", "pandas", "numpy", "joblib")
    with_versions = ", ".join(f"{name} {made[name]}" if name in made else name for name in needed)
    text = (
        f"Train {export.name} version {export.version} again: {title}, which predicts "
        f"{export.recipe.target}.\n\n"
        f"    python {SCRIPT.filename(export.stem)} [{_data_file(export)}]\n\n"
        f"It was made by Slipway and needs only {with_versions}.\n"
    )
    # A column or file may be called anything.
    return '"""' + text.replace("\\", "\\\\").replace('"', "'") + '"""'


def _imports(imports: set[tuple[str, str]]) -> str:
    own = {pair for pair in imports if pair[0] in STANDARD_LIBRARY}
    return "\n\n".join("\n".join(import_lines(part)) for part in (own, imports - own))


def _constants(export: ExportInput) -> str:
    recipe, writer = export.recipe, CodeWriter()
    values: list[tuple[str, object]] = [
        ("DATA_FILE", _data_file(export)),
        ("MODEL_FILE", f"{export.stem}.joblib"),
        ("TARGET", recipe.target),
    ]
    if recipe.positive is not None:
        values.append(("POSITIVE", recipe.positive))
    if times := recipe.named(Role.TIME):
        values.append(("TIME", times[0]))
    elif groups := recipe.named(Role.GROUP):
        values.append(("GROUP", groups[0]))
    values += [("TEST_FRACTION", recipe.split.test_fraction), ("SEED", recipe.seed)]
    lines = [f"{name} = {writer.write(value)}" for name, value in values]
    by_kind = columns_by_kind(recipe)
    lines += [
        f"{name} = {writer.write(columns, used=len(name) + 3)}" for name, columns in by_kind.items()
    ]
    return "\n".join([*lines, f"FEATURES = {' + '.join(by_kind)}"])


def columns_by_kind(recipe: Recipe) -> dict[str, list[str]]:
    """The feature columns that are prepared alike, by the name of their constant."""
    groups = group_features(recipe)
    return {
        entry.constant: groups[group] for group, entry in KINDS_IN_SCRIPT.items() if group in groups
    }


def _model_code(export: ExportInput) -> Code:
    """The body of `build_model()`: each group's steps by a name of their own, then the whole."""
    code, by_kind = Code(), columns_by_kind(export.recipe)
    names = {tuple(columns): constant for constant, columns in by_kind.items()}
    steps = dict(export.pipeline.steps)
    prepare = clone(steps["prepare"])
    writer = CodeWriter(names, export.recipe.seed)
    transformers = []
    for group, steps_of_group, columns in prepare.transformers:
        if not isinstance(steps_of_group, str):
            variable = KINDS_IN_SCRIPT[group].constant.lower()
            code.lines.append(writer.assign(variable, steps_of_group))
            steps_of_group = Name(variable)
        transformers.append((group, steps_of_group, columns))
    prepare.transformers = transformers
    code.lines.append(writer.assign("prepare", prepare))
    code.lines.append(writer.assign("model", steps["model"]))
    code.add('return Pipeline([("prepare", prepare), ("model", model)])')
    code.imports |= writer.imports | {("sklearn.pipeline", "Pipeline")}
    return code


def _bound_code(export: ExportInput) -> Code:
    candidate = CATALOGUE.get(export.candidate)
    if candidate is None or candidate.max_rows is None:
        return Code()
    return sample_code(export.recipe, candidate.max_rows)


def _main(bound: Code) -> str:
    lines = [
        "def main(path: Path) -> None:",
        '    """Trains, scores on the hold-out, saves."""',
        "    train, test = split(load_table(path))",
        *bound.lines,
        "    model = build_model().fit(train[FEATURES], train[TARGET].to_numpy())",
        '    print(f"Trained on {len(train):,} rows, scored on {len(test):,} held-out rows.")',
        "    for name, value in score(model, test).items():",
        '        print(f"{name:32} {value:.4f}")',
        "    joblib.dump(model, MODEL_FILE)",
        '    print(f"Saved as {MODEL_FILE}.")',
    ]
    return "\n".join(lines)


def _function(signature: str, docstring: str, code: Code) -> str:
    return "\n".join([f"def {signature}:", f'    """{docstring}"""', *code.lines])


def _data_file(export: ExportInput) -> str:
    return PurePath(export.source_file).name
