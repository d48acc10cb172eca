import numpy as np
import pytest

from core.evaluation.thinning import sample_rows, thin_curve


@pytest.mark.parametrize("n", [1, 2, 299, 300])
def test_short_curves_are_kept_whole(n):
    assert thin_curve(np.arange(n), np.arange(n)).tolist() == list(range(n))


def test_a_long_curve_keeps_its_shape():
    x = np.linspace(0, 10, 20_000)
    y = np.sin(x) + (x > 5)
    keep = thin_curve(x, y)
    assert len(keep) <= 300
    assert keep[0] == 0
    assert keep[-1] == len(x) - 1
    assert np.abs(np.interp(x, x[keep], y[keep]) - y).max() < 0.001


def test_a_spike_survives():
    y = np.zeros(10_000)
    y[7_777] = 1.0
    assert 7_777 in thin_curve(np.arange(10_000), y)


def test_a_straight_or_constant_line_needs_two_points():
    x = np.arange(1_000)
    assert thin_curve(x, 3 * x).tolist() == [0, 999]
    assert thin_curve(x, np.full(1_000, 4.0)).tolist() == [0, 999]
    assert thin_curve(np.zeros(1_000), np.zeros(1_000)).tolist() == [0, 999]


def test_samples_are_the_same_every_time_and_without_repetition():
    first, second = sample_rows(50_000), sample_rows(50_000)
    assert first.tolist() == second.tolist()
    assert len(set(first.tolist())) == 2_000
    assert sample_rows(0).tolist() == []
