"""How much is kept, and for how long."""

import time

from core.serving.prediction_log import writer
from core.serving.prediction_log.reader import Chosen
from tests.serving.prediction_log.conftest import again
from tests.waiting import wait_until

EVERYTHING = Chosen()
DAY = 86_400


def test_a_share_of_the_requests_is_kept_with_all_of_their_rows(open_log, reader, ask, titanic):
    log = open_log(SLIPWAY_LOG_SHARE="0.3")
    answered = ask(titanic, {}, {})
    for number in range(300):
        log.add(again(answered, f"request-{number}"))
    assert log.flush()
    found = reader.rows(EVERYTHING, 1000)
    kept = {row.request_id for row in found}
    assert 60 < len(kept) < 120
    assert len(found) == 2 * len(kept)
    (traffic,) = reader.traffic(EVERYTHING)
    assert (traffic.requests, traffic.rows, traffic.kept_rows) == (300, 600, len(found))


def test_the_same_requests_are_kept_by_every_process(open_log, reader, ask, titanic):
    answered = ask(titanic)
    for _ in range(2):
        log = open_log(SLIPWAY_LOG_SHARE="0.5")
        for number in range(50):
            log.add(again(answered, f"{number}"))
        log.close()
    counts = [row.request_id for row in reader.rows(EVERYTHING, 1000)]
    assert {counts.count(request) for request in counts} == {2}


def test_what_is_too_old_is_deleted_bit_by_bit(open_log, reader, ask, titanic, mpg, monkeypatch):
    monkeypatch.setattr(writer, "PRUNE_BLOCKS", 2)
    monkeypatch.setattr(writer, "PRUNE_SECONDS", 0)
    log = open_log(SLIPWAY_LOG_DAYS="2")
    now = time.time()
    for age in (0, 1.9, 2.1, 30):
        log.add(ask(titanic, *[{"Sex": "alien"}] * 40, at=now - age * DAY, request_id=f"{age}"))
        log.add(ask(mpg, at=now - age * DAY, request_id=f"{age}"))
        if age:
            assert log.flush()  # the rest goes into blocks of its own
    wait_until(lambda: len(reader.rows(EVERYTHING, 1000)) <= 82)
    assert {row.request_id for row in reader.rows(EVERYTHING, 1000)} == {"0", "1.9"}
    wait_until(lambda: len(reader.traffic(EVERYTHING, 1)) <= 4)
    assert sum(traffic.rows for traffic in reader.traffic(EVERYTHING)) == 82
    assert sum(flag.rows for flag in reader.flags(Chosen(model="titanic"))) == 80


def test_old_rows_go_even_where_nothing_is_asked_any_more(open_log, reader, ask, titanic):
    log = open_log()
    log.add(ask(titanic, at=time.time() - 29 * DAY))
    log.close()
    log = open_log(SLIPWAY_LOG_DAYS="7")
    log.start()
    wait_until(lambda: not reader.rows(EVERYTHING))
