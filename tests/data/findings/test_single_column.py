def test_a_table_of_one_column_is_found(codes, measure) -> None:
    assert ("single-column", "x") in codes(x=measure)
