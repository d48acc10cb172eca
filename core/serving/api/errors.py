"""What an error is over HTTP: the only place that knows status codes."""

from msgspec import Struct

from core.errors import (
    ArtifactError,
    ModelNotFound,
    NothingDeployed,
    PredictionError,
    RegistryError,
    SlipwayError,
    StorageError,
)


class Failure(Struct, frozen=True):
    """An error as every dialect can write it down.

    Attributes
    ----------
    status
        The HTTP status.
    code
        Stable, for programs.
    message, hint
        For people.
    row, column
        Where it is, when it is somewhere; rows count from 0.
    """

    status: int
    code: str
    message: str
    hint: str = ""
    row: int | None = None
    column: str | None = None


STATUSES: tuple[tuple[type[SlipwayError], int, str], ...] = (
    (PredictionError, 422, "invalid-row"),
    (NothingDeployed, 503, "no-model"),
    (ModelNotFound, 404, "model-not-found"),
    (ArtifactError, 503, "model-unavailable"),
    (RegistryError, 503, "registry-unavailable"),
    (StorageError, 503, "storage-unavailable"),
)
"""Error class, HTTP status and code; the first that fits."""

CODES = {404: "not-found", 405: "method-not-allowed"}
"""The codes of what the router refuses."""


class ApiError(SlipwayError):
    """A request that was refused before any model saw it."""

    def __init__(self, status: int, code: str, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
        self.code = code


def describe_error(error: Exception) -> Failure | None:
    """The failure to report for this error; None when it was not raised on purpose."""
    if isinstance(error, ApiError):
        return Failure(error.status, error.code, error.message, error.hint)
    if isinstance(error, SlipwayError):
        for kind, status, code in STATUSES:
            if isinstance(error, kind):
                row, column = getattr(error, "row", None), getattr(error, "column", None)
                return Failure(status, code, error.message, error.hint, row, column)
    return None


def unexpected(reference: str) -> Failure:
    """The failure to report for a mistake of our own; `reference` finds it in the log."""
    return Failure(
        500,
        "internal-error",
        "The server could not answer because of a mistake of its own.",
        f"Tell its operator; the log has the details under {reference}.",
    )


def refused_by_router(status: int, path: str, method: str, allowed: str, root: str = "") -> Failure:
    """The failure to report for a path or method that no route takes; `root` is where the API stands."""
    if status == 405:
        message = f"{path} must be asked with {allowed}. Got {method}."
    else:
        message = f"There is nothing at {path}."
    return Failure(
        status, CODES.get(status, "refused"), message, f"See {root}/docs for what there is."
    )


def no_default(error: ModelNotFound) -> ApiError:
    """The refusal when the model that should answer unnamed does not exist: not the client's fault."""
    return ApiError(503, "no-model", error.message, error.hint)


def not_json(media_type: str) -> ApiError:
    """The refusal of a body that says it is something else."""
    return ApiError(
        415,
        "not-json",
        f"The body must be JSON. Got {media_type}.",
        "Send it with the header Content-Type: application/json.",
    )


def not_a_table(media_type: str) -> ApiError:
    """The refusal of a body where rows may come as JSON or as a file."""
    return ApiError(
        415,
        "unknown-format",
        f"The body must be JSON, CSV or Parquet. Got {media_type}.",
        "Send it with the header Content-Type: application/json, text/csv or "
        "application/vnd.apache.parquet.",
    )


def wrong_encoding(packing: str) -> ApiError:
    """The refusal of a body that is packed in a way that is not known here."""
    return ApiError(
        415,
        "unknown-encoding",
        f"The body must be packed with gzip or deflate, or not at all. Got {packing}.",
        "Send it without the header Content-Encoding.",
    )


def not_supported(message: str, hint: str = "") -> ApiError:
    """The refusal of something that the dialect knows and this server does not do."""
    return ApiError(400, "not-supported", message, hint)


def body_too_large(limit: int) -> ApiError:
    """The refusal of a body of more bytes than are read."""
    return ApiError(
        413,
        "body-too-large",
        f"The body must be at most {limit / 2**20:.3g} MiB.",
        "Send the rows in several requests.",
    )


def too_many_rows(count: int, limit: int) -> ApiError:
    """The refusal of more rows than are answered at once."""
    return ApiError(
        413,
        "too-many-rows",
        f"A request must have at most {limit:,} rows. Got {count:,}.",
        "Send the rows in several requests.",
    )


def malformed(message: str, hint: str = "") -> ApiError:
    """The refusal of a body that is not JSON."""
    return ApiError(400, "invalid-json", message, hint)


def wrong_form(message: str, hint: str = "") -> ApiError:
    """The refusal of JSON that is not the form which this address wants."""
    return ApiError(422, "invalid-request", message, hint)


def wrong_method(path: str, method: str, allowed: str) -> ApiError:
    """The refusal of a method where the router cannot tell."""
    failure = refused_by_router(405, path, method, allowed)
    return ApiError(405, failure.code, failure.message, failure.hint)
