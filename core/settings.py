"""The operator's settings, read from the environment once, at an entry, and passed down."""

import csv
import ipaddress
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder: what `data/store` and `data/samples` are relative to."""

URL_SCHEMES = ("https", "http", "s3", "gs")
"""The kinds of address that an operator can allow."""

ACCESS_LOGS = ("no", "plain", "json")
"""The forms that the access log can have."""


@dataclass(frozen=True)
class ApiSettings:
    """What the operator may choose about the REST API.

    Attributes
    ----------
    is_open
        Whether it answers everybody while there are no keys, and without one when there are
        (`SLIPWAY_OPEN_API`, `yes` or `no`).
    keys_in_page
        Who may make and revoke keys in the app: `yes` = whoever can open it, `no` = nobody, `local` =
        who opens it on the machine that it runs on (`SLIPWAY_KEYS_IN_PAGE`).
    trusted_proxies
        Addresses and networks of the proxies whose `X-Forwarded-For` is believed
        (`SLIPWAY_TRUSTED_PROXIES`).
    cors_origins
        The sites whose pages may ask it, as in `https://shop.example`; `*` = all (`SLIPWAY_CORS_ORIGINS`).
    max_body_bytes, max_rows
        How much one request may ask (`SLIPWAY_MAX_BODY_MB`, in MiB, and `SLIPWAY_MAX_ROWS`).
    max_concurrency
        How many requests one process works on at a time (`SLIPWAY_MAX_CONCURRENCY`).
    max_seconds
        How long a request may take until its answer begins (`SLIPWAY_MAX_SECONDS`).
    access_log
        The form of a line for each request: `plain`, `json`, or `no` for none (`SLIPWAY_ACCESS_LOG`).
    drain_seconds
        How long it goes on answering, no longer ready, after it was asked to stop
        (`SLIPWAY_DRAIN_SECONDS`).
    host, port
        Where it listens when it runs alone (`SLIPWAY_HOST`; `AIP_HTTP_PORT` or `PORT`, as platforms set them).
    predict_route, health_route
        Where Vertex AI asks for predictions, and whether it is ready (`AIP_PREDICT_ROUTE`, `AIP_HEALTH_ROUTE`).
    """

    is_open: bool = False
    keys_in_page: str = "local"
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: tuple[str, ...] = ()
    max_body_bytes: int = 16 * 2**20
    max_rows: int = 10_000
    max_concurrency: int = 256
    max_seconds: int = 60
    access_log: str = "no"
    drain_seconds: int = 3
    host: str = "127.0.0.1"
    port: int = 8000
    predict_route: str = ""
    health_route: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "ApiSettings":
        """The settings that these environment variables describe; raises as `Settings.from_environment`."""
        # Kubernetes sets variables like these to addresses (tcp://…), which are not meant.
        places = [environ.get("AIP_HTTP_PORT", ""), environ.get("PORT", "")]
        ports = [int(text) for text in places if text.isdecimal()]
        return cls(
            is_open=_yes_or_no(environ, "SLIPWAY_OPEN_API", default=False),
            keys_in_page=_choice(environ, "SLIPWAY_KEYS_IN_PAGE", ("local", "yes", "no")),
            trusted_proxies=_networks(environ, "SLIPWAY_TRUSTED_PROXIES"),
            cors_origins=_words(environ, "SLIPWAY_CORS_ORIGINS"),
            max_body_bytes=_positive_int(environ, "SLIPWAY_MAX_BODY_MB", 16) * 2**20,
            max_rows=_positive_int(environ, "SLIPWAY_MAX_ROWS", 10_000),
            max_concurrency=_positive_int(environ, "SLIPWAY_MAX_CONCURRENCY", 256),
            max_seconds=_positive_int(environ, "SLIPWAY_MAX_SECONDS", 60),
            access_log=_choice(environ, "SLIPWAY_ACCESS_LOG", ACCESS_LOGS),
            drain_seconds=_whole_number(environ, "SLIPWAY_DRAIN_SECONDS", 3),
            # A platform that says at which port to listen asks from another address than this machine's.
            host=environ.get("SLIPWAY_HOST") or ("0.0.0.0" if ports else "127.0.0.1"),
            port=ports[0] if ports else 8000,
            predict_route=_route(environ, "AIP_PREDICT_ROUTE"),
            health_route=_route(environ, "AIP_HEALTH_ROUTE"),
        )


POSTGRES_SCHEMES = ("postgresql", "postgres", "postgresql+psycopg")
"""How a `DATABASE_URL` may begin."""


@dataclass(frozen=True)
class LogSettings:
    """What is kept of predictions.

    A column is named alone, for all models, or as `model.column`; `*` stands for all columns.

    Attributes
    ----------
    is_on
        Whether predictions are logged (`SLIPWAY_LOG_PREDICTIONS`, `yes` or `no`).
    share
        Of the requests, the share whose rows are kept (`SLIPWAY_LOG_SHARE`, above 0 and up to 1);
        all are counted.
    days
        How long they are kept (`SLIPWAY_LOG_DAYS`).
    left_out
        Columns whose values are not kept (`SLIPWAY_LOG_LEAVE_OUT`, with commas between them).
    hashed
        Columns of whose values a keyed hash is kept (`SLIPWAY_LOG_HASH`, with commas between them).
    queue_rows
        How many answered rows may wait to be written (`SLIPWAY_LOG_QUEUE`).
    """

    is_on: bool = True
    share: float = 1.0
    days: int = 30
    left_out: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()
    queue_rows: int = 20_000


@dataclass(frozen=True)
class Settings:
    """What the operator may choose; everything else is chosen by a person in the app.

    Attributes
    ----------
    home
        The folder that holds everything the app writes (`SLIPWAY_HOME`; where that is not set, a local
        folder that Vertex AI names as `AIP_STORAGE_URI`).
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
    spare_run
        Whether a process that has imported what training needs waits while somebody looks at the Train page
        (`SLIPWAY_SPARE_RUN`, `yes` or `no`).
    golden_requests
        Whether each version keeps some rows of its training data, which may be personal, and its answers to
        them, to be held against the next version (`SLIPWAY_GOLDEN_REQUESTS`, `yes` or `no`).
    allow_joblib
        Whether uploaded joblib files are taken, whose loading runs whatever code is in them
        (`SLIPWAY_ALLOW_JOBLIB`, `yes` or `no`).
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
    api
        What concerns the REST API.
    log
        What is kept of predictions.
    database_url
        The PostgreSQL that keeps them (`DATABASE_URL`); empty = SQLite in `home`. It may hold a password.
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
    spare_run: bool = True
    golden_requests: bool = True
    allow_joblib: bool = False
    api: ApiSettings = ApiSettings()
    log: LogSettings = LogSettings()
    database_url: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """The settings that these environment variables describe.

        Raises
        ------
        SettingsError
            When a variable has a value that cannot be used; the message names it.
        """
        cores = usable_cores()
        given = environ.get("SLIPWAY_HOME") or _local_path(environ.get("AIP_STORAGE_URI", ""))
        home = Path(given or ROOT / "data" / "store").expanduser().resolve()
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
            spare_run=_yes_or_no(environ, "SLIPWAY_SPARE_RUN", default=True),
            golden_requests=_yes_or_no(environ, "SLIPWAY_GOLDEN_REQUESTS", default=True),
            allow_joblib=_yes_or_no(environ, "SLIPWAY_ALLOW_JOBLIB", default=False),
            api=ApiSettings.from_environment(environ),
            log=_log_settings(environ),
            database_url=_database_url(environ),
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
    def keys_path(self) -> Path:
        """Where the API keys are kept."""
        return self.home / "access.db"

    @property
    def predictions_db(self) -> Path:
        """The SQLite database that keeps predictions, unless PostgreSQL does."""
        return self.home / "predictions.db"

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


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    return 0 if environ.get(name) == "0" else _positive_int(environ, name, default)


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    text = environ.get(name, "").strip().lower() or choices[0]
    if text not in choices:
        raise SettingsError(
            f"{name} must be one of {', '.join(choices)}. Got {text!r}.",
            f"Correct the environment variable {name}, or remove it to use {choices[0]}.",
        )
    return text


