"""How the time of a run is shared out."""

import math
import time

import pytest
from msgspec.structs import replace

from core.features.proposal import propose_recipe
from core.recipe import Search
from core.training.allowance import Allowance
from core.training.budget import Clock
from core.training.catalogue import CATALOGUE
from core.training.table import training_table
from core.training.trials import Trial
from tests.inline_run import Here

FOREST, TREE = CATALOGUE["random_forest"], CATALOGUE["decision_tree"]
BOOSTING = CATALOGUE["hist_gradient_boosting"]

TWO = Here(slots=2)


@pytest.fixture
def table(csv_dataset):
    text = "".join(f"{i},{i % 7},{'ab'[i % 2]}\n" for i in range(100))
    dataset = csv_dataset("x,z,y\n" + text)
    return training_table(dataset, replace(propose_recipe(dataset, "y"), search=Search()))


def _limited(table, seconds: float) -> Allowance:
    started = time.monotonic()
    return Allowance(Clock(started + seconds, started), TWO, table)


def _trial(seconds: float, rows: int = 64) -> Trial:
    return Trial(0, "decision_tree", status="done", fit_seconds=seconds, rows=rows)


def test_without_a_limit_everything_may_begin_and_take_its_time(table):
    free = Allowance(Clock(), TWO, table)
    free.estimates.add(FOREST, 64, 1e6)
    assert free.left([(FOREST, _trial(1e6))], is_early=False) == math.inf
    assert free.why_not(FOREST, math.inf) == ""
    assert free.why_no_more(TREE, _trial(1e6), 1, math.inf, is_hopeful=False) == ""
    assert free.limit(math.inf, is_first=True, is_promising=False) is None
    assert free.fits_in(FOREST, math.inf)


def test_time_for_the_last_fits_is_kept_back_and_for_all_rows_where_that_is_little(table):
    cheap, dear = _limited(table, 100.0), _limited(table, 100.0)
    nothing = cheap.left([], is_early=False)
    little = nothing - cheap.left([(TREE, _trial(4.0))], is_early=False)
    much = nothing - dear.left([(TREE, _trial(30.0))], is_early=False)
    once = cheap.refit_seconds(TREE, _trial(4.0))
    again = cheap.refit_seconds(TREE, _trial(4.0), len(table.frame))
    assert again > once
    assert little == pytest.approx(once + again + 0.5, abs=0.1)
    # On all rows it would take more than a seventh of the time: that is left to chance.
    assert much == pytest.approx(dear.refit_seconds(TREE, _trial(30.0)) + 0.5, abs=0.1)


def test_a_large_model_has_time_to_be_kept(table):
    limited = _limited(table, 100.0)
    trial = _trial(1.0)
    large = replace(trial, size_bytes=100 * 2**20)
    assert limited.refit_seconds(TREE, large) > limited.refit_seconds(TREE, trial) + 3.0


def test_never_more_than_half_of_the_time_is_kept_back_for_one_fit(table):
    limited = _limited(table, 100.0)
    assert limited.left([(TREE, _trial(500.0))], is_early=False) == pytest.approx(50.0, abs=0.5)
    assert limited.left([(TREE, _trial(500.0))], is_early=True) == pytest.approx(90.0, abs=0.5)


def test_a_default_that_runs_away_is_not_begun_or_ends_early(table):
    limited = _limited(table, 100.0)
    limited.estimates.add(FOREST, 64, 50.0)
    assert "are left for judging" in limited.why_not(FOREST, 90.0)
    assert limited.why_not(TREE, 90.0) == ""  # only guessed at, so it is tried
    assert limited.limit(90.0, is_first=True, is_promising=False) == pytest.approx(9.0)
    assert limited.limit(90.0, is_first=True, is_promising=True) == pytest.approx(90.0)


def test_more_folds_are_worth_more_of_the_time_when_the_first_was_good(table):
    limited = _limited(table, 100.0)
    trial = _trial(5.0)
    more = trial.fit_seconds * (len(table.folds) - 1) / 2
    assert limited.why_no_more(TREE, trial, 1, 90.0, is_hopeful=True) == ""
    assert f"about {more:,.0f} s more" in limited.why_no_more(
        TREE, trial, 1, 90.0, is_hopeful=False
    )


def test_folds_of_a_large_table_are_fitted_one_at_a_time_by_what_can_use_all_threads(
    table, monkeypatch
):
    assert _limited(table, 100.0).threads(BOOSTING) == 1
    monkeypatch.setattr("core.training.allowance.MANY_CELLS", 50)
    limited = _limited(table, 100.0)
    assert (limited.threads(BOOSTING), limited.threads(TREE)) == (2, 1)
    limited.estimates.add(BOOSTING, 64, 10.0)
    limited.estimates.add(TREE, 64, 10.0)
    # Two trees at once take half the time; boosting's fits do not go on beside each other.
    fits = {c.name: limited.fits_in(c, 50.0) for c in (BOOSTING, TREE)}
    assert fits == {"hist_gradient_boosting": False, "decision_tree": True}
    leaders = [(c, _trial(5.0)) for c in (BOOSTING, BOOSTING)]
    kept_back = 100.0 - limited.left(leaders, is_early=False)
    assert kept_back > 2 * limited.refit_seconds(*leaders[0])


def test_the_last_fit_has_all_threads_and_a_model_of_trees_of_one_size_does_not_grow(table):
    limited, rows = _limited(table, 100.0), 1_000_000
    trial = replace(_trial(1.0, rows // 100), size_bytes=10 * 2**20)
    seconds = {c.name: limited.refit_seconds(c, trial, rows) for c in (BOOSTING, TREE)}
    alone = Allowance(limited.clock, Here(slots=1), table)
    assert seconds["hist_gradient_boosting"] < 0.75 * alone.refit_seconds(BOOSTING, trial, rows)
    larger = replace(trial, size_bytes=20 * 2**20)
    more = {c.name: limited.refit_seconds(c, larger, rows) for c in (BOOSTING, TREE)}
    grown = {name: more[name] - seconds[name] for name in more}
    assert grown["hist_gradient_boosting"] == pytest.approx(0.5)
    assert grown["decision_tree"] == pytest.approx(50.0)


def test_last_fits_on_many_rows_have_all_threads_where_they_can_use_them(table, monkeypatch):
    limited = _limited(table, 100.0)
    assert limited.last_threads(BOOSTING) == 1
    monkeypatch.setattr("core.training.allowance.THREADED_ROWS", 50)
    assert (limited.last_threads(BOOSTING), limited.last_threads(TREE)) == (2, 1)
    # Measured on as many rows it had them already: then nothing more is gained.
    few, many = (limited.refit_seconds(BOOSTING, _trial(1.0, n), n + 2) for n in (49, 50))
    assert few < 0.8 * many
