import numpy as np
import pandas as pd
import pytest

from core.data.profile import NO_VALUE, OTHERS, SAMPLE_ROWS, associate, relate
from core.data.profiling import coerce_columns, describe_columns, infer_kinds


def known(frame):
    kinds = infer_kinds(frame)
    frame = coerce_columns(frame, kinds)
    return frame, describe_columns(frame, kinds)


def strengths(frame, target):
    return {one.column: one.strength for one in associate(*known(frame), target)}


RNG = np.random.default_rng(0)
N = 2000
X = RNG.normal(size=N)
GROUP = RNG.choice(["a", "b", "c"], N)
DAYS = pd.date_range("2020-01-01", periods=N, freq="h")


@pytest.mark.parametrize(
    ("feature", "target"),
    [
        (X, X**3),
        (X, -X),
        (X, np.where(X > 0, "yes", "no")),
        (GROUP, np.char.upper(GROUP)),
        (GROUP, np.select([GROUP == "a", GROUP == "b"], [1.0, 2.0], 3.0) + RNG.normal(0, 0.01, N)),
        (DAYS, np.arange(N) * 2.5),
        (np.arange(N) * 2.5, DAYS),
    ],
    ids=[
        "numbers",
        "falling",
        "number to class",
        "classes",
        "class to number",
        "dates",
        "to dates",
    ],
)
def test_what_tells_the_target_is_near_one_whatever_the_kinds(feature, target):
    frame = pd.DataFrame({"feature": feature, "target": target})
    assert strengths(frame, "target")["feature"] > 0.85


def test_a_relation_that_rises_and_falls_again_is_seen():
    assert strengths(pd.DataFrame({"x": X, "y": X**2}), "y")["x"] > 0.8


@pytest.mark.parametrize(
    "noise",
    [
        RNG.normal(size=N),
        RNG.choice(["u", "v"], N),
        [f"row {place}" for place in range(N)],
        RNG.choice([f"level {place}" for place in range(300)], N),
        [7] * N,
    ],
    ids=["number", "category", "identifier", "many levels", "constant"],
)
@pytest.mark.parametrize("target", [X, GROUP], ids=["to a number", "to classes"])
def test_what_tells_nothing_is_near_nought(noise, target):
    assert strengths(pd.DataFrame({"noise": noise, "y": target}), "y")["noise"] < 0.02


def test_a_number_that_is_mostly_nought_still_tells_by_the_rest():
    rare = np.where(RNG.random(N) < 0.05, RNG.integers(1, 1000, N), 0)
    frame = pd.DataFrame({"rare": rare, "y": np.where(rare > 0, "yes", "no")})
    assert strengths(frame, "y")["rare"] > 0.95


def test_a_gap_can_tell_the_target():
    frame = pd.DataFrame({"x": np.where(X > 0, X, np.nan), "y": np.where(X > 0, "yes", "no")})
    assert strengths(frame, "y")["x"] > 0.95


def test_the_strongest_stands_first():
    frame = pd.DataFrame({"weak": X + RNG.normal(0, 3, N), "strong": X, "y": X})
    assert list(strengths(frame, "y")) == ["strong", "weak"]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"x": [1, 2], "y": ["a", "b"]}),
        pd.DataFrame({"x": [1, 2, 3], "y": [5, 5, 5]}),
        pd.DataFrame({"x": [None, None, 1.0], "y": ["a", None, None]}),
    ],
    ids=["two rows", "a constant target", "one row with a target"],
)
def test_tables_that_tell_nothing_are_no_fault(frame):
    assert strengths(frame, "y") == {"x": 0.0}


def test_only_a_sample_of_a_long_table_is_looked_at():
    frame = pd.DataFrame({"x": np.arange(60_000) % 7, "y": np.arange(60_000) % 7})
    frame, columns = known(frame)
    assert relate(frame, columns[0], columns[1]).sizes.sum() == SAMPLE_ROWS


def test_classes_have_their_shares_in_each_group():
    frame, columns = known(
        pd.DataFrame({"sex": ["f"] * 4 + ["m"] * 6, "lived": list("yyyn" + "nnnnny")})
    )
    found = relate(frame, *columns)
    assert found.groups == ("m", "f")
    assert found.sizes.tolist() == [6, 4]
    yes = found.classes.index("y")
    assert found.shares[:, yes].tolist() == [pytest.approx(1 / 6), 0.75]


def test_a_quantity_has_its_quantiles_in_each_group():
    frame, columns = known(
        pd.DataFrame({"g": ["a"] * 50 + ["b"] * 51, "y": np.arange(101) / 4 + 0.1})
    )
    found = relate(frame, *columns)
    assert dict(zip(found.groups, found.quantiles[:, 2], strict=True)) == {
        "a": pytest.approx(6.225),
        "b": pytest.approx(18.85),
    }
    assert not found.classes


def test_moments_are_a_quantity():
    frame, columns = known(pd.DataFrame({"g": ["a", "b"] * (N // 2), "y": DAYS}))
    found = relate(frame, *columns)
    assert found.is_moment
    assert np.datetime64(int(found.quantiles[0, 2]), "ns") > np.datetime64("2020-01-01")


def test_groups_of_numbers_are_in_order_and_hold_all_rows():
    values = np.concatenate([np.zeros(500), RNG.integers(1, 400, 400), np.full(100, np.nan)])
    frame, columns = known(pd.DataFrame({"x": values, "y": RNG.normal(size=1000)}))
    found = relate(frame, *columns)
    assert found.groups[0] == "0"
    assert found.groups[-1] == NO_VALUE
    assert found.sizes.sum() == 1000
    lower = [float(group.split(" ")[0].replace(",", "")) for group in found.groups[:-1]]
    assert lower == sorted(lower)


def test_many_levels_become_the_most_frequent_and_the_others():
    names = [f"level {place}" for place in RNG.integers(0, 200, N)]
    frame, columns = known(pd.DataFrame({"x": names, "y": X}))
    found = relate(frame, *columns)
    assert len(found.groups) == 21
    assert found.groups[-1] == OTHERS


def test_a_group_of_numbers_has_no_value_of_another_group_within():
    values = np.repeat(
        [7.5, 9.5, 9.25, 10.5, 11.5, *np.arange(20) / 2], [5, 300, 6, 300, 9, *[8] * 20]
    )
    frame, columns = known(pd.DataFrame({"x": values, "y": RNG.normal(size=len(values))}))
    ends = [[float(end) for end in group.split(" to ")] for group in relate(frame, *columns).groups]
    assert [9.5] in ends
    assert [10.5] in ends
    assert sorted(sum(ends, [])) == sum(ends, [])
