import numpy as np
import pytest

from core.data.findings.sorted_by_target import SortedByTarget
from core.recipe import Role

N = 150
RNG = np.random.default_rng(4)
SPECIES = np.repeat(["setosa", "versicolor", "virginica"], 50)
SHUFFLED = RNG.permutation(SPECIES)
X = RNG.normal(size=N)


def seen(run, **columns) -> dict[str | None, str]:
    return {f.column: f.severity for f in run(SortedByTarget(), target="y", **columns)}


def test_a_sorted_file_is_good_to_know(run) -> None:
    (finding,) = run(SortedByTarget(), target="y", y=SPECIES, x=X)
    assert (finding.column, finding.severity) == (None, "info")
    assert "its 3 classes stand in 3 blocks" in finding.message


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Id", range(1, N + 1)),
        ("row", range(N)),
        ("number", range(1, N + 1)),
        ("anything", range(N)),
        ("code", [f"F-{n:04}" for n in range(N)]),
        ("code", [f"{species[:3]}{n}" for n, species in enumerate(SPECIES)]),
    ],
)
def test_an_identifier_that_sorts_by_class_is_found(run, name, values) -> None:
    assert seen(run, y=SPECIES, x=X, **{name: values}) == {None: "info", name: "warning"}


def test_an_identifier_that_was_given_by_class_is_found_in_a_shuffled_file(run) -> None:
    order = RNG.permutation(N)
    assert seen(run, y=SPECIES[order], sample_id=order + 1) == {"sample_id": "warning"}


def test_an_identifier_that_follows_a_quantity_is_found(run) -> None:
    assert seen(run, y=np.sort(X), id=range(N)) == {None: "info", "id": "warning"}


def test_an_ignored_identifier_is_good_to_know(run) -> None:
    columns = {"y": SPECIES, "Id": range(N)}
    assert seen(run, roles={"Id": Role.IGNORE}, **columns) == {None: "info", "Id": "info"}


@pytest.mark.parametrize(
    "columns",
    [
        {"y": SHUFFLED, "Id": range(N)},
        {"y": X, "Id": range(N)},
        {"y": SHUFFLED, "code": [f"F-{n:04}" for n in range(N)]},
        {"y": SHUFFLED, "name": [f"person {n}" for n in RNG.permutation(N)]},
        {"y": np.arange(N) + X * 100, "year": range(1874, 1874 + N)},
        {"y": ["a"] * N, "Id": range(N)},
        {"y": [None] * N, "Id": range(N)},
        {"y": ["a", "b"], "Id": [1, 2]},
    ],
)
def test_is_quiet_where_rows_stand_by_chance(run, columns) -> None:
    assert seen(run, **columns) == {}
