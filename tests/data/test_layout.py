import pytest

from core.data.formats.footer import is_footer
from core.data.formats.layout import detect_layout
from core.data.formats.records import Record
from core.data.reading import read_table
from core.errors import UnreadableFile

ROWS = [["a1", "1", "2.5"], ["b2", "3", "4.5"], ["c3", "5", "6.5"]]


def records(*rows: list[str], first_line: int = 1) -> list[Record]:
    return [Record(line, row) for line, row in enumerate(rows, start=first_line)]


def test_a_row_of_words_over_numbers_names_them() -> None:
    layout = detect_layout(records(["id", "x", "y"], *ROWS))
    assert (layout.names, layout.header, layout.first_row) == (["id", "x", "y"], 1, 1)
    assert layout.holds == ("", "number", "number")


QUESTION = "How often, in the past year, did you feel that " + "you could do no more, " * 9


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("answers", ["yes no", "yes no maybe", "1 2 3 4"])
def test_long_questions_name_columns(count: int, answers: str) -> None:
    questions = [f"{QUESTION}\n{n}?" for n in range(count)]
    body = [[answers.split()[n % len(answers.split())]] * count for n in range(12)]
    assert detect_layout(records(questions, *body)).names == questions
    ages = [[str(20 + n), *row] for n, row in enumerate(body)]
    assert detect_layout(records(["age", *questions], *ages)).header == 1


def test_prose_over_prose_is_a_value_unless_other_names_stand_beside_it() -> None:
    prose = [f"{QUESTION} {n}" * (1 + n % 2) for n in range(12)]
    labelled = [[text, "ab"[n % 2]] for n, text in enumerate(prose)]
    assert detect_layout(records(*labelled)).header == 0
    scored = [[str(n % 5), text] for n, text in enumerate(prose)]
    assert detect_layout(records(*scored)).header == 0
    assert detect_layout(records(["score", QUESTION], *scored)).header == 1


def test_no_row_names_the_columns_when_all_are_alike() -> None:
    layout = detect_layout(records(*ROWS))
    assert (layout.names, layout.header, layout.first_row) == (["", "", ""], 0, 0)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        ([["control", "", "fire", ""], ["X", "Y", "X", "Y"]], ["control X", "control Y", "fire X", "fire Y"]),
        ([["time", "wind", "rain", "sun"], ["", "m/s", "mm", "h"]], ["time", "wind m/s", "rain mm", "sun h"]),
        ([["a", "b", "c", "d"], ["a", "b", "c", "d"]], ["a", "b", "c", "d"]),
    ],
)  # fmt: skip
def test_several_rows_of_names_are_joined(rows: list[list[str]], names: list[str]) -> None:
    body = [[f"{n}.5", f"{n}", f"{n + 1}", f"{n + 2}"] for n in range(6)]
    layout = detect_layout(records(*rows, *body))
    assert (layout.names, layout.header) == (names, 2)


def test_years_and_days_are_names() -> None:
    body = [[f"S{n}", f"{n}", f"{n}", f"{n}"] for n in range(6)]
    assert detect_layout(records(["Station", "2021", "2022", "2023"], *body)).header == 1
    days = ["Station", "2023-01-01", "2023-01-02", "2023-01-03"]
    assert detect_layout(records(days, *body)).header == 1


def test_what_stands_above_is_told_with_its_lines() -> None:
    above = [["Konto:", "DE12"], ["Stand"]]
    layout = detect_layout(records(*above, ["id", "x", "y"], *ROWS))
    assert [(row.line, row.code, row.text) for row in layout.preamble] == [
        (1, "preamble", "Konto: DE12"),
        (2, "preamble", "Stand"),
    ]
    assert layout.names == ["id", "x", "y"]


def test_a_group_row_above_repeated_names_belongs_to_them() -> None:
    body = [[f"{n}", f"{n}.5", f"{n}", f"{n}.5"] for n in range(6)]
    names = detect_layout(
        records(["Report"], ["2023", "", "2024", ""], ["x", "y", "x", "y"], *body)
    )
    assert names.names == ["2023 x", "2023 y", "2024 x", "2024 y"]


