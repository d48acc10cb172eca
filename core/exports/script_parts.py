"""The parts of the generated script that depend on the recipe: reading, splitting, scoring."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import Any

from core.data.kinds import KINDS, base_of
from core.errors import RecipeError
from core.exports import plain
from core.exports.base import ExportInput
from core.exports.estimator_code import CodeWriter, quoted
from core.exports.script_kinds import KINDS_IN_SCRIPT
from core.features.pipeline import group_features
from core.recipe import Recipe, Role
from core.tasks import get_task

SCORES = {
    "roc_auc": ("ROC AUC", "roc_auc_score(happened, probability)"),
    "average_precision": ("Average precision", "average_precision_score(happened, probability)"),
    "brier": ("Brier score", "brier_score_loss(happened, probability)"),
    "accuracy": ("Accuracy", "accuracy_score(actual, predicted)"),
    "balanced_accuracy": ("Balanced accuracy", "balanced_accuracy_score(actual, predicted)"),
    "f1": ("F1", "f1_score(happened, called, zero_division=0.0)"),
    "precision": ("Precision", "precision_score(happened, called, zero_division=0.0)"),
    "recall": ("Recall", "recall_score(happened, called, zero_division=0.0)"),
    "log_loss": ("Log loss", "log_loss(actual, probabilities, labels=model.classes_)"),
    "f1_macro": (
        "F1 (macro)",
        'f1_score(actual, predicted, average="macro", zero_division=0.0)',
    ),
    "roc_auc_ovr": (
        "ROC AUC (one against the rest)",
        "np.mean([roc_auc_score(actual == c, p) for c, p in zip(model.classes_, probabilities.T)])",
    ),
    "r2": ("R²", "r2_score(actual, predicted)"),
    "rmse": ("RMSE", "root_mean_squared_error(actual, predicted)"),
    "mae": ("MAE", "mean_absolute_error(actual, predicted)"),
    "median_ae": ("Median absolute error", "median_absolute_error(actual, predicted)"),
    "mape": ("MAPE", "mean_absolute_percentage_error(actual, predicted)"),
}
"""How each metric is spelled in plain scikit-learn, and what it is called where it is printed."""


HELPER_IMPORTS = {
    "np.": ("numpy", ""),
    "pd.": ("pandas", ""),
    "csv.reader": ("csv", ""),
    "io.StringIO": ("io", ""),
    "json.": ("json", ""),
    "Path": ("pathlib", "Path"),
}
"""What a function of `core.exports.plain` needs when this occurs in it."""


@dataclass
class Code:
    """A piece of the script and what it needs.

    Attributes
    ----------
    lines
        Of the function's body, indented.
    imports
        (module, name) pairs; an empty name imports the module itself.
    helpers
        Names of functions of `core.exports.plain` to carry along.
    """

    lines: list[str] = field(default_factory=list)
    imports: set[tuple[str, str]] = field(default_factory=set)
    helpers: list[str] = field(default_factory=list)

    def add(self, *lines: str) -> None:
        """Appends these lines to the function's body."""
        self.lines.extend(f"    {line}" if line else "" for line in lines)

    def need(self, helper: str) -> None:
        """Carries this function of `core.exports.plain` along, once, with its imports."""
        if helper not in self.helpers:
            self.helpers.append(helper)
            source = inspect.getsource(getattr(plain, helper))
            self.imports |= {pair for mark, pair in HELPER_IMPORTS.items() if mark in source}


def read_code(export: ExportInput) -> Code:
    """The body of `load_table(path)`: the file's rows that have a target, in the right types."""
    code, read = Code(), export.recipe.read
    code.imports.add(("pandas", ""))
    {"csv": _read_csv, "excel": _read_excel, "json": _read_json, "parquet": _read_parquet}[
        read.format
    ](code, export)
    if read.header != 0:
        code.add('frame.columns = [" ".join(str(name).split()) for name in frame.columns]')
    else:
        code.add('frame.columns = [f"column_{place}" for place, _ in enumerate(frame.columns, 1)]')
    if renamed := _renamed(export.recipe):
        code.add(*_statement("frame = frame.rename(columns=", renamed, ")"))
    code.add('frame = frame.dropna(how="all").reset_index(drop=True)')
    _add_types(code, export)
    return code


