import pytest

from core.charts.palette import NEUTRAL, PALETTE, assign_styles


def luminance(colour):
    def linear(channel):
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("background", ["#ffffff", "#0e1117"])
@pytest.mark.parametrize("colour", [*PALETTE, NEUTRAL])
def test_every_colour_stands_out_on_light_and_dark(colour, background):
    low, high = sorted([luminance(colour), luminance(background)])
    assert (high + 0.05) / (low + 0.05) >= 3


def test_as_many_styles_differ_as_a_run_can_have_candidates():
    names = [f"candidate {i}" for i in range(4 * len(PALETTE))]
    assert len(set(assign_styles(names).values())) == len(names)


def test_a_name_keeps_its_style_whatever_is_shown():
    order = ["a", "b", "c"]
    assert assign_styles(["c"], order)["c"] == assign_styles(["a", "c"], order)["c"]
    assert assign_styles(["new", "b"], order)["b"] == assign_styles([], order)["b"]
    assert "new" in assign_styles(["new"], order)
