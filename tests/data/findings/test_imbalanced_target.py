def test_a_rare_class_is_found_but_not_a_rare_number(codes, measure, rng) -> None:
    assert codes("y", x=measure, y=["a"] * 115 + ["b"] * 5) == {("imbalanced-target", "y")}
    assert codes("y", x=measure, y=["a"] * 90 + ["b"] * 30) == set()
    assert codes("y", x=measure, y=rng.normal(size=120)) == set()
