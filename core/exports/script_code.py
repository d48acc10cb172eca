"""The text of the training script: its parts in the order in which a person reads them."""

from __future__ import annotations

import inspect
import textwrap
from dataclasses import dataclass
from pathlib import PurePath

from core.exports import plain
from core.exports import script_reading as reading
from core.exports.base import ExportInput
from core.exports.estimator_code import LINE_LENGTH, CodeWriter, import_lines
from core.exports.script import SCRIPT
from core.exports.script_check import reads_alike, why_untried
from core.exports.script_model import HOLIDAYS, columns_by_kind, find_days, model_code
from core.exports.script_parts import Code, check_recipe_for_script, fit_rows_code, split_code
from core.exports.script_scores import score_code
from core.exports.training_data import PROTECTED, copy_name, how_to_get, why_only_a_copy
from core.recipe import Role
from core.training.catalogue import CATALOGUE

STANDARD_LIBRARY = {
    *("contextlib", "csv", "io", "json", "math", "pathlib", "sqlite3", "sys"),
}

FIT_LINE = "    model = build_model().fit(train[FEATURES], train[TARGET].to_numpy())"


@dataclass(frozen=True)
class _Source:
    """What the script reads, in which way, and what is to be said of that."""

    file: str
    code: Code
    remark: str = ""
    is_copy: bool = False


def write_script(export: ExportInput) -> str:
    """The script as text; it needs none of Slipway, and one file beside it.

    That is the original file where pandas alone was seen to read exactly the table from it, and a
    clean copy of the table, which the format `data` is, everywhere else.

    Raises
    ------
    RecipeError
        When the recipe has something that the script has no words for.
    """
    check_recipe_for_script(export.recipe)
    data = export.kept_data
    if data is None:
        return _write_untried(export)
    why = why_only_a_copy(data) or why_untried(data)
    if not why:
        if reading.can_be_spelled(export.recipe.read, data.skipped_lines()):
            script = _compose(export, _original(export))
            if reads_alike(script, data, export.recipe):
                return script
        why = f"pandas alone does not read {_file_name(export)} as Slipway did"
    return _compose(export, _copy(export, why))


def _write_untried(export: ExportInput) -> str:
    name = _file_name(export)
    if not reading.is_ordinary(export.recipe.read) or name.endswith(PROTECTED):
        why = f"its data set was no longer kept when this was made: load {name} again first"
        return _compose(export, _copy(export, why))
    remark = (
        f"Its data set was no longer kept when this was made: whether pandas reads {name} as Slipway "
        f"did was not tried. Compare the scores."
    )
    return _compose(export, _original(export, remark))


def _original(export: ExportInput, remark: str = "") -> _Source:
    return _Source(_file_name(export), reading.read_code(export), remark)


def _copy(export: ExportInput, why: str) -> _Source:
    name = copy_name(export)
    remark = (
        f"It reads {name}, a clean copy of the rows and columns that it was trained on, because "
        f"{why}. The copy holds the values themselves: keep it as safe as the data it is from. "
        f"{how_to_get(export)}"
    )
    return _Source(name, reading.copy_code(export.recipe), remark, is_copy=True)


def _compose(export: ExportInput, source: _Source) -> str:
    recipe = export.recipe
    splitting, scoring = split_code(recipe), score_code(recipe)
    members, model = model_code(export)
    chosen = fit_rows_code(recipe, _max_rows(export))
    codes = (source.code, splitting, *members.values(), model, scoring, chosen)
    imports = set.union(
        {("joblib", ""), ("pandas", ""), ("sys", ""), ("pathlib", "Path")},
        *(code.imports for code in codes),
    )
    helpers = [
        inspect.getsource(getattr(plain, name)).strip() for code in codes for name in code.helpers
    ]
    blocks = [
        *helpers,
        _function(
            "load_table(path: Path) -> pd.DataFrame", "The rows that have a target.", source.code
        ),
        _function(
            "split(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]",
            "The rows to train on and the rows of the hold-out.",
            splitting,
        ),
        *(
            _function(f"{name}() -> Pipeline", "Preparing steps and estimator, not fitted.", code)
            for name, code in members.items()
        ),
        _function("build_model() -> Pipeline", _what_is_built(members), model),
        _function(
            "score(model: Pipeline, test: pd.DataFrame) -> dict[str, float]",
            "How well the model answers rows that it was not trained on.",
            scoring,
        ),
        _main(chosen, source, is_on_all_rows=export.is_on_all_rows),
        'if __name__ == "__main__":\n    main(Path(sys.argv[1] if len(sys.argv) > 1 else DATA_FILE))',
    ]
    head = "\n\n".join([_docstring(export, source), _imports(imports), _constants(export, source)])
    return "\n\n\n".join([head, *blocks]) + "\n"


