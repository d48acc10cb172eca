"""Processes of their own for long work: started, looked after and stopped by a file with their number."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from core.settings import ROOT
from core.storage import storage_errors, write_bytes

if TYPE_CHECKING:
    import psutil

BEGIN_SECONDS = 0.5
"""How long a process may be there before it tells its arguments."""

FIRST_KILLED = b"800"
"""Of 1000: when memory runs out, a process with this mark ends and not the app."""

OWNER_WATCH_SECONDS = 0.5

STOP_SECONDS = 1.0
"""How long a process may take to end by itself before it is killed."""


def spawn(module: str, arguments: list[str], log: Path, pid_file: Path) -> None:
    """Starts `python -m MODULE ARGUMENTS` so that it outlives this process.

    Parameters
    ----------
    log
        Takes what it prints.
    pid_file
        Takes its number, for `find_process`.

    Raises
    ------
    StorageError
        When the files cannot be written.
    """
    with storage_errors(log), log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    # Waited for on a thread of its own, so that it leaves no zombie behind when it ends first.
    threading.Thread(target=process.wait, daemon=True).start()
    write_bytes(pid_file, str(process.pid).encode())


def find_process(pid_file: Path, mark: str) -> psutil.Process | None:
    """The process that `spawn` started, while it lives.

    Parameters
    ----------
    mark
        One of its arguments; a stranger that was given the same number later does not have it.
    """
    import psutil

    try:
        process = psutil.Process(int(pid_file.read_text()))
        return process if mark in _arguments(process) else None
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def _arguments(process: psutil.Process) -> list[str]:
    """What a process was started with, which one that begins does not tell in its first moment."""
    import psutil

    deadline = time.monotonic() + BEGIN_SECONDS
    while not (words := process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            break
        time.sleep(0.005)
    return list(words)


def stop_tree(process: psutil.Process) -> None:
    """Ends the process and all that it started: asks, waits, then kills."""
    import psutil

    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.terminate()
    _, stubborn = psutil.wait_procs(family, timeout=STOP_SECONDS)
    for member in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(stubborn, timeout=STOP_SECONDS)


def return_freed_memory() -> None:
    """Lets the memory of tables that are gone go back to the system at once; before pyarrow is imported.

    Else a process goes on to hold what its largest table took, for the next one.
    """
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "0")


def trim_memory() -> None:
    """Gives the system back what arrays have left between others; before something long that needs nothing of it.

    Having each array go back by itself would take a fifth of the time of boosting, which makes many.
    """
    import ctypes

    # Where there is no glibc there is no such word.
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def be_first_victim() -> None:
    """Lets the system, when it has no memory left, end this process and not the app."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_bytes(FIRST_KILLED)


def end_with_owner(owner_pid: int) -> None:
    """Ends this process soon after the one that it works for, which may be killed without a word.

    It would finish its fit for nobody, and stay.
    """

    def watch() -> None:
        while os.getppid() == owner_pid:
            time.sleep(OWNER_WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
