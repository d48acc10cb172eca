import pytest

from core.data.formats.records import GAPS, RUNS_OF_SPACES, Dialect, Splitting, split_records
from core.errors import UnreadableFile


def split(text: str, dialect: Dialect, splitting: Splitting | None = None) -> list[tuple]:
    return [tuple(r) for r in split_records(text.splitlines(keepends=True), dialect, splitting)]


@pytest.mark.parametrize(
    ("dialect", "text", "fields"),
    [
        (Dialect("||"), 'a||"b||c"||d\n', ["a", "b||c", "d"]),
        (Dialect("::"), "1::Movie, The::Comedy\n", ["1", "Movie, The", "Comedy"]),
        (Dialect(RUNS_OF_SPACES), '  a   "b c"\td \n', ["a", "b c", "d"]),
        (Dialect(GAPS), "New York   12  3\n", ["New York", "12", "3"]),
        (Dialect(",", quote="'"), "'it''s, so',2\n", ["it's, so", "2"]),
        (Dialect(",", escape="\\"), '"a\\"b",c\\,d\n', ['a"b', "c,d"]),
        (Dialect(",", quote=""), '5",6"\n', ['5"', '6"']),
        (Dialect(","), 'a, "b, c" ,d\n', ["a", "b, c", "d"]),
    ],
)
def test_each_dialect_tells_its_fields_apart(dialect: Dialect, text: str, fields: list) -> None:
    assert split(text, dialect) == [(1, fields)]


def test_lines_are_counted_through_values_of_several_lines_and_blank_ones() -> None:
    found = split('a,b\n\n"x\ny",1\n# remark\n2,3\n', Dialect(comment="#"))
    assert [line for line, _ in found] == [1, 3, 6]


def test_a_remark_within_quotes_is_text() -> None:
    splitting = Splitting()
    found = split('a,b\n"x\n# y",1\n#z\n', Dialect(comment="#"), splitting)
    assert found[1][1] == ["x\n# y", "1"]
    assert splitting.comments == [(4, "#z")]


def test_lines_drawn_between_rows_are_no_records() -> None:
    text = "| a | b |\n|---|--:|\n| 1 | 2 |\n"
    assert [line for line, _ in split(text, Dialect("|"))] == [1, 3]


def test_a_quote_that_closes_nothing_is_text_and_noted() -> None:
    splitting = Splitting()
    found = split('a,b\n1,"x\n2,"y" z\n3,w\n', Dialect(), splitting)
    assert [fields for _, fields in found] == [["a", "b"], ["1", '"x'], ["2", '"y" z'], ["3", "w"]]
    assert splitting.repaired == [(2, '1,"x'), (3, '2,"y" z')]


def test_a_text_that_ends_within_quotes_is_noted() -> None:
    splitting = Splitting()
    assert len(split('a,b\n1,"x', Dialect(), splitting)) == 1
    assert splitting.cut_off == (2, '1,"x')


def test_a_field_beyond_the_limit_is_refused_with_its_line() -> None:
    with pytest.raises(UnreadableFile, match="Line 2 has a longer one"):
        split("a\n" + "x" * (2**24 + 1) + "\n", Dialect())
