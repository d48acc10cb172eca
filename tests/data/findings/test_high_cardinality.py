import pytest


@pytest.mark.parametrize(("levels", "is_found"), [(60, True), (51, True), (50, False), (2, False)])
def test_more_levels_than_can_be_learned_are_found(codes, rng, levels, is_found) -> None:
    town = [f"town {n % levels}" for n in range(600)]
    expected = {("high-cardinality", "town")} if is_found else set()
    assert codes(x=rng.normal(size=600), town=town) == expected
