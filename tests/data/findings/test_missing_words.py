from pathlib import Path

import pytest

from core.data.findings import find_about_target
from core.data.findings.base import Subject
from core.data.store import DatasetStore
from core.errors import RecipeError
from core.features.proposal import check_recipe, propose_recipe


def load(folder: Path, content: str, options=None):
    store = DatasetStore(folder, 2**20)
    info = store.add(content.encode(), "t.csv")
    return store.load(store.reread(info.id, options).id if options else info.id)


def found(dataset) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (f.column, f.message, f.actions) for f in dataset.info.findings if f.code == "missing-words"
    ]


def rows(name: str, *cycle: str) -> str:
    return f"{name},n\n" + "".join(f"{cycle[n % len(cycle)]},{n * n % 7}\n" for n in range(40))


@pytest.mark.parametrize(
    ("cycle", "words"),
    [
        (("None", "Mild", "Severe", "Mild"), "'None' in 10 rows"),
        (("NA", "EU", "US", "EU"), "'NA' in 10 rows"),
        (("NA", "Adelie", "Gentoo", "Gentoo"), ""),
        (("null", "EU", "US", "EU"), ""),
        (("", "Mild", "Severe", "Mild"), ""),
    ],
)
def test_words_that_may_be_values_are_counted(tmp_path, cycle, words) -> None:
    told = found(load(tmp_path, rows("grade", *cycle)))
    assert [(column, words in message, actions) for column, message, actions in told] == (
        [("grade", True, ("keep",))] if words else []
    )


def test_among_numbers_there_is_nothing_to_keep(tmp_path) -> None:
    assert found(load(tmp_path, rows("size", "None", "1.5", "2.5"))) == []


def test_a_class_is_not_dropped_without_a_word(tmp_path) -> None:
    dataset = load(tmp_path, rows("grade", "None", "Mild", "Severe", "Mild"))
    found = find_about_target(Subject(dataset.frame, dataset.info.columns, "grade"))
    about = next(finding for finding in found if finding.code == "missing-target")
    assert about.actions == ("keep",)
    assert "'None' in 10 rows" in about.hint
    recipe = propose_recipe(dataset, "grade")
    with pytest.raises(RecipeError, match="whether None is a class of 'grade'") as caught:
        check_recipe(recipe, dataset.info)
    assert "keep_text: [grade]" in caught.value.hint


@pytest.mark.parametrize(
    ("change", "levels"), [({"keep_text": ("grade",)}, 3), ({"missing": ("None",)}, 2)]
)
def test_either_answer_is_enough(tmp_path, change, levels) -> None:
    import msgspec

    text = rows("grade", "None", "Mild", "Severe", "Mild")
    read = load(tmp_path, text).info.read
    dataset = load(tmp_path, text, msgspec.structs.replace(read, **change))
    assert len(dataset.info.column("grade").levels) == levels
    assert found(dataset) == []
    check_recipe(propose_recipe(dataset, "grade"), dataset.info)
