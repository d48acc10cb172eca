import pytest

from core.serving.access.rates import RateLimiter
from tests.serving.access.test_keys import make_key


class Tally:
    """Counts as the workers of a server do together."""

    def __init__(self) -> None:
        self.uses: dict[int, int] = {}

    def add(self, number: int) -> None:
        self.uses[number] = self.uses.get(number, 0) + 1

    def total(self, number: int) -> float:
        return self.uses.get(number, 0)


@pytest.fixture
def now() -> list[float]:
    return [100.0]


def test_a_minutes_worth_may_come_at_once_and_then_as_fast_as_the_rate(now):
    limiter = RateLimiter(Tally(), lambda: now[0])
    key = make_key(requests_per_minute=6)
    assert [limiter.take(key) for _ in range(6)] == [0.0] * 6
    assert limiter.take(key) == pytest.approx(10.0)
    now[0] += 9
    assert limiter.take(key) == pytest.approx(1.0)
    now[0] += 1
    assert limiter.take(key) == 0.0
    assert limiter.take(key) > 0


def test_an_idle_key_saves_up_no_more_than_a_minutes_worth(now):
    limiter = RateLimiter(Tally(), lambda: now[0])
    key = make_key(requests_per_minute=3)
    limiter.take(key)
    now[0] += 86_400
    assert [limiter.take(key) > 0 for _ in range(4)] == [False, False, False, True]


def test_workers_share_one_rate(now):
    tally = Tally()
    workers = [RateLimiter(tally, lambda: now[0]) for _ in range(2)]
    key = make_key(requests_per_minute=10)
    for worker in workers:
        worker.watch([key])
    assert sum(workers[place % 2].take(key) == 0 for place in range(20)) == 10
    assert tally.total(key.number) == 10


def test_a_worker_that_begins_later_gives_what_the_others_left(now):
    tally = Tally()
    wall = [1000.0]

    def worker() -> RateLimiter:
        return RateLimiter(tally, lambda: now[0], began_at=990.0, wall_clock=lambda: wall[0])

    key = make_key(requests_per_minute=10, created_at=1000.0)
    first = worker()
    assert sum(first.take(key) == 0 for _ in range(20)) == 10
    assert worker().take(key) == pytest.approx(6.0)
    wall[0] += 6
    assert worker().take(key) == 0.0


def test_a_worker_in_the_place_of_a_crashed_one_doubts_in_favour_of_the_key(now):
    tally = Tally()
    tally.uses[1] = 5000
    limiter = RateLimiter(tally, lambda: now[0], began_at=0.0, wall_clock=lambda: 1e6)
    assert limiter.take(make_key(requests_per_minute=10)) == 0.0


def test_a_key_without_a_rate_is_counted_and_never_waits(now):
    tally = Tally()
    limiter = RateLimiter(tally, lambda: now[0])
    assert {limiter.take(make_key()) for _ in range(1000)} == {0.0}
    assert tally.total(1) == 1000


def test_keys_do_not_share(now):
    limiter = RateLimiter(Tally(), lambda: now[0])
    one = make_key(requests_per_minute=1)
    other = make_key(id="ffffffff", number=2, requests_per_minute=1)
    assert (limiter.take(one), limiter.take(other)) == (0.0, 0.0)