def _read_csv(code: Code, export: ExportInput) -> None:
    read = export.recipe.read
    # Everything is read as text first: a code such as 00123 is not a number.
    options: list[tuple[str, Any]] = [("sep", read.delimiter or ","), ("dtype", "str")]
    options += [("quotechar", read.quote)] if read.quote not in (None, '"') else []
    options += [] if read.header != 0 else [("header", None)]
    # Else pandas takes the first column for row names where lines end in a delimiter.
    options += (
        [] if "column_1" in export.recipe.columns and read.header != 0 else [("index_col", False)]
    )
    options += [("skipinitialspace", True)]
    if not export.skipped_lines:
        options += [("encoding", read.encoding)] if read.encoding not in (None, "utf-8") else []
        _add_call(code, "read_csv", "path", options)
        return
    # Not skiprows: pandas does not count the lines inside a quoted value.
    code.need("text_without")
    layout = (read.encoding or "utf-8", read.delimiter or ",", read.quote or '"')
    code.lines.append(CodeWriter().assign("skipped", list(export.skipped_lines)))
    code.add(f"text = text_without(skipped, path, {', '.join(map(quoted, layout))})")
    _add_call(code, "read_csv", "text", options)


def _read_excel(code: Code, export: ExportInput) -> None:
    read = export.recipe.read
    options: list[tuple[str, Any]] = [("sheet_name", read.sheet or 0), ("dtype", "object")]
    options += [] if read.header != 0 else [("header", None)]
    rows = [line - 1 for line in export.skipped_lines]
    options += [("skiprows", rows)] if rows else []
    _add_call(code, "read_excel", "path", options)


def _read_parquet(code: Code, export: ExportInput) -> None:
    code.add("frame = pd.read_parquet(path)")


def _read_json(code: Code, export: ExportInput) -> None:
    code.need("read_json_table")
    code.add(f"frame = read_json_table(path, {quoted(export.recipe.read.encoding or 'utf-8')})")


def _add_call(code: Code, function: str, source: str, options: list[tuple[str, Any]]) -> None:
    writer = CodeWriter()
    arguments = [f"{name}={writer.write(value, 8, len(name) + 2)}" for name, value in options]
    line = f"frame = pd.{function}({source}, {', '.join(arguments)})"
    if len(line) + 4 <= 88 and "\n" not in line:
        code.add(line)
    else:
        code.lines.append(f"    frame = pd.{function}(")
        code.lines.extend(f"        {argument}," for argument in [source, *arguments])
        code.lines.append("    )")


def _renamed(recipe: Recipe) -> dict[str, str]:
    """What pandas calls the columns without a name, or with one that was taken."""
    renamed = {}
    for name in recipe.columns:
        if recipe.read.header != 0 and (match := re.fullmatch(r"column_(\d+)", name)):
            renamed[f"Unnamed: {int(match[1]) - 1}"] = name
        elif (match := re.fullmatch(r"(.+)_(\d+)", name)) and match[1] in recipe.columns:
            renamed[f"{match[1]}.{int(match[2]) - 1}"] = name
    return renamed


def _add_types(code: Code, export: ExportInput) -> None:
    recipe = export.recipe
    for group in group_features(recipe):
        code.add(f"for name in {KINDS_IN_SCRIPT[group].constant}:")
        code.add(f"    frame[name] = {_typed(code, recipe, group, 'frame[name]')}")
    for role, constant in ((Role.GROUP, "GROUP"), (Role.TIME, "TIME")):
        for name in recipe.named(role):
            _add_typed(code, recipe, base_of(recipe.columns[name].kind), constant)
    kind = base_of(recipe.columns[recipe.target].kind)
    _add_typed(code, recipe, kind, "TARGET")
    has_classes = get_task(recipe.task).has_classes
    target_type = KINDS_IN_SCRIPT[kind].label_type if has_classes else '"float64"'
    code.add(
        "frame = frame.dropna(subset=[TARGET]).reset_index(drop=True)",
        f"frame[TARGET] = frame[TARGET].astype({target_type})",
        "return frame",
    )


def _add_typed(code: Code, recipe: Recipe, kind: str, constant: str) -> None:
    code.add(f"frame[{constant}] = {_typed(code, recipe, kind, f'frame[{constant}]')}")


def _typed(code: Code, recipe: Recipe, kind: str, column: str) -> str:
    """The expression that gives a column as read the type of its kind."""
    expression, helpers = KINDS_IN_SCRIPT[kind].typed(recipe.read, column)
    for helper in helpers:
        code.need(helper)
    return expression


