"""How much memory the loading of a file may take, and how much it would."""

from __future__ import annotations

from pathlib import Path

from core.errors import UnreadableFile
from core.settings import Settings

KEPT_FREE = 0.25
"""The share of the free memory that is left to the app and to other loads."""

PACKED = "packed"
"""What stands for a format where the file was packed by gzip or the like."""

FACTORS = {"csv": 6.0, "parquet": 4.0, "json": 25.0, "excel": 60.0, PACKED: 50.0}
"""How many times its size a file takes while it is loaded, at the most."""

OTHER_FACTOR = 8.0

SAMPLED = ("csv", "parquet")
"""The formats of which rows can be drawn without reading the whole file into memory."""

SMALLEST_SAMPLE_BYTES = 2**20
"""A sample that must be smaller is none to learn from."""

_UNLIMITED = 2**60
"""What version 1 of control groups writes for no limit is larger."""


def memory_budget(settings: Settings) -> int:
    """How many bytes of memory the loading of a file may take now."""
    if settings.memory_mb is not None:
        return settings.memory_mb * 2**20
    return int(free_memory() * (1 - KEPT_FREE))


def free_memory(root: Path = Path("/")) -> int:
    """How many bytes of memory are free, of the machine and within the limits set for this process.

    Parameters
    ----------
    root
        The folder with `proc` and `sys`.
    """
    import psutil

    return max(0, min([int(psutil.virtual_memory().available), *_group_rooms(root)]))


def check_fits(size_bytes: int, format_name: str, budget_bytes: int) -> float:
    """The share of a file's rows that can be loaded within a budget; 1.0 = all.

    Parameters
    ----------
    format_name
        An entry of `core.data.formats.FORMATS`.

    Raises
    ------
    UnreadableFile
        When not all can, and rows of this format cannot be drawn, or hardly any would be.

    Examples
    --------
    >>> check_fits(10_000_000, "csv", 2**30), check_fits(10 * 2**30, "csv", 6 * 2**30)
    (1.0, 0.1)
    """
    needed = size_bytes * FACTORS.get(format_name, OTHER_FACTOR)
    if needed <= budget_bytes:
        return 1.0
    share = budget_bytes / needed
    if format_name in SAMPLED and share * size_bytes >= SMALLEST_SAMPLE_BYTES:
        return share
    raise UnreadableFile(
        f"Loading a file must take at most {show_size(budget_bytes)} of memory here. "
        f"This one has {show_size(size_bytes)} and would take about {show_size(needed)}.",
        "Take a sample of its rows, or save it unpacked as CSV or Parquet, of which rows can be drawn."
        if format_name not in SAMPLED
        else "Close other programs, or let the operator raise SLIPWAY_MEMORY_MB.",
    )


def show_size(size_bytes: float) -> str:
    """A number of bytes for people.

    Examples
    --------
    >>> show_size(1_500_000), show_size(3 * 2**30)
    ('1.4 MB', '3.0 GB')
    """
    megabytes = size_bytes / 2**20
    return f"{megabytes:,.1f} MB" if megabytes < 1024 else f"{megabytes / 1024:,.1f} GB"


def _group_rooms(root: Path) -> list[int]:
    """What is left of each limit that a control group sets for this process."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    rooms: list[int] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            mount, names = root / "sys/fs/cgroup", ("memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            mount = root / "sys/fs/cgroup/memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
        else:
            continue
        group = mount / path.lstrip("/")
        # The limit of a group above holds too; in a container the group is the mount itself.
        for folder in (group, *group.parents):
            if folder.is_relative_to(mount):
                rooms += _room(folder, *names)
    return rooms


def _room(folder: Path, limit_name: str, usage_name: str) -> list[int]:
    try:
        limit = int((folder / limit_name).read_text())
        usage = int((folder / usage_name).read_text())
    except (OSError, ValueError):  # not there, or the word "max"
        return []
    return [limit - usage + _reclaimable(folder)] if limit < _UNLIMITED else []


def _reclaimable(folder: Path) -> int:
    """The bytes of files that are held in memory only as long as nobody needs it."""
    try:
        lines = (folder / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    found = dict(line.split(maxsplit=1) for line in lines)
    return int(found.get("total_inactive_file", found.get("inactive_file", 0)))
