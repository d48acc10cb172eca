"""How much memory the loading of a file may take, and how much it would."""

from __future__ import annotations

from pathlib import Path

from core.errors import UnreadableFile
from core.settings import Settings

KEPT_FREE = 0.25
"""The share of the free memory that is left to the app and to other loads."""

PACKED = "packed"
"""What stands for a format where the file was packed by gzip or the like."""

TEXT_CELL_BYTES = 36
"""What a cell of a delimited text takes beside the text itself, at the most.

Measured to the end of `DatasetStore.add_file`, the largest resident memory beyond the libraries' own
in files of 30 to 200 MB: 20 columns of single digits 34, with gaps 36, of two-letter words 18, a
mixed table of 25 columns 35.
"""

PLAIN_CELL_BYTES = 12
"""What a cell of a columnar file takes beside twice its plain value; measured 8 to 16."""

FACTORS = {"json": 12.0, "excel": 60.0, PACKED: 50.0}
"""How many times its size another file takes: measured 8 (JSON), 36 (Excel), 18 (a packed CSV)."""

OTHER_FACTOR = 12.0

SAMPLED = ("csv", "parquet")
"""The formats of which rows can be drawn without reading the whole file into memory."""

SMALLEST_SAMPLE_BYTES = 2**23
"""A sample that must take less memory is none to learn from."""

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


def needed_for_text(size_bytes: int, head: bytes) -> int:
    r"""How much memory loading a delimited text takes, by what its beginning shows.

    Examples
    --------
    >>> needed_for_text(1000, b"a,b,c\n1,2,3\n")
    19000
    """
    lines = max(head.count(b"\n"), head.count(b"\r"), 1)
    cells = lines + max(head.count(mark) for mark in (b",", b";", b"\t", b"|"))
    return int(size_bytes * (1 + TEXT_CELL_BYTES * cells / max(len(head), 1)))


def check_fits(size_bytes: int, needed_bytes: int, format_name: str, budget_bytes: int) -> float:
    """The share of a file's rows that can be loaded within a budget; 1.0 = all.

    Parameters
    ----------
    needed_bytes
        How much memory loading all of it takes.
    format_name
        An entry of `core.data.formats.FORMATS`.

    Raises
    ------
    UnreadableFile
        When not all can, and rows of this format cannot be drawn, or hardly any would be.

    Examples
    --------
    >>> check_fits(10**7, 10**8, "csv", 2**30), check_fits(10**9, 10**10, "csv", 10**9)
    (1.0, 0.1)
    """
    if needed_bytes <= budget_bytes:
        return 1.0
    share = budget_bytes / needed_bytes
    can_draw = format_name in SAMPLED
    if can_draw and budget_bytes >= SMALLEST_SAMPLE_BYTES:
        return share
    raise UnreadableFile(
        f"Loading a file must take at most {show_size(budget_bytes)} of memory here. "
        f"This one has {show_size(size_bytes)} and would take about {show_size(needed_bytes)}.",
        "Close other programs, or let the operator raise SLIPWAY_MEMORY_MB."
        if can_draw
        else "Take a sample of its rows, or save it unpacked as CSV or Parquet, of which rows can be drawn.",
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
