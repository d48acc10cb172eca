def test_a_column_without_any_value_is_found(codes, measure) -> None:
    assert codes(x=measure, e=[None] * 120) == {("empty-column", "e")}
