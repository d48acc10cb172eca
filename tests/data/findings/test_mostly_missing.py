def test_a_column_with_a_value_in_few_rows_is_found(codes, measure) -> None:
    gap = [1.5, None, None, 2.5, None, None] * 20
    assert codes(x=measure, gap=gap) == {("mostly-missing", "gap")}


def test_half_of_the_values_is_enough(codes, measure) -> None:
    assert codes(x=measure, gap=[1.5, None, None, 2.5] * 30) == set()
