import inspect

import pytest

from core.cli.serving import read_options, run_server
from core.cli.ship import serve

EXAMPLES = {
    "host": "0.0.0.0",
    "port": 8080,
    "workers": 2,
    "access_log": "json",
    "log_level": "error",
}


def test_every_option_of_the_verb_is_read_without_typer():
    assert EXAMPLES.keys() == inspect.signature(serve).parameters.keys()
    assert EXAMPLES.keys() == inspect.signature(run_server).parameters.keys()
    for name, value in EXAMPLES.items():
        option = f"--{name.replace('_', '-')}"
        assert read_options(["serve", option, str(value)]) == {name: value}
        assert read_options(["serve", f"{option}={value}"]) == {name: value}
    assert read_options(["serve"]) == {}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["runs"],
        ["serve", "--help"],
        ["serve", "--port"],
        ["serve", "--port", "-1"],
        ["serve", "--port", "70000"],
        ["serve", "--workers", "0"],
        ["serve", "--workers", "²"],
        ["serve", "8000"],
        ["serve", "--host", "--port"],
        ["serve", "--por", "1"],
        ["serve", "--", "--port", "1"],
    ],
)
def test_anything_else_is_left_to_typer(arguments):
    assert read_options(arguments) is None
