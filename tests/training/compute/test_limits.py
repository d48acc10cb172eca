"""The time limit around a fit, in the main thread and in others, as a cluster's workers use."""

import signal
import threading
import time
from collections.abc import Callable

import pytest

from core.training.compute.limits import TimeIsUp, time_limit


def in_a_thread(call: Callable[[], None]) -> None:
    """Does the call in another thread, and raises what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]


def work(seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.parametrize("where", [lambda call: call(), in_a_thread])
def test_what_takes_too_long_is_ended_and_nothing_rings_after_it(where):
    def call() -> None:
        with pytest.raises(TimeIsUp), time_limit(0.15):
            work(10)
        with time_limit(0.15):
            pass
        work(0.3)

    before = signal.getsignal(signal.SIGALRM)
    where(call)
    assert signal.getsignal(signal.SIGALRM) is before


def test_no_except_clause_of_an_estimator_holds_it():
    def call() -> None:
        with time_limit(0.1):
            while True:
                try:
                    work(10)
                except Exception:  # as an estimator might
                    continue

    with pytest.raises(TimeIsUp):
        in_a_thread(call)


def test_what_nobody_waits_for_is_ended_without_a_limit():
    unwanted = threading.Event()
    threading.Timer(0.1, unwanted.set).start()
    with pytest.raises(TimeIsUp), time_limit(None, unwanted.is_set):
        work(10)


def test_without_a_limit_nothing_is_ended():
    with time_limit(None):
        work(0.01)