def split_code(recipe: Recipe) -> Code:
    """The body of `split(frame)`: the rows to train on and the rows of the hold-out."""
    code = Code()
    if recipe.named(Role.TIME):
        code.add(
            "# The last rows in time are held out; rows of the same time stay together.",
            'ordered = frame.sort_values(TIME, kind="stable", na_position="first")',
            "cut = len(frame) - math.ceil(TEST_FRACTION * len(frame))",
            "later = ordered[TIME] > ordered[TIME].iloc[cut - 1]",
            "return ordered[~later], ordered[later]",
        )
        code.imports.add(("math", ""))
    elif recipe.named(Role.GROUP):
        code.add(
            "# All rows of a group are on one side; a row without a group is one of its own.",
            "groups = pd.Series(frame[GROUP].factorize()[0])",
            "alone = groups < 0",
            "groups[alone] = groups.max() + alone[alone].cumsum()",
            "splitter = GroupShuffleSplit(1, test_size=TEST_FRACTION, random_state=SEED)",
            "train, test = next(splitter.split(frame, groups=groups))",
            "return frame.iloc[train], frame.iloc[test]",
        )
        code.imports.add(("sklearn.model_selection", "GroupShuffleSplit"))
    else:
        stratify = recipe.split.stratify and get_task(recipe.task).can_stratify
        code.add(
            "train, test = train_test_split(",
            "    frame,",
            "    test_size=TEST_FRACTION,",
            "    random_state=SEED,",
            *(["    stratify=frame[TARGET],  # equal shares of the classes"] if stratify else []),
            ")",
            "return train.sort_index(), test.sort_index()",
        )
        code.imports.add(("sklearn.model_selection", "train_test_split"))
    return code


def sample_code(recipe: Recipe, max_rows: int) -> Code:
    """Lines that take a sample of the training rows when there are more than the candidate can bear."""
    code = Code()
    stratify = ", stratify=train[TARGET]" if get_task(recipe.task).can_stratify else ""
    code.add(
        f"if len(train) > {max_rows:_}:  # the time to fit grows faster than the table",
        "    train, _ = train_test_split(",
        f"        train, train_size={max_rows:_}, random_state=SEED{stratify}",
        "    )",
        "    train = train.sort_index()",
    )
    code.imports.add(("sklearn.model_selection", "train_test_split"))
    return code


def score_code(recipe: Recipe) -> Code:
    """The body of `score(model, test)`: each metric of the task on the hold-out, the one that decides first."""
    code, task = Code(), get_task(recipe.task)
    metrics = dict.fromkeys((recipe.metric, *task.metrics))
    known = dict(SCORES[metric] for metric in metrics)
    used = " ".join(known.values())
    code.add("actual = test[TARGET].to_numpy()", "predicted = model.predict(test[FEATURES])")
    if task.has_classes:
        code.add("probabilities = model.predict_proba(test[FEATURES])")
    if "happened" in used:
        code.add(
            "probability = probabilities[:, list(model.classes_).index(POSITIVE)]",
            "happened, called = actual == POSITIVE, predicted == POSITIVE",
        )
    code.add("return {", *(f"    {quoted(title)}: {call}," for title, call in known.items()), "}")
    code.imports |= {
        ("sklearn.metrics", name) for name in re.findall(r"(\w+_(?:score|error|loss))\(", used)
    }
    if "np." in used:
        code.imports.add(("numpy", ""))
    return code


def _statement(head: str, value: object, tail: str) -> list[str]:
    return f"{head}{CodeWriter().write(value, 4, len(head) + len(tail))}{tail}".split("\n")


def check_recipe_for_script(recipe: Recipe) -> None:
    """Raises `RecipeError` when a column has a kind, or the recipe a metric, that the script has no words for."""
    instead = "Export the model as joblib or skops instead."
    for name, choice in recipe.columns.items():
        if choice.role != Role.IGNORE and not _is_known(choice.kind):
            raise RecipeError(
                f"A column in a script must be of kind {', '.join(filter(_is_known, KINDS))}. "
                f"Got {choice.kind!r} for {name!r}.",
                instead,
            )
    if recipe.metric not in SCORES:
        raise RecipeError(
            f"The metric in a script must be one of {', '.join(SCORES)}. Got {recipe.metric!r}.",
            instead,
        )


def _is_known(kind: str) -> bool:
    return kind in KINDS and base_of(kind) in KINDS_IN_SCRIPT
