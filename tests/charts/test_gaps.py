import pandas as pd

from core.charts.gaps import gaps_alt_text, gaps_figure
from core.data.gaps import missing_pattern


def test_each_column_with_gaps_is_a_row():
    pattern = missing_pattern(pd.DataFrame({"<b>": [1, None], "full": [1, 2], "c": [None, None]}))
    figure = gaps_figure(pattern)
    (cells,) = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["c  100%", "&lt;b&gt;  50%"]
    assert cells.z.tolist() == [[1.0, 1.0], [0.0, 1.0]]


def test_the_alternative_text_says_how_many_rows_are_complete():
    pattern = missing_pattern(pd.DataFrame({"a": [1, None, 3, 4], "b": [1, 2, 3, 4]}))
    assert gaps_alt_text(pattern) == (
        "75% of 4 rows have a value in every column. Without a value: a 25%."
    )
    full = missing_pattern(pd.DataFrame({"a": [1, 2]}))
    assert gaps_alt_text(full) == "100% of 2 rows have a value in every column."
