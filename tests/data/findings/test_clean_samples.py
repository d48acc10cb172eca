"""What findings about target and split say of known data sets."""

from pathlib import Path

import msgspec
import pandas as pd
import pytest

from core.data.findings import Subject, find_about_target
from core.data.profiling import coerce_columns, describe_columns, infer_kinds
from core.data.samples import SAMPLES
from core.recipe import Role, Split

SHARED = Path(__file__).parents[4] / "shared" / "data"


def look(path: Path, target: str, *ignored: str) -> set[tuple[str, str | None]]:
    raw = pd.read_csv(path, na_values=["?"])
    kinds = infer_kinds(raw)
    frame = coerce_columns(raw, kinds)
    roles = dict.fromkeys(frame, Role.FEATURE) | dict.fromkeys(ignored, Role.IGNORE)
    known = describe_columns(frame, kinds)
    found = find_about_target(Subject(frame, known, target, roles, Split(), raw))
    return {(f.code, f.column) for f in found if f.severity != "info"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_nothing_wants_a_decision_in_a_sample(sample) -> None:
    found = look(sample.path, sample.target, "PassengerId", "Name", "Ticket", "name")
    assert {code for code, _ in found} <= {"imbalanced-target"}


def test_a_sample_that_is_sorted_by_its_target_says_so() -> None:
    raw = pd.read_csv(next(sample.path for sample in SAMPLES if sample.name == "penguins"))
    kinds = infer_kinds(raw)
    frame = coerce_columns(raw, kinds)
    found = find_about_target(Subject(frame, describe_columns(frame, kinds), "species"))
    assert [(f.code, f.severity) for f in found] == [("sorted-by-target", "info")]


@pytest.mark.skipif(not SHARED.exists(), reason="the larger data sets are not here")
@pytest.mark.parametrize(
    ("file", "target", "expected"),
    [
        ("adult/adult_train.csv", "class", set()),
        ("insurance/insurance.csv", "charges", set()),
        ("insurance/insurance.csv", "smoker", set()),
        ("penguins/penguins.csv", "body_mass_g", set()),
        ("titanic/train.csv", "Survived", set()),
        ("auto_mpg/mpg.csv", "mpg", set()),
        ("taxis/taxis.csv", "fare", {("target-function", "total")}),
        ("taxis/taxis.csv", "tip", set()),
        ("adult/adult_train.csv", "education", {("leaking-column", "education_num")}),
    ],
)
def test_only_true_leaks_are_found_in_known_data(file, target, expected) -> None:
    found = look(SHARED / file, target, "PassengerId", "Name", "Ticket", "name")
    assert {
        f for f in found if not f[0].endswith("-target") or f[0].startswith("sorted")
    } == expected


@pytest.mark.parametrize("kind", ["number", "a kind that comes one day"])
def test_kinds_are_not_asked_what_a_column_holds(kind) -> None:
    raw = pd.DataFrame({"y": ["a", "b"] * 40, "x": range(80)})
    kinds = infer_kinds(raw)
    known = describe_columns(raw := coerce_columns(raw, kinds), kinds)
    renamed = tuple(msgspec.structs.replace(column, kind=kind) for column in known[1:])
    find_about_target(Subject(raw, (known[0], *renamed), "y", {}, Split()))


def test_a_target_that_names_the_rows_has_no_relation_to_chance_gaps() -> None:
    raw = pd.DataFrame({"y": [f"id {n}" for n in range(30)], "x": ["a", None, None] * 10})
    kinds = infer_kinds(raw)
    frame = coerce_columns(raw, kinds)
    found = find_about_target(Subject(frame, describe_columns(frame, kinds), "y"))
    assert "known-afterwards" not in {finding.code for finding in found}
