"""A PostgreSQL of the tests' own, which listens on a socket in a folder and nowhere else."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.programs import find_program


class Postgres:
    """A server that can be stopped and started again."""

    def __init__(self) -> None:
        # The server refuses to run as root, and its socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="slipway-pg-"))
        self._user = None
        if os.geteuid() == 0:
            self._user = "nobody"
            shutil.chown(self.folder, self._user)
        self._cluster = str(self.folder / "cluster")
        names = ("-U", "reader", "-A", "trust", "-E", "UTF8", "--no-locale")
        self._run("initdb", "-D", self._cluster, *names)

    def url(self, driver: str = "") -> str:
        return f"postgresql{driver}://reader:s3cret@/postgres?host={self.folder}"

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", self._cluster, "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._cluster, "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(find_program(program)), *arguments],
            user=self._user,
            cwd=self.folder,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=120,
        )
