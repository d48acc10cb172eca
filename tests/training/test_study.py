"""Which setting is tried next."""

import pytest
from msgspec.structs import replace

from core.recipe import CategorySteps, ColumnChoice, Preparing, Recipe, Role, Search
from core.training.candidates.base import Candidate, OneOf, Real, Whole
from core.training.catalogue import CATALOGUE
from core.training.space import contains, full_space, steps_space
from core.training.study import Proposal, as_proposal, propose
from core.training.trials import Trial

RECIPE = Recipe(
    target="y",
    task="binary",
    metric="roc_auc",
    columns={
        "y": ColumnChoice("category", Role.TARGET),
        "size": ColumnChoice("number"),
        "town": ColumnChoice("category"),
    },
)
LOGISTIC, FOREST = CATALOGUE["logistic"], CATALOGUE["random_forest"]


def _trial(number: int, candidate: str, score: float, **changes) -> Trial:
    scores = {"roc_auc": (score, score)}
    return replace(Trial(number, candidate, status="done", fold_scores=scores), **changes)


def _all_presets(candidate: Candidate, score: float, first: int) -> list[Trial]:
    return [
        _trial(first + i, candidate.name, score - 0.01 * i, parameters=dict(preset))
        for i, preset in enumerate([{}, *candidate.presets])
    ]


def _no_presets_left() -> list[Trial]:
    trials = _all_presets(LOGISTIC, 0.8, 0)
    return [*trials, *_all_presets(FOREST, 0.82, len(trials))]


def test_the_same_knowledge_gives_the_same_proposal():
    known = _no_presets_left()
    first, again = (propose(40, [LOGISTIC, FOREST], RECIPE, known, []) for _ in range(2))
    assert first == again
    assert first != propose(41, [LOGISTIC, FOREST], RECIPE, known, [])
    assert first != propose(40, [LOGISTIC, FOREST], replace(RECIPE, seed=1), known, [])


def test_settings_that_did_well_elsewhere_come_first_and_the_better_candidate_before():
    known = [_trial(0, "logistic", 0.8), _trial(1, "random_forest", 0.82)]
    first = propose(2, [LOGISTIC, FOREST], RECIPE, known, [])
    assert (first.candidate, first.origin) == ("random_forest", "known")
    assert first.parameters == dict(FOREST.presets[0])
    second = propose(3, [LOGISTIC, FOREST], RECIPE, known, [first])
    assert second.candidate == "logistic"


def test_what_was_tried_or_is_under_way_is_not_proposed_again():
    known, pending = _no_presets_left(), []
    for number in range(20, 45):
        proposal = propose(number, [LOGISTIC, FOREST], RECIPE, known, pending)
        assert proposal.key not in {p.key for p in [*pending, *map(as_proposal, known)]}
        pending.append(proposal)


def test_a_search_over_a_few_settings_ends_when_all_were_tried():
    one = replace_candidate(LOGISTIC, {"C": OneOf((0.1, 1.0))})
    recipe = replace(RECIPE, search=Search(steps=False))
    known = [_trial(i, "logistic", 0.8, parameters={"C": c}) for i, c in enumerate((0.1, 1.0))]
    assert propose(2, [one], recipe, known, []) is None


def test_nothing_is_proposed_for_candidates_that_could_not_be_judged():
    failed = [Trial(0, "logistic", status="failed", reason="no")]
    assert propose(1, [LOGISTIC], RECIPE, failed, []) is None


@pytest.mark.parametrize("seed", range(5))
def test_proposals_lie_within_the_space(seed):
    recipe = replace(RECIPE, seed=seed)
    space = full_space(FOREST, recipe)
    proposal = propose(50, [FOREST], recipe, _all_presets(FOREST, 0.8, 0), [])
    settings = {**proposal.parameters, **{f"steps.{k}": v for k, v in proposal.steps.items()}}
    assert settings.keys() == space.keys()
    assert all(contains(space[name], value) for name, value in settings.items())


def test_good_settings_draw_the_search_to_them():
    space = {"C": Real(1e-4, 1e4, log=True)}
    one, recipe = replace_candidate(LOGISTIC, space), replace(RECIPE, search=Search(steps=False))
    grid = [10.0**power for power in range(-4, 5)] * 3
    known = [
        _trial(i, "logistic", 0.9 - abs(c - 1.0) / 1e4, parameters={"C": c * (1 + i / 1e3)})
        for i, c in enumerate(grid)
    ]
    drawn = [propose(100 + i, [one], recipe, known, []).parameters["C"] for i in range(10)]
    assert sum(1e-3 < value < 1e3 for value in drawn) >= 7


def test_only_steps_that_the_recipe_leaves_open_are_searched():
    assert "category.encode" in steps_space(RECIPE, LOGISTIC.needs)
    chosen = replace(RECIPE, preparing=Preparing(category=CategorySteps(encode="onehot")))
    assert "category.encode" not in steps_space(chosen, LOGISTIC.needs)
    numbers_only = replace(RECIPE, columns={n: RECIPE.columns[n] for n in ("y", "size")})
    assert "category.encode" not in steps_space(numbers_only, LOGISTIC.needs)
    assert "number.transform" not in steps_space(RECIPE, FOREST.needs)


def test_where_time_is_short_slow_candidates_are_tried_less():
    known = [*_all_presets(LOGISTIC, 0.8, 0), *_all_presets(FOREST, 0.8, 10)]
    seconds = {"logistic": 0.1, "random_forest": 100.0}
    names = [
        propose(n, [LOGISTIC, FOREST], RECIPE, known, [], seconds).candidate for n in range(60, 80)
    ]
    assert names.count("logistic") > 12


def replace_candidate(candidate: Candidate, space) -> Candidate:
    from dataclasses import replace as changed

    return changed(candidate, space=space, presets=())


def test_a_proposals_key_does_not_depend_on_the_order_of_its_settings():
    assert Proposal("a", {"x": 1, "y": 2}).key == Proposal("a", {"y": 2, "x": 1}).key


def test_dimensions_tell_what_lies_within_them():
    assert not contains(Whole(1, 5), True)
    assert not contains(Whole(1, 5), 6)
    assert contains(Real(0.0, 1.0), 1.0)
