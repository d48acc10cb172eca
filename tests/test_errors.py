import pickle
import re

import pytest

from core import errors
from core.errors import ModelNotFound, PredictionError, SlipwayError, UnknownColumn


def _tree(cls, depth=0):
    """The classes of the module; rooms may have errors of their own below them."""
    yield cls.__name__, depth
    for child in cls.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child, depth + 1)


def test_the_drawn_tree_is_the_real_one():
    drawn = re.findall(r"^( +)([A-Z]\w+) {2,}\w", errors.__doc__, flags=re.MULTILINE)
    shown = [(name, len(indent) // 2 - 2) for indent, name in drawn]
    assert shown == [(name, depth) for name, depth in _tree(SlipwayError)]


@pytest.mark.parametrize(
    "error",
    [
        SlipwayError("what", "do"),
        UnknownColumn("Agee", ["Age", "Fare"]),
        ModelNotFound("m", 3, ["1", "2"]),
        PredictionError("bad", row=3, column="Age"),
    ],
)
def test_errors_cross_process_borders_whole(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert again.__dict__ == error.__dict__
    assert str(again) == str(error)


def test_an_unknown_column_suggests_the_nearest():
    error = UnknownColumn("Agee", ["Age", "Fare"])
    assert error.message == "Column must be one of the table's columns. Got 'Agee'."
    assert error.hint.startswith("Did you mean 'Age'?")
