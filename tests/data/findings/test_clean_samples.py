"""What findings about target and split say of known data sets."""

from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

from core.data.findings import Subject, find_about_target
from core.data.profiling import coerce_columns, describe_columns, infer_kinds
from core.data.samples import SAMPLES
from core.recipe import Role, Split

ADULT = Path(__file__).parents[1] / "files" / "adult.csv"


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


def leaks(path: Path, target: str) -> set[tuple[str, str | None]]:
    """The findings that tell of a leak, without those about the target itself."""
    found = look(path, target, "PassengerId", "Name", "Ticket", "name")
    return {f for f in found if not f[0].endswith("-target") or f[0].startswith("sorted")}


@pytest.mark.parametrize(
    ("path", "target", "expected"),
    [
        (ADULT, "class", set()),
        (ADULT, "education", {("leaking-column", "education_num")}),
        (Path("data/samples/penguins.csv"), "body_mass_g", set()),
        (Path("data/samples/titanic.csv"), "Survived", set()),
        (Path("data/samples/mpg.csv"), "mpg", set()),
    ],
)
def test_only_true_leaks_are_found_in_known_data(path, target, expected) -> None:
    assert leaks(path, target) == expected


@pytest.fixture
def rides(tmp_path: Path) -> Path:
    """Rides of taxis: the total is the sum of its parts, the fare follows the way, the tip hardly anything."""
    rng = np.random.default_rng(0)
    kilometres = rng.gamma(2.0, 2.0, 3000).round(2)
    parts = {
        "fare": (2.5 + 1.6 * kilometres + rng.gamma(2.0, 1.0, 3000)).round(1),
        "tip": (rng.random(3000) < 0.6) * rng.gamma(2.0, 1.2, 3000).round(2),
        "tolls": (rng.random(3000) < 0.05) * 5.76,
    }
    frame = pd.DataFrame({"kilometres": kilometres, **parts})
    frame["total"] = (sum(parts.values()) + 3.3).round(2)
    frame["colour"] = rng.choice(["yellow", "green"], 3000)
    frame.to_csv(tmp_path / "rides.csv", index=False)
    return tmp_path / "rides.csv"


@pytest.mark.parametrize(
    ("target", "expected"), [("fare", {("target-function", "total")}), ("kilometres", set())]
)
def test_a_sum_that_holds_the_target_is_a_leak_and_what_goes_with_it_is_none(
    rides, target, expected
) -> None:
    assert leaks(rides, target) == expected


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
