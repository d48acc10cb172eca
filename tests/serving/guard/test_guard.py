"""Limits, other sites, the access log, and what is counted, over applications that behave in every way."""

import asyncio
import json
import logging
import time

import httpx
import pytest

from core.serving.api.calls import Served
from core.serving.api.guard import access_log
from core.serving.api.guard.addresses import MAX_REMEMBERED, Addresses
from core.serving.api.guard.metrics import Labels
from tests.serving.guard.conftest import OTHER_MACHINE, ask, hello

SHOP = "https://shop.example"


async def broken(scope, receive, send) -> None:
    raise RuntimeError("broken")


async def predicting(scope, receive, send) -> None:
    """As the dialects do."""
    scope["slipway.reply"] = Served("titanic", 3, rows=2)
    scope["slipway.request_id"] = "ab12"
    await hello(scope, receive, send)


def together(guard, count: int, path: str = "/predict") -> list[httpx.Response]:
    """The answers to requests that are made at the same time."""

    async def send() -> list[httpx.Response]:
        transport = httpx.ASGITransport(guard, client=("127.0.0.1", 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return list(await asyncio.gather(*(client.post(path) for _ in range(count))))

    return asyncio.run(send())


# Limits


def test_what_takes_too_long_is_given_up_and_let_go(make_guard):
    ended = []

    async def slow(scope, receive, send) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    guard = make_guard(slow, max_seconds=1)
    began = time.monotonic()
    answer = ask(guard)
    assert 1 <= time.monotonic() - began < 30
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")
    assert ended == [True]
    assert guard.metrics.refusals()["late"] == 1
    assert guard.metrics.running() == 0


def test_only_the_beginning_of_an_answer_has_a_time(make_guard):
    async def streaming(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(4):
            await asyncio.sleep(0.4)
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    answer = ask(make_guard(streaming, max_seconds=1))
    assert (answer.status_code, answer.text) == (200, "xxxx")


def test_one_request_more_than_is_worked_on_at_a_time_is_sent_away(make_guard):
    async def slow(scope, receive, send) -> None:
        while guard.metrics.refusals()["busy"] < 2:  # until all five have come
            await asyncio.sleep(0.01)
        await hello(scope, receive, send)

    guard = make_guard(slow, max_concurrency=3)
    answers = together(guard, 5)
    assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 503, 503]
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["error"]["code"] == "busy"
    assert ask(guard).status_code == 200


def test_health_is_told_however_busy_the_server_is(make_guard):
    guard = make_guard(hello, max_concurrency=0)
    assert ask(guard).status_code == 503
    assert ask(guard, "/health/live", method="GET").status_code == 200


def test_a_mistake_of_the_application_is_counted_and_not_kept(make_guard):
    guard = make_guard(broken)
    assert ask(guard).status_code == 500
    assert guard.metrics.series()[Labels("predict")][3] == 1
    assert guard.metrics.running() == 0


def test_a_server_about_to_stop_is_not_ready_and_goes_on_answering(make_guard):
    guard = make_guard()
    guard.drain()
    ready = ask(guard, "/health/ready", method="GET")
    assert (ready.status_code, ready.json()["error"]["code"]) == (503, "stopping")
    answer = ask(guard)
    assert (answer.status_code, answer.headers["connection"]) == (200, "close")
    assert ask(guard, "/health/live", method="GET").status_code == 200


def test_vertex_names_an_address_that_tells_whether_it_is_ready(make_guard):
    guard = make_guard(health_route="/am/i/ready")
    assert ask(guard, "/am/i/ready", method="GET", address=OTHER_MACHINE).status_code == 200
    guard.drain()
    assert ask(guard, "/am/i/ready", method="GET", address=OTHER_MACHINE).status_code == 503


def test_addresses_that_do_not_exist_do_not_fill_the_memory():
    addresses = Addresses()
    for number in range(3 * MAX_REMEMBERED):
        addresses.at(f"/nothing/{number}")
    assert len(addresses._known) <= MAX_REMEMBERED


# Pages of other sites


def preflight(guard, origin: str) -> httpx.Response:
    headers = {"origin": origin, "access-control-request-method": "POST"}
    return ask(guard, method="OPTIONS", headers=headers, address=OTHER_MACHINE)


def test_no_other_site_may_ask_unless_it_is_named(make_guard):
    guard = make_guard(is_open=True)
    answer = ask(guard, headers={"origin": SHOP}, address=OTHER_MACHINE)
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-origin" not in preflight(guard, SHOP).headers


def test_a_named_site_is_answered_before_it_shows_its_key_and_after(make_guard, store):
    token = store.create("shop")[1]
    guard = make_guard(cors_origins=(SHOP,))
    before = preflight(guard, SHOP)
    assert (before.status_code, before.content) == (204, b"")
    assert before.headers["access-control-allow-origin"] == SHOP
    assert "x-api-key" in before.headers["access-control-allow-headers"]
    assert "POST" in before.headers["access-control-allow-methods"]
    for key, status in ((token, 200), ("", 401)):  # a page may read its refusal, too
        answer = ask(guard, headers={"origin": SHOP}, address=OTHER_MACHINE, key=key)
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert answer.headers["vary"] == "Origin"


def test_a_site_that_is_not_named_is_refused(make_guard):
    guard = make_guard(cors_origins=(SHOP,), is_open=True)
    refused = preflight(guard, "https://other.example")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "origin")
    assert "access-control-allow-origin" not in refused.headers
    answer = ask(guard, headers={"origin": "https://other.example"}, address=OTHER_MACHINE)
    assert "access-control-allow-origin" not in answer.headers


def test_all_sites_may_be_named(make_guard):
    assert (
        preflight(make_guard(cors_origins=("*",)), SHOP).headers["access-control-allow-origin"]
        == "*"
    )


# What is counted and logged


def test_metrics_are_counted_by_who_answered(make_guard):
    guard = make_guard(predicting)
    for _ in range(3):
        ask(guard)
    ask(guard, "/v1/models/titanic:predict")
    ask(guard, address=OTHER_MACHINE)
    text = ask(guard, "/metrics", method="GET").text
    assert (
        'slipway_requests_total{dialect="predict",model="titanic",version="3",status="2xx"} 3'
        in text
    )
    assert 'dialect="v1",model="titanic",version="3",status="2xx"} 1' in text
    assert 'slipway_rows_total{dialect="predict",model="titanic",version="3"} 6' in text
    assert 'slipway_refusals_total{reason="closed"} 1' in text


def test_names_that_do_not_exist_make_no_series(make_guard):
    guard = make_guard(hello)
    for number in range(500):
        ask(guard, f"/v1/models/no{number}:predict")
    assert len(guard.metrics.series()) == 1


@pytest.fixture
def lines():
    """What the access log writes."""
    written: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(record.getMessage())

    handler = Collect()
    access_log.logger.addHandler(handler)
    yield written
    access_log.logger.removeHandler(handler)


def test_a_request_is_a_line_of_json(make_guard, store, lines):
    token = store.create("web shop")[1]
    guard = make_guard(predicting, access_log="json")
    guard.start()
    ask(guard, "/predict?secret=1", key=token, json={"features": ["private"]})
    ask(guard, key=token + "x")
    guard.close()
    first, second = (json.loads(line) for line in lines)
    assert first.pop("at").endswith("Z")
    assert 0 < first.pop("ms") < 1000
    assert first == {
        "client": "127.0.0.1",
        "method": "POST",
        "path": "/predict",
        "status": 200,
        "bytes": 5,
        "key": "web shop",
        "model": "titanic",
        "version": 3,
        "request_id": "ab12",
    }
    assert (second["status"], "key" in second) == (401, False)
    assert not any(word in line for line in lines for word in (token, "secret", "private"))


def test_a_plain_line_cannot_be_broken_by_what_was_asked(make_guard, lines):
    guard = make_guard(hello, access_log="plain")
    guard.start()
    ask(guard, "/a%0Ab%20200%20OK")
    guard.close()
    assert len(lines) == 1
    assert r"POST /a\nb\x20200\x20OK 200 5 B" in lines[0]


def test_without_an_access_log_nothing_is_written(make_guard, lines):
    guard = make_guard(hello)
    guard.start()
    ask(guard)
    guard.close()
    assert lines == []


def test_a_log_that_is_too_slow_says_how_much_it_left_out(lines):
    log = access_log.AccessLog("plain")
    entry = access_log.Entry(0.0, "127.0.0.1", "GET", "/", 200, 0, 0.1)
    for _ in range(access_log.MAX_WAITING + 7):
        log.add(entry)
    log.flush()
    assert len(lines) == access_log.MAX_WAITING + 1
    assert lines[-1].startswith("7 requests are not in this log")
