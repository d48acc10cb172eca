"""Many promotions and roll backs while sixteen clients ask: who answers, and whether everybody is answered."""

import http.client
import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import pytest

from core.registry.followers import wait_for_followers
from core.serving.hub import ModelHub
from tests.thorough import cases
from tests.waiting import LONG_SECONDS, wait_until

pytestmark = pytest.mark.server

CLIENTS = 16
CHANGES = cases(100, 40)


@dataclass
class Change:
    """A champion, and between which moments it became it."""

    version: int
    began: float
    ended: float


@dataclass
class Asked:
    """What one client was answered: when it asked, when it heard, the version and its probability."""

    answers: list[tuple[float, float, int, float]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def ask(self, url: str, body: bytes, stop: threading.Event) -> None:
        place = urlsplit(url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        headers = {"content-type": "application/json"}
        for count in itertools.count(1):
            if stop.is_set():
                break
            began = time.monotonic()
            try:
                connection.request("POST", "/predict", body, headers)
                response = connection.getresponse()
                content = json.loads(response.read())
                if response.status != 200:
                    raise ValueError(content)
            except (OSError, ValueError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
                continue
            version, share = content["version"], content["probabilities"]["1"]
            self.answers.append((began, time.monotonic(), version, share))
            if count % 50 == 0:
                connection.close()  # so that both workers answer each client
        connection.close()


def champions_between(changes: list[Change], began: float, ended: float) -> set[int]:
    """The versions that were, or were just becoming or ceasing to be, the champion at some moment of these."""
    found = set()
    for this, following in itertools.zip_longest(changes, changes[1:]):
        until = following.ended if following else float("inf")
        if this.began <= ended and until >= began:
            found.add(this.version)
    return found


@pytest.mark.slow
def test_many_promotions_under_load_fail_no_request_and_leave_no_old_answer(
    start_server, registry, monkeypatch
):
    # A promotion returns when both have followed, or as it is tired of waiting, as on a machine that is too busy.
    patient = partial(wait_for_followers, seconds=LONG_SECONDS)
    monkeypatch.setattr("core.registry.registry.wait_for_followers", patient)
    hub = ModelHub(registry)
    row = hub.contract("titanic").example
    shares = {}
    for version in (1, 2):
        engine = hub.get("titanic", version)
        answer = engine.predict(engine.contract.parse(row).rows)
        shares[version] = answer.probabilities[0]["1"]
    assert abs(shares[1] - shares[2]) > 0.01  # told apart by what they answer

    server = start_server(workers=2)
    body = json.dumps({"features": row}).encode()
    stop = threading.Event()
    clients = [Asked() for _ in range(CLIENTS)]
    threads = [
        threading.Thread(target=client.ask, args=(server.url, body, stop)) for client in clients
    ]
    for thread in threads:
        thread.start()
    changes = [Change(1, 0.0, 0.0)]

    def hear(more: int) -> None:
        """Waits until the clients together have heard so many answers more, or one of them a failure."""
        heard = sum(len(client.answers) for client in clients) + more
        wait_until(
            lambda: (
                any(client.failures for client in clients)
                or sum(len(client.answers) for client in clients) >= heard
            )
        )

    hear(10 * CLIENTS)
    for number in range(CHANGES):
        began = time.monotonic()
        if number % 2:
            version = registry.rollback("titanic", by="Ada", reason=str(number)).version
        else:
            version = registry.promote("titanic", 2, by="Ada", reason=str(number)).version
        changes.append(Change(version, began, time.monotonic()))
        hear(CLIENTS + 1)  # at least one client has asked after the change
    stop.set()
    for thread in threads:
        thread.join()

    assert [change.version for change in changes] == [1, *[2, 1] * (CHANGES // 2)]
    assert [failure for client in clients for failure in client.failures] == []
    answers = [answer for client in clients for answer in client.answers]
    assert {version for _, _, version, _ in answers} == {1, 2}
    wrong = [
        answer for answer in answers if answer[2] not in champions_between(changes, *answer[:2])
    ]
    assert wrong == []
    mixed = [answer for answer in answers if abs(answer[3] - shares[answer[2]]) > 1e-9]
    assert mixed == []
    history = registry.history("titanic")
    assert len(history) == CHANGES + 1
    assert max(change.ended - change.began for change in changes[1:]) < LONG_SECONDS
