import msgspec
import pytest

from core.errors import UnsafePromotion
from core.registry.database import local_path
from core.registry.registry import Registry
from core.serving.comparing import SAME_ANSWER, Comparison, compare_versions, contract_changes
from core.serving.contract import Contract, dump_contract, load_contract
from core.serving.contract.field import Field
from core.serving.engine import Answer
from core.serving.golden import GOLDEN_FILE, ask_golden, dump_golden
from core.serving.hub import CONTRACT_FILE, ModelHub
from core.serving.promotion import check_promotion, refuse_unsafe
from core.serving.registration import deploy


@pytest.fixture
def registry(settings) -> Registry:
    return Registry(settings)


class Rule:
    """An engine that answers by a rule, for those who compare."""

    is_fast = True
    gathers = False

    def __init__(self, contract: Contract, rule) -> None:
        self.contract = contract
        self.rule = rule

    def predict(self, rows):
        return Answer([self.rule(row.values) for row in rows])


@pytest.fixture
def register_rule(registry, titanic):
    """Registers versions that any pipeline lies in, with a contract and golden requests of their own."""
    import pandas as pd

    def register(contract: Contract, golden: bytes | None) -> int:
        files = {CONTRACT_FILE: dump_contract(contract)}
        if golden is not None:
            files[GOLDEN_FILE] = golden
        row = pd.DataFrame([titanic.contract.example])
        return registry.register("rule", titanic.pipeline, files, {}, {}, row).version

    return register


class Rules:
    """The engines of versions, by number."""

    def __init__(self, *engines) -> None:
        self.engines = engines

    def get(self, name, reference=None):
        return self.engines[reference - 1]


def number_contract(*names: str, **changes: object) -> Contract:
    fields = tuple(Field(name, "number", example=1) for name in names)
    contract = Contract(model="rule", task="regression", target="y", fields=fields)
    return msgspec.structs.replace(contract, **changes)


def compare_rules(registry, register_rule, *rules, rows) -> Comparison:
    for engine, asked in zip(rules, rows, strict=True):
        register_rule(engine.contract, dump_golden(ask_golden(engine, asked)))
    return compare_versions(registry, Rules(*rules), "rule", 1, 2)


@pytest.mark.usefixtures("two_versions")
def test_two_real_versions_differ_in_labels_and_probabilities(registry):
    found = check_promotion(registry, "titanic", 2)
    assert (found.champion, found.challenger, found.asked) == (1, 2, 400)
    assert 200 < found.answered < 400  # some requests were kept with both
    assert found.is_safe
    assert 0 < found.labels_changed < found.answered / 2
    assert 0 < found.typical < found.largest <= 1
    assert len(found.rows) == 10
    assert found.rows[0].before != found.rows[0].after
    assert found.contract == found.troubles == found.notes == ()
    assert "get another label; probabilities change typically by" in found.lines()[0]


@pytest.mark.usefixtures("two_versions")
def test_a_version_beside_itself_changes_nothing(registry):
    found = compare_versions(registry, ModelHub(registry), "titanic", 1, 1)
    assert (found.labels_changed, found.rows) == (0, ())
    assert found.largest <= SAME_ANSWER  # a sum in another order differs in its last bit
    assert 150 < found.answered <= 200  # of equal ones each is asked once
    assert found.lines() == [f"Both answer the same to {found.answered} golden requests."]


@pytest.mark.usefixtures("two_versions")
def test_with_no_other_champion_there_is_nothing_to_compare(registry):
    assert check_promotion(registry, "titanic", 1) is None


def test_the_rows_that_change_most_come_first(registry, register_rule):
    contract = number_contract("size")
    rows = [[{"size": size} for size in (1, 2, 3)], []]
    old, new = Rule(contract, lambda v: v["size"]), Rule(contract, lambda v: v["size"] ** 2)
    found = compare_rules(registry, register_rule, old, new, rows=rows)
    assert [(change.before, change.after, change.change) for change in found.rows] == [
        (3, 9, 6),
        (2, 4, 2),
    ]
    assert (found.labels_changed, found.largest, found.typical) == (None, 6, 2)
    assert "the numbers change typically by 2, at most by 6" in found.lines()[0]


