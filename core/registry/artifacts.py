"""A version's folder of files: written once with a list of their hashes, checked at each reading."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from core.errors import ArtifactError, RegistryError
from core.registry.trust import TRUSTED_TYPES, load_trusted, untrusted

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.models.signature import ModelSignature
    from sklearn.pipeline import Pipeline

MODEL_FOLDER = "model"
PIPELINE_FILE = "model.skops"
MANIFEST_FILE = "manifest.json"

LIBRARIES = ("scikit-learn", "numpy", "scipy", "pandas", "joblib", "skops")
"""What a stored pipeline depends on."""

DAMAGED_HINT = (
    "Do not use this version: promote another one, or register the model again from its training "
    "run. If a backup of the registry exists, restoring the file helps too."
)


class Manifest(Struct, frozen=True):
    """What a version's folder must hold.

    Attributes
    ----------
    files
        The SHA-256 of each file, by name.
    libraries
        The versions of Python and of the libraries with which the pipeline was fitted.
    """

    files: dict[str, str]
    libraries: dict[str, str]
    format_version: int = 1


def write_folder(
    folder: Path,
    pipeline: Pipeline | None,
    files: Mapping[str, bytes],
    sample: pd.DataFrame | None,
) -> str:
    """Writes everything a version is made of; what comes out is the SHA-256 of its manifest.

    Parameters
    ----------
    folder
        A new folder, in the layout of an MLflow model.
    pipeline
        Left out where the files hold a model of another kind.
    files
        More files to keep beside the pipeline, by name.
    sample
        A few rows of features, which give the pipeline's signature its columns and types.

    Raises
    ------
    ArtifactError
        When the pipeline holds types that could not be loaded again.
    RegistryError
        When a file's name cannot be used.
    """
    if pipeline is None or sample is None:
        folder.mkdir()
    else:
        _save_pipeline(folder, pipeline, sample)
    for name, content in files.items():
        if not re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}", name) or (folder / name).exists():
            raise RegistryError(
                f"A file of a version must have a plain name that is not taken. Got {name!r}.",
                "Use letters, digits, dots, underscores and hyphens.",
            )
        (folder / name).write_bytes(content)
    hashes = {path.name: _hash(path) for path in sorted(folder.iterdir())}
    content = msgspec.json.encode(Manifest(hashes, library_versions()))
    (folder / MANIFEST_FILE).write_bytes(msgspec.json.format(content))
    return _hash(folder / MANIFEST_FILE)


def library_versions() -> dict[str, str]:
    """The versions of Python and of the libraries that a pipeline depends on."""
    return {"python": platform.python_version(), **{name: installed(name) for name in LIBRARIES}}


def read_manifest(path: Path, expected_sha256: str, title: str) -> Manifest:
    """The manifest in this file, when it is the one that was registered.

    Raises
    ------
    ArtifactError
        When it is missing, changed or was never made.
    """
    if not expected_sha256:
        raise ArtifactError(
            f"{title} must have been registered by Slipway. It was registered by another tool.",
            "Train and deploy the model here, or load it with the tool that registered it.",
        )
    content = _read(path, title)
    if sha256(content).hexdigest() != expected_sha256:
        raise _damaged(path, title)
    return msgspec.json.decode(content, type=Manifest)


def check_file(path: Path, manifest: Manifest, title: str) -> Path:
    """The path itself, when its content is what the manifest says.

    Raises
    ------
    ArtifactError
        When it is missing, changed or not among the version's files.
    """
    if path.name not in manifest.files:
        raise ArtifactError(
            f"{title} must have the file {path.name!r}. It has {', '.join(sorted(manifest.files))}.",
            "Register the model again with this version of Slipway.",
        )
    try:
        digest = _hash(path)
    except FileNotFoundError as error:
        raise _missing(path, title) from error
    if digest != manifest.files[path.name]:
        raise _damaged(path, title)
    return path


def read_pipeline(path: Path, manifest: Manifest, title: str) -> Pipeline:
    """The fitted pipeline in this file.

    Raises
    ------
    ArtifactError
        When the file is damaged, or was made with a scikit-learn that this one cannot read.
    """
    check_libraries(manifest.libraries, title)
    return load_trusted(check_file(path, manifest, title))


def check_libraries(made_with: Mapping[str, str], title: str) -> None:
    """Raises `ArtifactError` unless the installed scikit-learn has the minor version that fitted the model.

    Examples
    --------
    >>> check_libraries({"scikit-learn": "0.18.2"}, "titanic version 1")
    Traceback (most recent call last):
    core.errors.ArtifactError: titanic version 1 was trained with scikit-learn 0.18.2. ...
    """
    fitted, here = made_with.get("scikit-learn", ""), installed("scikit-learn")
    if fitted.split(".")[:2] != here.split(".")[:2]:
        raise ArtifactError(
            f"{title} was trained with scikit-learn {fitted or '(unknown)'}. Here scikit-learn {here} is "
            "installed, which may answer differently.",
            f"Train the model again here, or install scikit-learn {fitted}.",
        )


def _save_pipeline(folder: Path, pipeline: Pipeline, sample: pd.DataFrame) -> None:
    import mlflow.sklearn
    from mlflow.exceptions import MlflowException
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        mlflow.sklearn.save_model(
            pipeline,
            str(folder),
            signature=make_signature(pipeline, sample),
            serialization_format="skops",
            skops_trusted_types=list(TRUSTED_TYPES),
            pip_requirements=[f"{name}=={installed(name)}" for name in LIBRARIES],
        )
    except MlflowException as error:
        cause = error.__cause__ or error.__context__
        if isinstance(cause, OSError):  # a full disk must be seen as one
            raise cause from error
        if isinstance(cause, UntrustedTypesFoundException):
            raise untrusted(folder / PIPELINE_FILE) from error
        raise ArtifactError(
            f"The pipeline must be one that the skops format can hold. It is not: {cause or error}.",
            "Train the candidate again, or deploy another one.",
        ) from error


def make_signature(pipeline: Pipeline, sample: pd.DataFrame) -> ModelSignature:
    """The columns a model takes and the type of its answer, in MLflow's words.

    Every column may be missing: the pipeline imputes. So whole numbers are `double` too, for a
    whole number could not be missing.
    """
    from mlflow.models.signature import ModelSignature
    from mlflow.types import ColSpec, Schema

    inputs = [ColSpec(_type_of(sample[name]), name, required=False) for name in sample.columns]
    answer = _type_of(_as_series(pipeline.predict(sample.head(1))))
    return ModelSignature(inputs=Schema(inputs), outputs=Schema([ColSpec(answer)]))


def _as_series(values: object) -> pd.Series:
    import pandas as pd

    return pd.Series(values)


def _type_of(series: pd.Series) -> str:
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(series):
        return "datetime"
    if pd.api.types.is_bool_dtype(series.dropna().infer_objects()):
        return "boolean"
    return "double" if pd.api.types.is_numeric_dtype(series) else "string"


def installed(name: str) -> str:
    """The version of a library that is installed here."""
    from importlib.metadata import version  # takes as long as the rest of this module

    return version(name)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _read(path: Path, title: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise _missing(path, title) from error


def _missing(path: Path, title: str) -> ArtifactError:
    return ArtifactError(f"{title} must have the file {path}. It is missing.", DAMAGED_HINT)


def _damaged(path: Path, title: str) -> ArtifactError:
    return ArtifactError(
        f"The file {path} of {title} must be as it was registered. Its content has changed.",
        DAMAGED_HINT,
    )
