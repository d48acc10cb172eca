import numpy as np
import pytest

from core.data.findings.groups_split import GroupsSplit
from core.recipe import Role

N = 400
RNG = np.random.default_rng(8)
WHO = RNG.permutation(np.arange(N) // 8)
LEVEL = RNG.normal(size=50)[WHO]
NOISE = RNG.normal(size=N)


@pytest.mark.parametrize("name", ["customer_id", "PatientID", "session", "Household", "user no"])
@pytest.mark.parametrize("y", [LEVEL + NOISE, LEVEL > 0, np.where(LEVEL > 0, "a", "b")])
def test_rows_of_one_that_are_alike_are_found(run, name, y) -> None:
    (finding,) = run(GroupsSplit(), target="y", x=NOISE, y=y, **{name: WHO})
    assert (finding.column, finding.severity, finding.actions) == (name, "warning", ("group",))
    assert "50 values in 400 rows" in finding.message


def test_features_that_are_alike_are_good_to_know(run) -> None:
    (finding,) = run(GroupsSplit(), target="y", patient=WHO, age=LEVEL, y=NOISE)
    assert finding.severity == "info"


@pytest.mark.parametrize("role", [Role.GROUP, Role.TIME])
def test_is_quiet_when_a_column_decides_the_split(run, role) -> None:
    roles = {"customer_id": role}
    assert run(GroupsSplit(), target="y", roles=roles, customer_id=WHO, y=LEVEL) == []


@pytest.mark.parametrize(
    "columns",
    [
        {"customer_id": WHO, "x": RNG.normal(size=N), "y": NOISE},
        {"town": WHO, "y": LEVEL},
        {"customer_id": range(N), "y": LEVEL},
        {"customer_id": [1] * N, "y": LEVEL},
        {"customer_id": [None] * N, "y": LEVEL},
        {"customer_id": WHO, "y": ["a"] * N},
        {"customer_id": [1, 1], "y": [1, 2]},
    ],
)
def test_is_quiet_where_values_do_not_come_back_or_say_nothing(run, columns) -> None:
    assert run(GroupsSplit(), target="y", **columns) == []


def test_in_many_rows_all_of_one_are_looked_at(run) -> None:
    who = np.arange(60_000) % 20_000
    assert run(GroupsSplit(), target="y", customer_id=who, y=RNG.normal(size=20_000)[who])
    assert run(GroupsSplit(), target="y", customer_id=who, y=RNG.normal(size=60_000)) == []