def test_a_new_required_column_is_told_and_is_unsafe(registry, register_rule):
    old = Rule(number_contract("size"), lambda v: v["size"])
    new = Rule(number_contract("size", "weight"), lambda v: v["size"])
    found = compare_rules(
        registry, register_rule, old, new, rows=[[{"size": 1}], [{"size": 1, "weight": 2}]]
    )
    assert not found.is_safe
    assert found.troubles[0].count == 1
    assert found.champion_troubles == ()  # a column too many is ignored
    lines = found.lines()
    assert lines[0].startswith("Warning: version 2 cannot answer 1 of the requests of version 1")
    assert "'weight'" in lines[0]
    assert lines[1] == "Requests must have 'weight' from now on."
    with pytest.raises(UnsafePromotion, match="It cannot answer 1 of them") as caught:
        refuse_unsafe(found)
    assert "--force" in caught.value.hint


def test_a_version_that_fails_on_some_rows_is_asked_the_others(registry, register_rule):
    contract = number_contract("size")
    old = Rule(contract, lambda v: v["size"])
    new = Rule(contract, lambda v: 1 / (v["size"] - 2))
    register_rule(contract, dump_golden(ask_golden(old, [{"size": s} for s in (1, 2, 3)])))
    register_rule(contract, None)
    found = compare_versions(registry, Rules(old, new), "rule", 1, 2)
    assert (found.asked, found.answered) == (3, 2)
    assert [(t.count, t.reason) for t in found.troubles] == [
        (1, "it failed: float division by zero.")
    ]
    assert found.notes == ("Version 2 has no golden requests.",)


def test_a_version_that_answers_otherwise_than_when_it_was_registered_is_told(
    registry, register_rule
):
    contract = number_contract("size")
    was, is_now = Rule(contract, lambda v: v["size"]), Rule(contract, lambda v: v["size"] + 1)
    rows = [{"size": 1}]
    for _ in range(2):
        register_rule(contract, dump_golden(ask_golden(was, rows)))
    found = compare_versions(registry, Rules(was, is_now), "rule", 1, 2)
    assert "answers 1 of its own golden requests otherwise" in found.notes[0]


@pytest.mark.usefixtures("two_versions")
def test_a_challenger_that_cannot_be_loaded_is_unsafe(registry):
    path = local_path(registry.get("titanic", 2).source) / "model.skops"
    path.write_bytes(path.read_bytes()[:1000])
    found = check_promotion(registry, "titanic", 2)
    assert "Its content has changed" in found.troubles[0].reason
    with pytest.raises(UnsafePromotion, match="It cannot answer any"):
        refuse_unsafe(found)


@pytest.mark.usefixtures("two_versions")
def test_a_champion_that_cannot_be_loaded_holds_nobody_up(registry):
    path = local_path(registry.get("titanic", 1).source) / "model.skops"
    path.write_bytes(path.read_bytes()[:1000])
    found = check_promotion(registry, "titanic", 2)
    assert found.is_safe
    assert "Its content has changed" in found.notes[0]


def test_damaged_golden_requests_are_told_and_the_others_are_asked(registry, settings, run_id):
    for _ in range(2):
        version = deploy(settings, run_id, "logistic", "titanic", by="Ada")
    (local_path(version.source) / GOLDEN_FILE).write_bytes(b"{}")
    found = check_promotion(registry, "titanic", 2)
    assert found.asked == 200
    assert "golden.json" in found.notes[0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"fields": (Field("size", "category"),)}, "'size' was a number and is a category"),
        ({"target": "z"}, 'What is predicted was "y" and is "z" from now on.'),
        ({"positive": "no"}, 'The positive class was "yes" and is "no" from now on.'),
        ({"classes": ("yes",)}, "It never answers no from now on."),
        ({"classes": ("yes", "no", "perhaps")}, "It may answer perhaps from now on."),
        (
            {"fields": (Field("size", "number"), Field("age", "number", nullable=True))},
            "'age' is asked for from now on, and may be missing.",
        ),
        ({"fields": ()}, "'size' is no longer asked for, and is ignored."),
    ],
)
def test_each_difference_of_contracts_is_said(changes, told):
    old = number_contract("size", classes=("yes", "no"), positive="yes")
    assert contract_changes(old, old) == []
    (said,) = contract_changes(old, msgspec.structs.replace(old, **changes))
    assert said.startswith(told)


def test_a_column_that_may_no_longer_be_missing_is_said():
    old = number_contract("size", fields=(Field("size", "number", nullable=True),))
    assert contract_changes(old, number_contract("size")) == [
        "'size' might be left out, and must be given from now on."
    ]


@pytest.mark.usefixtures("two_versions")
def test_contracts_of_one_run_are_the_same(registry):
    old, new = (
        load_contract(registry.read_file(registry.get("titanic", number), CONTRACT_FILE))
        for number in (1, 2)
    )
    assert contract_changes(old, new) == []
