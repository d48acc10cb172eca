import pytest

from core.data.findings.personal_data import PersonalData
from core.data.findings.personal_patterns import (
    is_card,
    is_chinese_id,
    is_german_tax_id,
    is_iban,
)

PEOPLE = ("Ann Lee", "Boris Karl", "Maria Weiß", "Jean-Luc Moreau", "Zoë O'Neil", "John Smith")


def check_digit(is_valid, start: str, characters: str = "0123456789", end: str = "") -> str:
    return next(start + c + end for c in characters if is_valid(start + c + end))


CARDS = [check_digit(is_card, f"411111111{n:06}") for n in range(30)]
TAX_IDS = ["86095742719", "47036892816", "65929970489"] * 10
RESIDENTS = [check_digit(is_chinese_id, f"11010519491231{n:03}", "0123456789X") for n in range(30)]


@pytest.mark.parametrize(
    ("name", "values", "what"),
    [
        ("contact", [f"p{n}@example.org" for n in range(30)], "e-mail"),
        ("text", [f"write to p{n}@mail.example.co.uk, please" for n in range(30)], "e-mail"),
        ("text", ["nothing", "a", "b"] * 30 + [f"p{n}@a.io" for n in range(9)], "e-mail"),
        ("a", ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606"], "IBAN"),
        ("a", [f"{n + 100}-45-{n + 1234}" for n in range(30)], "US social security"),
        ("a", [f"AB {n + 10} 34 56 C" for n in range(30)], "UK national insurance"),
        ("a", CARDS, "payment cards"),
        ("a", [int(card) for card in CARDS], "payment cards"),
        ("a", [f"{card[:4]} {card[4:8]} {card[8:12]} {card[12:]}" for card in CARDS], "payment cards"),
        ("a", TAX_IDS, "German tax"),
        ("a", [int(number) for number in TAX_IDS], "German tax"),
        ("a", RESIDENTS, "Chinese resident"),
        ("a", [f"192.168.{n}.{n * 3}" for n in range(30)], "IP"),
        ("a", [f"+49 30 {n}45678" for n in range(30)], "phone numbers"),
        ("a", [f"({n + 200}) 555-0{n + 100}" for n in range(30)], "phone numbers"),
        ("mobile", [f"0171 {n}45678" for n in range(30)], "phone numbers"),
        ("HomePhone", [13800000000 + n for n in range(30)], "phone numbers"),
        ("手机", [13800000000 + n for n in range(30)], "phone numbers"),
        ("Name", PEOPLE * 5, "names of persons"),
        ("Name", ["Braund, Mr. Owen Harris", "Futrelle, Mrs. Jacques Heath (Lily May Peel)", "Dahl, Miss. Ida"], "names"),
        ("first_name", ["Aoife", "Bogdan", "Chiamaka"] * 5, "names of persons"),
        ("Nachname", ["Müller", "Özdemir", "von Ahn", "Weiß"] * 5, "names of persons"),
        ("customer name", PEOPLE * 5, "names of persons"),
        ("姓名", ["王伟", "李秀英", "张敏"] * 5, "names of persons"),
    ],
)  # fmt: skip
def test_personal_data_is_found(run, measure, name, values, what) -> None:
    (finding,) = run(PersonalData(), **{name: values})
    assert what in finding.message
    assert finding.column == name
    assert finding.severity == "warning"
    assert finding.actions == ("drop", "hash", "ignore")


def test_no_value_is_shown_in_full(run) -> None:
    (finding,) = run(PersonalData(), mail=["secret@example.org", "other@example.org", "a@b.org"])
    assert "secret" not in finding.message
    assert "'se…'" in finding.message


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("a", [f"2024-01-{n:02}" for n in range(1, 31)]),
        ("a", [f"{n + 10}.{n}.2024" for n in range(12)]),
        ("a", [f"1.{n}.0.4" for n in range(30)]),  # versions
        ("a", [f"999.{n}.300.4" for n in range(30)]),
        ("a", [4111111111111111 + n for n in range(30)]),  # no check digits
        ("a", [10000000000 + 7 * n for n in range(30)]),
        ("a", [1700000000 + n for n in range(30)]),  # moments
        ("a", [1700000000000 + 61 * n for n in range(300)]),
        ("population", [1234567 * n for n in range(1, 31)]),
        ("price", [n * 1.25 for n in range(30)]),
        ("excellent", [12345678 + n for n in range(30)]),
        ("cell_count", list(range(30))),
        ("a", [f"{n + 900}-45-1234" for n in range(30)]),
        ("a", [f"DE{n + 10}370400440532013000" for n in range(30)]),
        ("a", ["contact @ home", "me@", "@you"] * 5),
        ("name", ["chevrolet chevelle malibu", "buick skylark 320", "ford torino"] * 5),
        ("name", ["Chevrolet Malibu", "Buick Skylark", "Ford Torino"] * 5),
        ("name", ["Apple Inc", "Siemens AG", "Alphabet Inc."] * 5),
        ("Name", ["Bulbasaur", "Ivysaur", "Venusaur"] * 5),
        ("product_name", PEOPLE * 5),
        ("city", ["Paris", "Victoria", "San Jose"] * 5),
        ("username_count", [1, 2, 3] * 5),
        ("nom", ["a1", "b2", "c3"] * 5),
        ("name", [None] * 5),
    ],
)
def test_other_data_is_none(run, name, values) -> None:
    assert run(PersonalData(), **{name: values}) == []


def test_the_target_is_left_alone(run) -> None:
    assert run(PersonalData(), target="mail", mail=["a@b.org", "c@d.org", "e@f.org"]) == []


def test_wrong_check_digits_are_told() -> None:
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB82 WEST 1234 5698 7654 33")
    assert not is_card("1234567890123")
    assert not is_german_tax_id("00000000000")
    assert not is_chinese_id("11010519491331002X")
