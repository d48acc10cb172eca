"""The operator's settings, read from the environment once, at an entry, and passed down."""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder: what `data/store` and `data/samples` are relative to."""

URL_SCHEMES = ("https", "http", "s3", "gs")
"""The kinds of address that an operator can allow."""


@dataclass(frozen=True)
class Settings:
    """What the operator may choose; everything else is chosen by a person in the app.

    Attributes
    ----------
    home
        The folder that holds everything the app writes (`SLIPWAY_HOME`).
    tracking_uri
        The MLflow tracking server or database that holds the registry (`MLFLOW_TRACKING_URI`).
    max_upload_bytes
        The largest file that is read (`SLIPWAY_MAX_UPLOAD_MB`, in MiB).
    training_processes
        How many processes a training run may use (`SLIPWAY_TRAINING_PROCESSES`).
    training_runs
        How many training runs go on at the same time; others wait (`SLIPWAY_TRAINING_RUNS`).
    dask_scheduler
        The address of a Dask cluster's scheduler that training runs on, such as
        `tcp://cluster:8786`; empty = this machine (`DASK_SCHEDULER_ADDRESS`, which Dask reads too).
    record_trials
        Whether the trials of each run are put into MLflow when it has ended (`SLIPWAY_RECORD_TRIALS`,
        `yes` or `no`).
    default_model
        The model that answers `POST /predict`; empty = the one deployed last (`SLIPWAY_DEFAULT_MODEL`).
    memory_mb
        How much memory loading a file may take, and so may the fits of a training run
        (`SLIPWAY_MEMORY_MB`, in MiB); None = most of what is free then.
    url_schemes
        The kinds of address from which files may be fetched: `https`, `http`, `s3`, `gs`
        (`SLIPWAY_ALLOW_URLS`, with commas between them); empty = none.
    url_hosts
        The hosts and buckets from which they may come; one that begins with a dot stands for all
        names below it (`SLIPWAY_ALLOWED_HOSTS`); empty = all.
    """

    home: Path
    tracking_uri: str
    max_upload_bytes: int
    training_processes: int
    default_model: str = ""
    memory_mb: int | None = None
    url_schemes: tuple[str, ...] = ()
    url_hosts: tuple[str, ...] = ()
    training_runs: int = 1
    dask_scheduler: str = ""
    record_trials: bool = True

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings that these environment variables describe.

        Raises
        ------
        SettingsError
            When a variable has a value that cannot be used; the message names it.
        """
        cores = usable_cores()
        home = Path(environ.get("SLIPWAY_HOME") or ROOT / "data" / "store").expanduser().resolve()
        return cls(
            home=home,
            tracking_uri=environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{home / 'registry.db'}",
            max_upload_bytes=_positive_int(environ, "SLIPWAY_MAX_UPLOAD_MB", 200) * 2**20,
            training_processes=_positive_int(environ, "SLIPWAY_TRAINING_PROCESSES", cores),
            default_model=environ.get("SLIPWAY_DEFAULT_MODEL", ""),
            url_schemes=_url_schemes(environ),
            url_hosts=_words(environ, "SLIPWAY_ALLOWED_HOSTS"),
            memory_mb=_positive_int(environ, "SLIPWAY_MEMORY_MB", 0) or None,
            training_runs=_positive_int(environ, "SLIPWAY_TRAINING_RUNS", default_runs(cores)),
            dask_scheduler=environ.get("DASK_SCHEDULER_ADDRESS", "").strip(),
            record_trials=_yes_or_no(environ, "SLIPWAY_RECORD_TRIALS", default=True),
        )

    @property
    def datasets_dir(self) -> Path:
        """Where data sets are kept."""
        return self.home / "datasets"

    @property
    def loads_dir(self) -> Path:
        """Where files are kept while they are being loaded."""
        return self.home / "loads"

    @property
    def predictions_dir(self) -> Path:
        """Where files are kept while they are being predicted, and what came of them for a day."""
        return self.home / "predictions"

    @property
    def runs_dir(self) -> Path:
        """Where training runs are kept."""
        return self.home / "runs"

    @property
    def workspaces_dir(self) -> Path:
        """Where it is kept what each browser was working on."""
        return self.home / "workspaces"

    @property
    def artifacts_dir(self) -> Path:
        """Where the registry keeps model files when it runs on a local database."""
        return self.home / "artifacts"


def usable_cores(root: Path = Path("/")) -> int:
    """How many cores this process may use: of the machine, its affinity, and its container.

    Parameters
    ----------
    root
        The folder with `sys`.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = (root / "sys/fs/cgroup/cpu.max").read_text().split()
        return max(1, min(cores or 1, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # not there, or the word "max"
        return cores or 1


def default_runs(cores: int) -> int:
    """How many training runs go on at the same time on so many cores, where nobody says.

    A run keeps all cores busy by itself: a second one only shares them, and the memory too. On a large
    machine it fills the gaps where the first is down to its last few fits.

    Examples
    --------
    >>> default_runs(2), default_runs(16)
    (1, 2)
    """
    return 1 if cores <= 4 else 2


def _positive_int(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name)
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise SettingsError(
            f"{name} must be a whole number of at least 1. Got {text!r}.",
            f"Correct the environment variable {name}, or remove it"
            + (f" to use {default}." if default else "."),
        )
    return int(text)


def _yes_or_no(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "").strip().lower()
    if text not in ("", "yes", "no"):
        raise SettingsError(
            f"{name} must be yes or no. Got {text!r}.",
            f"Correct the environment variable {name}, or remove it.",
        )
    return default if not text else text == "yes"


def _words(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in environ.get(name, "").split(",") if word.strip())


def _url_schemes(environ: Mapping[str, str]) -> tuple[str, ...]:
    words = _words(environ, "SLIPWAY_ALLOW_URLS")
    unknown = [word for word in words if word not in URL_SCHEMES]
    if unknown:
        raise SettingsError(
            f"SLIPWAY_ALLOW_URLS must name kinds of address, of {', '.join(URL_SCHEMES)}. Got {unknown[0]!r}.",
            "Set it to https, for example, or remove it to allow none.",
        )
    return words
