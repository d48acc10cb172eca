"""The full report on a data set: skrub's, on some of its rows, made in a process of its own.

It is one HTML page, kept in the data set's folder, so that it goes when the data set does.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from core.data.findings.base import spread_rows
from core.data.folders import dataset_folder
from core.data.store import DatasetStore
from core.leaving import leave
from core.processes import find_process, spawn
from core.storage import write_bytes

MAX_ROWS, MAX_COLUMNS = 5_000, 100

NICENESS = 10
"""As that of a load: the app keeps most of its speed beside it."""

WORKER = "core.data.full_report"

REPORT, PID, LOG = "report.html", "report.pid", "report.log"


@dataclass(frozen=True)
class FullReport:
    """The full report on one data set.

    Attributes
    ----------
    directory
        Of the store.
    dataset_id
        The data set.
    """

    directory: Path
    dataset_id: str

    @property
    def _folder(self) -> Path:
        return dataset_folder(self.directory, self.dataset_id)

    @property
    def status(self) -> str:
        """`absent`, `running`, `finished` or `failed`."""
        folder = self._folder
        if (folder / REPORT).exists():
            return "finished"
        if find_process(folder / PID, self.dataset_id):
            return "running"
        # It may have ended between the two looks.
        if (folder / REPORT).exists():
            return "finished"
        return "failed" if (folder / PID).exists() else "absent"

    def start(self) -> None:
        """Begins to make it, unless it is there or being made.

        Raises
        ------
        DatasetNotFound
            When there is no such data set.
        StorageError
            When its folder cannot be written.
        """
        DatasetStore(self.directory, 0).info(self.dataset_id)
        if self.status in ("absent", "failed"):
            folder = self._folder
            spawn(WORKER, [str(self.directory), self.dataset_id], folder / LOG, folder / PID)

    def html(self) -> str:
        """The page; it loads nothing from elsewhere.

        Raises
        ------
        FileNotFoundError
            When it is not there yet.
        """
        return (self._folder / REPORT).read_text(encoding="utf-8")


def make_report(directory: Path, dataset_id: str) -> str:
    """The report's page, of at most `MAX_ROWS` rows and `MAX_COLUMNS` columns.

    Raises
    ------
    DatasetNotFound, StorageError
        When the data set cannot be read.
    """
    # Of some weight, and used nowhere else.
    from skrub import TableReport

    dataset = DatasetStore(directory, 0).load(dataset_id)
    places = spread_rows(len(dataset.frame), MAX_ROWS)
    frame = dataset.frame.iloc[places, :MAX_COLUMNS]
    report = TableReport(
        frame,
        title=dataset.info.name,
        verbose=0,
        plot_distributions=True,
        compute_associations=True,
    )
    return str(report.html())


def main(arguments: list[str]) -> int:
    """The exit code; the report is then in the data set's folder.

    Parameters
    ----------
    arguments
        `DIRECTORY DATASET_ID`.
    """
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    directory, dataset_id = Path(arguments[0]), arguments[1]
    html = make_report(directory, dataset_id)
    folder = dataset_folder(directory, dataset_id)
    if folder.is_dir():  # it may have been deleted in the meantime
        write_bytes(folder / REPORT, html.encode())
    return 0


if __name__ == "__main__":
    leave(main(sys.argv[1:]))
