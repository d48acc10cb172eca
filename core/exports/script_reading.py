"""The body of the script's `load_table`: the original file by pandas alone, or a clean copy of the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from core.data.kinds import base_of
from core.exports.base import ExportInput
from core.exports.estimator_code import CodeWriter, quoted
from core.exports.script_kinds import KINDS_IN_SCRIPT
from core.exports.script_parts import Code
from core.features.pipeline import group_features
from core.recipe import ReadOptions, Recipe, Role
from core.tasks import get_task
from core.tasks.classes import MIN_CLASS_ROWS

MAX_SKIPPED = 100
"""More lines to leave out than this are no list that a person reads."""

PYARROW = {"parquet": "read_parquet", "arrow": "read_feather", "orc": "read_orc"}
"""The formats that pandas reads through pyarrow, and by which function."""


def can_be_spelled(read: ReadOptions, skipped: list[int]) -> bool:
    """Whether there are plain words of pandas for these options; only trying tells whether they do."""
    is_split = len(read.delimiter or ",") == 1 or read.delimiter == "  "
    is_simple = read.format != "csv" or (is_split and not (read.escape or read.quote == ""))
    return (
        read.format in READERS
        and is_simple
        and int(read.header if read.header is not None else 1) <= 1
        and not read.thousands
        and len(skipped) <= MAX_SKIPPED
    )


def is_ordinary(read: ReadOptions) -> bool:
    """Whether these options leave nothing out and name no part, so that a script may rely on pandas untried."""
    has_remarks = read.skip_lines or read.skip_footer or read.comment or read.member
    return can_be_spelled(read, []) and not has_remarks


def copy_code(recipe: Recipe) -> Code:
    """The body of `load_table(path)` where it reads the clean copy, which has the right types already."""
    code = Code(libraries={"pyarrow"})
    code.imports.add(("pandas", ""))
    code.add("frame = pd.read_parquet(path)")
    if "boolean" in group_features(recipe):
        code.add(
            "for name in BOOLEANS:  # a gap in a file is None",
            "    frame[name] = frame[name].where(frame[name].notna(), np.nan)",
        )
        code.imports.add(("numpy", ""))
    if get_task(recipe.task).has_classes:
        code.add(f"frame[TARGET] = frame[TARGET].astype({_label_type(recipe)})")
    code.add("return frame")
    return code


def read_code(export: ExportInput) -> Code:
    """The body of `load_table(path)` where it reads the original file; `can_be_spelled` must be true of it."""
    code, read = Code(), export.recipe.read
    code.imports.add(("pandas", ""))
    READERS[read.format](code, export)
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
    separator = r"\s+" if read.delimiter in (" ", "  ") else read.delimiter or ","
    options: list[tuple[str, Any]] = [("sep", separator), ("dtype", "str")]
    options += [("quotechar", read.quote)] if read.quote not in (None, '"') else []
    options += [] if read.header != 0 else [("header", None)]
    # Else pandas takes the first column for row names where lines end in a delimiter.
    options += (
        [] if "column_1" in export.recipe.columns and read.header != 0 else [("index_col", False)]
    )
    options += [("na_values", list(read.missing))] if read.missing else []
    options += [("skipinitialspace", True)]
    skipped = _skipped(export)
    if not skipped:
        options += [("encoding", read.encoding)] if read.encoding not in (None, "utf-8") else []
        _add_call(code, "read_csv", "path", options)
        return
    # Not skiprows: pandas does not count the lines inside a quoted value.
    code.need("text_without")
    layout = (read.encoding or "utf-8", read.delimiter or ",", read.quote or '"')
    code.lines.append(CodeWriter().assign("skipped", skipped))
    code.add(f"text = text_without(skipped, path, {', '.join(map(quoted, layout))})")
    _add_call(code, "read_csv", "text", options)


def _read_excel(code: Code, export: ExportInput) -> None:
    read = export.recipe.read
    code.libraries.add("python-calamine")
    options: list[tuple[str, Any]] = [("sheet_name", read.sheet or 0), ("dtype", "object")]
    options += [("engine", "calamine")]
    options += [("na_values", list(read.missing))] if read.missing else []
    options += [] if read.header != 0 else [("header", None)]
    rows = [line - 1 for line in _skipped(export)]
    options += [("skiprows", rows)] if rows else []
    _add_call(code, "read_excel", "path", options)


def _read_columns(code: Code, export: ExportInput) -> None:
    code.libraries.add("pyarrow")
    code.add(f"frame = pd.{PYARROW[export.recipe.read.format]}(path)")


def _read_stata(code: Code, export: ExportInput) -> None:
    code.add("frame = pd.read_stata(path)")


def _read_sqlite(code: Code, export: ExportInput) -> None:
    table = (export.recipe.read.sheet or "").replace('"', '""')
    query = quoted(f'SELECT * FROM "{table}"')
    code.imports |= {("contextlib", "closing"), ("sqlite3", "")}
    code.add(
        "# Immutable: nothing is written, also not beside the file.",
        'address = f"{path.resolve().as_uri()}?immutable=1"',
        "with closing(sqlite3.connect(address, uri=True)) as database:",
        f"    frame = pd.read_sql_query({query}, database)",
    )


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


def _skipped(export: ExportInput) -> list[int]:
    data = export.kept_data
    return data.skipped_lines() if data else []


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
    target_type = _label_type(recipe) if has_classes else '"float64"'
    code.add(
        "frame = frame.dropna(subset=[TARGET]).reset_index(drop=True)",
        f"frame[TARGET] = frame[TARGET].astype({target_type})",
    )
    if has_classes and not get_task(recipe.task).has_positive:
        code.add(
            "# A class of fewer rows cannot be learned and judged.",
            f"is_common = frame[TARGET].map(frame[TARGET].value_counts()) >= {MIN_CLASS_ROWS}",
            "return frame[is_common].reset_index(drop=True)",
        )
    else:
        code.add("return frame")


def _label_type(recipe: Recipe) -> str:
    return KINDS_IN_SCRIPT[base_of(recipe.columns[recipe.target].kind)].label_type


def _add_typed(code: Code, recipe: Recipe, kind: str, constant: str) -> None:
    code.add(f"frame[{constant}] = {_typed(code, recipe, kind, f'frame[{constant}]')}")


def _typed(code: Code, recipe: Recipe, kind: str, column: str) -> str:
    """The expression that gives a column as read the type of its kind."""
    expression, helpers = KINDS_IN_SCRIPT[kind].typed(recipe.read, column)
    for helper in helpers:
        code.need(helper)
    return expression


def _statement(head: str, value: object, tail: str) -> list[str]:
    return f"{head}{CodeWriter().write(value, 4, len(head) + len(tail))}{tail}".split("\n")


READERS: dict[str, Callable[[Code, ExportInput], None]] = {
    "csv": _read_csv,
    "excel": _read_excel,
    "json": _read_json,
    "sqlite": _read_sqlite,
    "stata": _read_stata,
    **dict.fromkeys(PYARROW, _read_columns),
}
"""By format."""
