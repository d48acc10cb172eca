"""What an export format declares, and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.recipe import Recipe

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

    from core.exports.training_data import TrainingData


@dataclass(frozen=True)
class ExportInput:
    """Everything a version's files are made from.

    Attributes
    ----------
    name, version
        The model and the number of the version.
    pipeline
        The fitted pipeline; the script needs only how it was set up.
    recipe
        What it was trained by.
    contract
        What it may be asked, as JSON.
    source_file
        The name of the file it was trained on.
    candidate
        Its name in the catalogue.
    data
        The data set that it was trained on.
    is_draft
        Whether it is a recipe on its way, and no version yet.
    max_rows
        How many rows the pipeline, or a member of it, was fitted on, where time allowed no more; None =
        as many as the candidate takes.
    is_on_all_rows
        Whether it was fitted on the hold-out too, after that was scored.
    libraries
        The versions of Python and of the libraries it was fitted with.
    """

    name: str
    version: int
    pipeline: Pipeline
    recipe: Recipe
    contract: bytes
    source_file: str
    candidate: str
    data: TrainingData | None = None
    is_draft: bool = False
    max_rows: int | None = None
    is_on_all_rows: bool = False
    libraries: tuple[tuple[str, str], ...] = ()

    @property
    def stem(self) -> str:
        """What its files are called, without an ending."""
        return f"{self.name}-{self.version}"

    @property
    def kept_data(self) -> TrainingData | None:
        """The data set that it was trained on, when it is still there at this moment."""
        return self.data if self.data is not None and self.data.is_kept else None


@dataclass(frozen=True)
class ExportFormat:
    """A kind of file that a version can become.

    Attributes
    ----------
    name, title, description
        The name on the command line; what a person reads.
    icon
        A `:material/…:` name.
    mime
        The media type, for a download.
    filename
        The file's name from the stem `model-version`.
    build
        The file's content.
    holds_data
        Whether it holds rows of the data set, so that a person must ask for it.
    """

    name: str
    title: str
    description: str
    icon: str
    mime: str
    filename: Callable[[str], str]
    build: Callable[[ExportInput], bytes]
    holds_data: bool = False
