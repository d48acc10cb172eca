import numpy as np
import pandas as pd

from core.data.gaps import MAX_BLOCKS, MAX_COLUMNS, missing_pattern


def test_the_emptiest_column_stands_first_and_full_ones_are_left_out():
    found = missing_pattern(
        pd.DataFrame({"full": [1, 2, 3], "some": [1, None, 3], "most": ["x", None, None]})
    )
    assert found.columns == ("most", "some")
    assert found.missing.tolist() == [2, 1]
    assert found.complete == 1


def test_blocks_of_rows_show_where_gaps_are():
    found = missing_pattern(pd.DataFrame({"x": [1.0] * 500 + [None] * 500}))
    assert found.shares.shape == (1, MAX_BLOCKS)
    assert found.shares[0].tolist() == [0.0] * 20 + [1.0] * 20
    assert found.starts[0] == 1
    assert found.starts[20] == 501


def test_columns_with_the_same_gaps_are_told():
    gaps = np.arange(100) % 4 == 0
    x = np.where(gaps, np.nan, 1.0)
    other = np.where(np.arange(100) % 5 == 0, np.nan, 1.0)
    (pair,) = missing_pattern(pd.DataFrame({"x": x, "y": x, "z": other})).together
    assert (pair.first, pair.second, pair.rows, pair.share) == ("x", "y", 25, 1.0)


def test_a_table_without_gaps_has_no_pattern():
    found = missing_pattern(pd.DataFrame({"x": [1, 2]}))
    assert found.columns == ()
    assert found.complete == 2
    assert found.together == ()


def test_of_many_columns_the_emptiest_are_shown():
    frame = pd.DataFrame(
        {f"c{place}": [None] * place + [1.0] * (60 - place) for place in range(60)}
    )
    found = missing_pattern(frame)
    assert len(found.columns) == MAX_COLUMNS
    assert found.columns[0] == "c59"
