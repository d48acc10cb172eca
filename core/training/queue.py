"""A fair queue between people: a run waits here for its turn while others go on.

Nothing serves the queue. Each run's own process holds a lock on its ticket for as long as it lives,
so that the system frees it however the process ends; whoever looks finds out which tickets still
count. Only the standard library, msgspec and filelock are needed to wait.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from core.moments import now
from core.storage import storage_errors, write_bytes

if TYPE_CHECKING:
    from core.training.runs import RunStore

FOLDER = "queue"
"""In the folder of the runs; no run has this name."""

SERVED = "served.json"

POLL_SECONDS = 0.3

REMEMBERED_OWNERS = 1000
"""Of so many it is kept when they had their last turn."""


class Ticket(Struct, frozen=True):
    """A run that waits or has its turn.

    Attributes
    ----------
    owner
        Whose run it is; runs without one count as one person's.
    since
        When it asked, ISO 8601, UTC.
    begun
        When it had its turn; empty while it waits.
    """

    run_id: str
    owner: str
    since: str
    begun: str = ""


class Waiting(Struct, frozen=True):
    """A run that waits.

    Attributes
    ----------
    position
        1 = the next to begin.
    since
        When it asked, ISO 8601, UTC.
    """

    run_id: str
    owner: str
    position: int
    since: str


@contextlib.contextmanager
def wait_for_turn(
    runs_dir: Path,
    run_id: str,
    slots: int,
    owner: str = "",
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[bool]:
    """Waits until the run has its turn, and holds it while the block goes on.

    True when it has its turn, False when it was cancelled before.

    Parameters
    ----------
    slots
        How many runs go on at the same time.
    is_cancelled
        Asked a few times a second while the run waits.

    Raises
    ------
    StorageError
        When the queue cannot be written.
    """
    folder = runs_dir / FOLDER
    ticket = Ticket(run_id, owner, now())
    alive = FileLock(_lock_path(folder, run_id))
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with _changing(folder):
            alive.acquire(timeout=0)
            _write(folder, ticket)
    try:
        has_turn = False
        while not has_turn and not is_cancelled():
            has_turn = _take_turn(folder, ticket, slots)
            if not has_turn:
                time.sleep(POLL_SECONDS)
        yield has_turn
    finally:
        _remove(folder, run_id)
        alive.release()


def queue_state(store: RunStore) -> list[Waiting]:
    """The runs that wait, the next to begin first. Changes nothing, and waits for nobody."""
    folder = store.directory / FOLDER
    tickets = _living_tickets(folder)
    ordered = order_of_turns(
        [t for t in tickets if not t.begun], [t for t in tickets if t.begun], _served(folder)
    )
    return [Waiting(t.run_id, t.owner, i, t.since) for i, t in enumerate(ordered, start=1)]


def queue_position(store: RunStore, run_id: str) -> int | None:
    """Which the run is among those that wait, counted from 1; None when it does not wait."""
    return next((w.position for w in queue_state(store) if w.run_id == run_id), None)


def order_of_turns(
    waiting: Sequence[Ticket], running: Sequence[Ticket], served: Mapping[str, str]
) -> list[Ticket]:
    """Those that wait in the order of their turns.

    Whose runs go on least is next; among those, who had a turn the longest ago, or never; then who
    asked first. So people take turns, however many runs each of them asks for.

    Parameters
    ----------
    served
        When each owner had a turn last, ISO 8601, UTC.

    Examples
    --------
    >>> asked = [Ticket("a1", "ann", "1"), Ticket("a2", "ann", "2"), Ticket("b1", "bob", "3")]
    >>> [ticket.run_id for ticket in order_of_turns(asked, [], {})]
    ['a1', 'b1', 'a2']
    """
    going = Counter(ticket.owner for ticket in running)
    # The turns given below are later than all that are on record.
    last: dict[str, tuple[int, str]] = {owner: (0, when) for owner, when in served.items()}
    left = list(waiting)
    ordered: list[Ticket] = []
    while left:
        ticket = min(
            left,
            key=lambda t: (going[t.owner], last.get(t.owner, (0, "")), t.since, t.run_id),
        )
        left.remove(ticket)
        ordered.append(ticket)
        going[ticket.owner] += 1
        last[ticket.owner] = (len(ordered), "")
    return ordered


def _take_turn(folder: Path, ticket: Ticket, slots: int) -> bool:
    """Whether the run has its turn now; it is then written down as one that goes on."""
    with storage_errors(folder), _changing(folder):
        tickets = [t for t in _living_tickets(folder, clean=True) if t.run_id != ticket.run_id]
        running = [t for t in tickets if t.begun]
        if len(running) >= slots:
            return False
        served = _served(folder)
        waiting = [ticket, *(t for t in tickets if not t.begun)]
        free = slots - len(running)
        if ticket not in order_of_turns(waiting, running, served)[:free]:
            return False
        begun = msgspec.structs.replace(ticket, begun=now())
        _write(folder, begun)
        _remember(folder, served, begun)
        return True


def _changing(folder: Path) -> FileLock:
    """Held for moments only, by whoever changes the queue."""
    return FileLock(folder / "queue.lock")


def _lock_path(folder: Path, run_id: str) -> Path:
    return folder / f"{run_id}.lock"


def _ticket_path(folder: Path, run_id: str) -> Path:
    return folder / f"{run_id}.json"


def _write(folder: Path, ticket: Ticket) -> None:
    write_bytes(_ticket_path(folder, ticket.run_id), msgspec.json.encode(ticket))


def _remove(folder: Path, run_id: str) -> None:
    """Takes the ticket out. On some systems a lock that is held cannot be removed: it then stays."""
    for path in (_ticket_path(folder, run_id), _lock_path(folder, run_id)):
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _living_tickets(folder: Path, *, clean: bool = False) -> list[Ticket]:
    """The tickets whose processes live.

    Parameters
    ----------
    clean
        Also takes the others out; only for who holds the lock of the queue.
    """
    tickets = []
    for path in sorted(folder.glob("*.json")):
        if path.name == SERVED:
            continue
        try:
            ticket = msgspec.json.decode(path.read_bytes(), type=Ticket)
        except (OSError, msgspec.DecodeError):  # it was taken out between the two looks
            continue
        if _is_held(_lock_path(folder, ticket.run_id)):
            tickets.append(ticket)
        elif clean:
            _remove(folder, ticket.run_id)
    return tickets


def _is_held(path: Path) -> bool:
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _served(folder: Path) -> dict[str, str]:
    """When each owner had a turn last."""
    try:
        return msgspec.json.decode((folder / SERVED).read_bytes(), type=dict[str, str])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


def _remember(folder: Path, served: Mapping[str, str], ticket: Ticket) -> None:
    known = sorted({**served, ticket.owner: ticket.begun}.items(), key=lambda item: item[1])
    write_bytes(folder / SERVED, msgspec.json.encode(dict(known[-REMEMBERED_OWNERS:])))