def _docstring(export: ExportInput, source: _Source) -> str:
    title = CATALOGUE[export.candidate].title if export.candidate in CATALOGUE else "the model"
    made = dict(export.libraries)
    needed = ("scikit-learn", "pandas", "numpy", "joblib", *sorted(source.code.libraries))
    with_versions = ", ".join(f"{name} {made[name]}" if name in made else name for name in needed)
    which = (
        f"the draft of {export.name}"
        if export.is_draft
        else f"{export.name} version {export.version} again"
    )
    text = (
        f"Train {which}: {title}, which predicts {export.recipe.target}.\n\n"
        f"    python {SCRIPT.filename(export.stem)} [{source.file}]\n\n"
        f"It was made by Slipway and needs only {with_versions}.\n"
    )
    if source.remark:
        text += "\n" + "\n\n".join(map(_wrap, source.remark.split("\n\n"))) + "\n"
    # A column or file may be called anything.
    return '"""' + text.replace("\\", "\\\\").replace('"', "'") + '"""'


def _wrap(paragraph: str) -> str:
    if paragraph.startswith(" "):  # a command
        return paragraph
    return textwrap.fill(paragraph, LINE_LENGTH, break_long_words=False, break_on_hyphens=False)


def _imports(imports: set[tuple[str, str]]) -> str:
    own = {pair for pair in imports if pair[0] in STANDARD_LIBRARY}
    return "\n\n".join("\n".join(import_lines(part)) for part in (own, imports - own))


def _constants(export: ExportInput, source: _Source) -> str:
    recipe, writer = export.recipe, CodeWriter()
    values: list[tuple[str, object]] = [
        ("DATA_FILE", source.file),
        ("MODEL_FILE", f"{export.stem}.joblib"),
        ("TARGET", recipe.target),
    ]
    if recipe.positive is not None:
        values.append(("POSITIVE", recipe.positive))
    if times := recipe.named(Role.TIME):
        values.append(("TIME", times[0]))
    elif groups := recipe.named(Role.GROUP):
        values.append(("GROUP", groups[0]))
    if times and recipe.split.gap:
        values.append(("GAP", recipe.split.gap))
    values += [("TEST_FRACTION", recipe.split.test_fraction), ("SEED", recipe.seed)]
    lines = [f"{name} = {writer.write(value)}" for name, value in values]
    by_kind = columns_by_kind(recipe)
    lines += [
        f"{name} = {writer.write(columns, used=len(name) + 3)}" for name, columns in by_kind.items()
    ]
    if days := find_days(export.pipeline):
        lines += [f"{HOLIDAYS} = [", *_packed(days), "]  # fmt: skip"]
    return "\n".join([*lines, f"FEATURES = {' + '.join(by_kind)}"])


def _packed(texts: list[str]) -> list[str]:
    """Lines of a list, as many texts on each as fit."""
    text = " ".join(f'"{text}",' for text in texts)
    return textwrap.wrap(text, LINE_LENGTH, initial_indent="    ", subsequent_indent="    ")


def _max_rows(export: ExportInput) -> int | None:
    """How many rows the pipeline was fitted on at most; None = on all."""
    candidate = CATALOGUE.get(export.candidate)
    bounds = [export.max_rows, candidate.max_rows if candidate is not None else None]
    return min((bound for bound in bounds if bound is not None), default=None)


def _what_is_built(members: dict[str, Code]) -> str:
    if members:
        return "The mean of several models, by weight, not fitted."
    return "Preparing steps and estimator, not fitted."


def _main(chosen: Code, source: _Source, *, is_on_all_rows: bool) -> str:
    # The description says where the file is to be had.
    is_wrong = (
        'path.suffix != ".parquet" or not path.is_file()'
        if source.is_copy
        else "not path.is_file()"
    )
    again = [
        "",
        "    # The score is known: the model that is saved may learn from the hold-out too.",
        "    train = table",
        *chosen.lines,
        FIT_LINE,
        '    print(f"Trained again on all {len(table):,} rows.")',
    ]
    lines = [
        "def main(path: Path) -> None:",
        '    """Trains, scores on the hold-out, saves."""',
        f"    if {is_wrong}:",
        '        sys.exit(f"{path} is not the file that this script reads.\\n\\n{__doc__}")',
        "    table = load_table(path)",
        "    train, test = split(table)",
        *chosen.lines,
        FIT_LINE,
        '    print(f"Trained on {len(train):,} rows, scored on {len(test):,} held-out rows.")',
        "    for name, value in score(model, test).items():",
        '        print(f"{name:32} {value:.4f}")',
        *(again if is_on_all_rows else []),
        "    joblib.dump(model, MODEL_FILE)",
        '    print(f"Saved as {MODEL_FILE}.")',
    ]
    return "\n".join(lines)


def _function(signature: str, docstring: str, code: Code) -> str:
    return "\n".join([f"def {signature}:", f'    """{docstring}"""', *code.lines])


def _file_name(export: ExportInput) -> str:
    return PurePath(export.source_file).name
