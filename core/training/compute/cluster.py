"""The connection to a Dask cluster, and whether its workers can do our fits."""

from __future__ import annotations

import hashlib
import logging
import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import TrainingError, first_line

if TYPE_CHECKING:
    from distributed import Client

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5
"""How long a scheduler may take to answer."""

WORKER_SECONDS = 10
"""How long it may take until it has a worker: it may just have been started."""

COMPARED = {"python": "Python", "sklearn": "scikit-learn", "pandas": "pandas", "numpy": "NumPy"}
"""What must be of the same version here and there, up to the second number."""

PROJECT = "Slipway"


_ADDRESS = re.compile(
    r"((?P<scheme>tcp|tls|ws|wss)://)?(?P<host>[^\s/:]+|\[[^\s/\]]+\]):(?P<port>\d{1,5})/?"
)


def check_scheduler(address: str) -> None:
    """Nothing, when something listens at a scheduler's address; without what a connection needs to be imported.

    Raises
    ------
    TrainingError
        When it is no address, or nothing listens there.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise TrainingError(
            f"The address of a Dask scheduler must be like tcp://cluster:8786. Got {address!r}.",
            "Write what `dask scheduler` says when it starts.",
        )
    try:
        place = found["host"].strip("[]"), int(found["port"])
        socket.create_connection(place, CONNECT_SECONDS).close()
    except (OSError, OverflowError, UnicodeError) as error:
        raise _silent(address, error) from error


def _silent(
    address: str, error: Exception, instead: str = "train on this machine"
) -> TrainingError:
    return TrainingError(
        f"A Dask scheduler must answer at {address} within {CONNECT_SECONDS} s. Got: {first_line(error)}.",
        f"Start it with `dask scheduler`, correct DASK_SCHEDULER_ADDRESS, or {instead}.",
    )


def connect(address: str, instead: str = "train on this machine") -> Client:
    """A client of the scheduler at this address, which has at least one worker.

    Parameters
    ----------
    instead
        What can be done without it, for the hints.

    Raises
    ------
    TrainingError
        When nothing answers there, or nothing that understands us, or it has no worker.
    """
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="slipway")
    except (OSError, ValueError, TypeError, ImportError) as error:
        raise _silent(address, error, instead) from error
    try:
        client.wait_for_workers(1, timeout=WORKER_SECONDS)
    except TimeoutError as error:
        client.close()
        raise TrainingError(
            f"The Dask scheduler at {address} must have a worker. It has none.",
            f"Start some with `dask worker {address} --nthreads 1 --nworkers auto` in this project's "
            f"folder and environment, or {instead}.",
        ) from error
    return client


def check_workers(client: Client) -> None:
    """Makes sure that every worker has what the fits need, in the versions of this process.

    Raises
    ------
    TrainingError
        When one does not; the message names it and both versions.
    """
    found = client.get_versions(packages=[name for name in COMPARED if name != "python"])
    here = _versions(found["client"])
    for worker, told in found["workers"].items():
        compare_versions(here, _versions(told), worker)
    # Not before: a function does not even arrive in another version of Python.
    for worker, fingerprint in client.run(_project_probe()).items():
        compare_versions({PROJECT: project_fingerprint()}, {PROJECT: fingerprint}, worker)


def compare_versions(here: Mapping[str, str], there: Mapping[str, str], worker: str) -> None:
    """Nothing, when the versions agree.

    Raises
    ------
    TrainingError
        When they do not, or something is missing there.

    Examples
    --------
    >>> compare_versions({"pandas": "3.1.2"}, {"pandas": "3.1.4"}, "tcp://one")
    >>> compare_versions({"pandas": "3.1.2"}, {"pandas": "2.3.0"}, "tcp://one")
    Traceback (most recent call last):
    core.errors.TrainingError: The Dask worker tcp://one must have pandas 3.1.2, as this process has. It has 2.3.0.
    """
    for name, version in here.items():
        got = there.get(name, "")
        if _minor(version) == _minor(got):
            continue
        raise TrainingError(
            f"The Dask worker {worker} must have {name} {version}, as this process has. "
            f"It has {got or 'none'}.",
            "Install the same requirements.txt there, and start it in a copy of this project's folder: "
            "`PYTHONPATH=. dask worker ADDRESS`.",
        )


def project_fingerprint() -> str:
    """A short text that is the same wherever the code of this project is."""
    found = _project_probe()()
    assert found is not None
    return found


def _project_probe() -> Callable[[], str]:
    """A function that tells the project's fingerprint; it travels to places without the project."""

    def probe() -> str:
        import importlib.util

        spec = importlib.util.find_spec("core")
        if spec is None or not spec.submodule_search_locations:
            return ""
        root = Path(next(iter(spec.submodule_search_locations)))
        total = hashlib.sha256()
        for path in sorted(root.rglob("*.py")):
            total.update(str(path.relative_to(root)).encode() + path.read_bytes())
        return total.hexdigest()[:10]

    return probe


def _versions(told: Any) -> dict[str, str]:
    """The compared versions of one process, from what `Client.get_versions` tells of it."""
    known = {**told["packages"], **{"python": told["host"]["python"]}}
    return {title: str(known.get(name) or "") for name, title in COMPARED.items()}


def _minor(version: str) -> list[str]:
    return version.split(".")[:2]