def _networks(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    words = _words(environ, name)
    for word in words:
        try:
            ipaddress.ip_network(word)
        except ValueError as error:
            raise SettingsError(
                f"{name} must name addresses and networks, such as 10.0.0.7 or 10.0.0.0/8. Got {word!r}.",
                f"Correct the environment variable {name}, or remove it to trust none.",
            ) from error
    return words


def _yes_or_no(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "").strip().lower()
    if text not in ("", "yes", "no"):
        raise SettingsError(
            f"{name} must be yes or no. Got {text!r}.",
            f"Correct the environment variable {name}, or remove it.",
        )
    return default if not text else text == "yes"


def _local_path(uri: str) -> str:
    """The folder that an address names; empty when it is somewhere else, as gs:// is.

    Examples
    --------
    >>> _local_path("file:///srv/models"), _local_path("gs://bucket/models")
    ('/srv/models', '')
    """
    path = uri.removeprefix("file://")
    return path if path.startswith("/") else ""


def _route(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    if text and (not text.startswith("/") or "{" in text):
        raise SettingsError(
            f"{name} must be a path that begins with a slash. Got {text!r}.",
            f"Correct the environment variable {name}, or remove it.",
        )
    return text


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


def _log_settings(environ: Mapping[str, str]) -> LogSettings:
    return LogSettings(
        is_on=_yes_or_no(environ, "SLIPWAY_LOG_PREDICTIONS", default=True),
        share=_share(environ, "SLIPWAY_LOG_SHARE"),
        days=_positive_int(environ, "SLIPWAY_LOG_DAYS", LogSettings.days),
        left_out=_names(environ, "SLIPWAY_LOG_LEAVE_OUT"),
        hashed=_names(environ, "SLIPWAY_LOG_HASH"),
        queue_rows=_positive_int(environ, "SLIPWAY_LOG_QUEUE", LogSettings.queue_rows),
    )


def _share(environ: Mapping[str, str], name: str) -> float:
    text = environ.get(name, "").strip()
    try:
        share = float(text or 1)
    except ValueError:
        share = math.nan
    if not 0 < share <= 1:
        raise SettingsError(
            f"{name} must be a number above 0 and up to 1. Got {text!r}.",
            f"Set {name} to 0.1, for example, to keep one request in ten, or remove it to keep all.",
        )
    return share


def _names(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Names as they are written, with commas between them; one that holds a comma stands in quotes."""
    found = next(csv.reader([environ.get(name, "")], skipinitialspace=True), [])
    return tuple(word.strip() for word in found if word.strip())


def _database_url(environ: Mapping[str, str]) -> str:
    url = environ.get("DATABASE_URL", "").strip()
    scheme, mark, rest = url.partition("://")
    if not url:
        return ""
    if not mark or scheme not in POSTGRES_SCHEMES:
        raise SettingsError(
            f"DATABASE_URL must begin with postgresql://. Got {scheme[:40]!r} before the address.",
            "Set it to postgresql://user:password@host/database, or remove it to use SQLite.",
        )
    return f"postgresql://{rest}"
