"""The checks of a running API, against real servers that are right, wrong and not there."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import uvicorn

from core.cli.app import main
from core.errors import SlipwayError
from core.serving.api import create_api
from core.serving.conformance import CHECKS, fetch_contract, run_checks, send
from core.serving.snippets import Call

MODELS = ("linear", "kinds", "mpg", "penguins", "odd", "reviews")


@pytest.fixture(scope="module")
def url(linear, kinds, mpg, penguins, odd, reviews) -> Iterator[str]:
    """A server of models of every kind."""
    from tests.serving.conftest import Shelf

    api = create_api(Shelf(linear, kinds, mpg, penguins, odd, reviews))
    config = uvicorn.Config(api, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("name", MODELS)
def test_every_dialect_passes_for_models_of_every_kind(url, request, name):
    results = list(run_checks(request.getfixturevalue(name).contract, url))
    assert len(results) == len(CHECKS)
    assert [(r.dialect, r.title, r.problem, r.heard.text) for r in results if r.problem] == []


@pytest.mark.parametrize("name", ["kinds", "odd", "mpg"])
def test_a_contract_is_fetched_from_the_server_that_is_asked(url, request, name):
    contract = request.getfixturevalue(name).contract
    fetched = fetch_contract(url, name)
    assert fetched.fields == contract.fields
    assert fetched.classes == contract.classes
    assert fetch_contract(url).model == "kinds"  # the first by name


def test_the_command_prints_each_check(url, capsys):
    assert main(["conformance", "linear", "--url", url, "--header", "X-Key: a"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CHECKS) + 2
    assert lines[-1] == f"{len(CHECKS)} of {len(CHECKS)} checks passed."
    assert main(["conformance", "--url", url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["failed"] == 0


def test_a_server_that_is_not_there_is_told(url, linear, capsys):
    nowhere = "http://127.0.0.1:9"
    with pytest.raises(SlipwayError, match="must be reachable at http://127.0.0.1:9"):
        list(run_checks(linear.contract, nowhere))
    assert main(["conformance", "--url", nowhere]) == 2
    assert "A model must be answering" in capsys.readouterr().err
    with pytest.raises(SlipwayError, match="status 404"):
        fetch_contract(url, "nope")


class Liar(BaseHTTPRequestHandler):
    """Says yes to everything, in a form of no protocol."""

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        content = b'{"prediction": "yes"}'
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer

    def log_message(self, *arguments: object) -> None:
        """Keeps quiet."""


def test_wrong_answers_are_told_apart(linear):
    with ThreadingHTTPServer(("127.0.0.1", 0), Liar) as server:
        threading.Thread(target=server.serve_forever).start()
        results = list(run_checks(linear.contract, f"http://127.0.0.1:{server.server_port}"))
        server.shutdown()
    passed = Counter(result.dialect for result in results if result.is_passed)
    failed = Counter(result.dialect for result in results if not result.is_passed)
    assert passed["Predictions"] == 2  # one row by name, and in order
    assert set(failed) == {check.dialect for check in CHECKS}
    problems = {result.title: result.problem for result in results}
    assert problems["An unknown model is refused"] == "The status must be 404. Got 200."
    assert problems["A tensor for each column"] == 'The prediction must be "yes". Got null.'
    assert problems["A request id comes back"].startswith("The header X-Request-Id must be")


def test_nothing_is_raised_by_an_address_that_is_none():
    assert send(Call("GET", "/"), "nonsense").status == 0
