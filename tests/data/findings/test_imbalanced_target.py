def test_a_rare_class_is_found_but_not_a_rare_number(codes, measure, rng) -> None:
    rare, usual = rng.permutation(["a"] * 115 + ["b"] * 5), rng.permutation(["a"] * 90 + ["b"] * 30)
    assert codes("y", x=measure, y=rare) == {("imbalanced-target", "y")}
    assert codes("y", x=measure, y=usual) == set()
    assert codes("y", x=measure, y=rng.normal(size=120)) == set()
