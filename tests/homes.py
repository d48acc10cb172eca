"""Homes that are made once and copied for each test that changes one."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

LOCATIONS = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "model_versions": ("source", "storage_location"),
}
"""The columns of MLflow's tables that say where files are."""


def copy_home(made: Path, home: Path) -> None:
    """Copies a home with its registry, whose versions lie in the copy then."""
    shutil.copytree(made, home, dirs_exist_ok=True)
    with closing(sqlite3.connect(home / "registry.db")) as database, database:
        for table, columns in LOCATIONS.items():
            for column in columns:
                moved = f"UPDATE {table} SET {column} = replace({column}, ?, ?)"
                database.execute(moved, (made.as_uri(), home.as_uri()))
                database.execute(moved, (str(made), str(home)))
