def test_rows_without_a_target_are_found(codes, measure) -> None:
    y = [None, *["a", "b"] * 59, "a"]
    assert codes("y", x=measure, y=y) == {("missing-target", "y")}
    assert codes(x=measure, y=y) == set()
