"""What an export format declares, and what it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.recipe import Recipe

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


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
    skipped_lines
        The lines of that file, counted from 1, that are not part of the table.
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
    skipped_lines: tuple[int, ...] = ()
    libraries: tuple[tuple[str, str], ...] = ()

    @property
    def stem(self) -> str:
        """What its files are called, without an ending."""
        return f"{self.name}-{self.version}"


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
    """

    name: str
    title: str
    description: str
    icon: str
    mime: str
    filename: Callable[[str], str]
    build: Callable[[ExportInput], bytes]