def test_a_row_above_a_blank_line_does_not_name_columns() -> None:
    above = [Record(1, ["Report", "", ""]), Record(2, ["Made on", "01.02.2024", ""])]
    body = [Record(n, [f"0{n}.02.2024", "Café", "1,50"]) for n in range(5, 9)]
    layout = detect_layout([*above, Record(4, ["Day", "What", "Amount"]), *body])
    assert (layout.names, layout.header, layout.first_row) == (["Day", "What", "Amount"], 1, 3)


def test_expected_names_are_found_wherever_they_stand() -> None:
    rows = records(["one", "two"], ["size", "colour"], ["a", "b"], ["c", "d"])
    assert detect_layout(rows, expected={"size", "colour"}).first_row == 2


def test_a_remark_right_above_the_rows_may_name_them() -> None:
    remark = Record(1, ["time", "x", "y"])
    layout = detect_layout(records(*ROWS, first_line=2), remarks=[remark])
    assert layout.names == ["time", "x", "y"]
    layout = detect_layout(records(*ROWS, first_line=3), remarks=[remark])
    assert layout.names == ["", "", ""]


def test_given_places_are_taken_as_they_are() -> None:
    rows = records(["x"], ["id", "x", "y"], *ROWS)
    layout = detect_layout(rows, header=0, skip_lines=2)
    assert (layout.first_row, layout.header) == (2, 0)
    with pytest.raises(UnreadableFile, match="begin after line 9. Nothing"):
        detect_layout(rows, skip_lines=9)


def test_names_that_are_more_than_the_values_are_refused() -> None:
    with pytest.raises(UnreadableFile, match="in line 1 .* Got 4 names, but most rows have 3"):
        detect_layout(records(["id", "x", "y", "z"], *ROWS))


def test_a_table_above_another_is_refused() -> None:
    first = [[f"a{n}", f"{n}"] for n in range(10)]
    second = [[f"b{n}", f"{n}", f"{n}.5"] for n in range(20)]
    with pytest.raises(UnreadableFile, match="one table. Above the one that begins in line 11"):
        detect_layout(records(*first, *second))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (["Total", "9", "12"], True),
        (["Summe", "", "12"], True),
        (["Source: the office", "", ""], True),
        (["* preliminary", "", ""], True),
        (["b2", "3", "4.5"], False),
        (["b2", "", ""], False),
        (["", "3", ""], False),
    ],
)
def test_notes_and_totals_below_are_told_from_rows(row: list[str], expected: bool) -> None:
    assert is_footer(row, ("", "number", "number")) is expected


QUESTION = "Would you say that the meals which were served to you at the place where you work were better, as good as, or worse than those of the year before, all in all, and taking the prices into account as well? "


@pytest.mark.parametrize("questions", [1, 2, 3])
@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("times", [1, 4])
def test_questions_of_a_survey_are_names(questions, quoted, times) -> None:
    asked = [f"{n}. {QUESTION.replace(',', '') * times}".strip() for n in range(questions)]
    names = ["age", *asked]
    head = ",".join(f'"{name}"' if quoted else name for name in names)
    rows = [",".join([str(20 + n), *[("better", "worse")[n % 2]] * questions]) for n in range(30)]
    reading = read_table("\n".join([head, *rows]).encode(), "survey.csv")
    assert list(reading.frame) == names
    assert reading.frame["age"].dtype.kind == "i"


def test_a_question_over_two_lines_is_a_name() -> None:
    question = f"{QUESTION}\nPlease tick one."
    rows = "\n".join(f"{n},{('a lot', 'none at all')[n % 2]}" for n in range(30))
    reading = read_table(f'age,"{question}"\n{rows}\n'.encode(), "survey.csv")
    assert list(reading.frame) == ["age", " ".join(question.split())]


def test_long_texts_above_others_are_no_names() -> None:
    rows = "\n".join(f'{n},"{QUESTION}{n}"' for n in range(30))
    reading = read_table(rows.encode(), "texts.csv")
    assert len(reading.frame) == 30
