"""The rows and columns that a version was trained on: what a script must read, and a clean copy of them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from core.data.dataset import DatasetInfo
from core.data.store import DatasetStore
from core.errors import ArtifactError, DatasetNotFound, StorageError
from core.exports.base import ExportFormat, ExportInput
from core.recipe import Recipe, Role

if TYPE_CHECKING:
    import pandas as pd

PROTECTED = "-protected.parquet"
"""How the file of a protected data set ends, which only the store has."""

QUERY = "sql:"
"""How the source of the rows of a query begins, which are in no file."""

KEPT_CODES = {"repaired", "padded"}
"""Of lines that are in the table although something is said of them."""


@dataclass(frozen=True)
class TrainingData:
    """The data set that something was trained on.

    Attributes
    ----------
    store
        What keeps it.
    dataset_id
        Which one it is.
    """

    store: DatasetStore
    dataset_id: str

    @property
    def is_kept(self) -> bool:
        """Whether it is still in the store, whole."""
        try:
            return self.original.is_file()
        except (DatasetNotFound, StorageError):
            return False

    @property
    def info(self) -> DatasetInfo:
        """What is known of it."""
        return self.store.info(self.dataset_id)

    @property
    def original(self) -> Path:
        """The file that it was read from."""
        return self.store.original_path(self.dataset_id)[1]

    def table(self, recipe: Recipe) -> pd.DataFrame:
        """The columns that a recipe uses, in the types of their kinds; rows with a target that can be learned.

        Raises
        ------
        UnknownColumn
            When the data set does not have one of them.
        DatasetNotFound, StorageError
            When it was deleted in the meantime, or is damaged.
        """
        import pandas as pd

        from core.data.profiling import typed_column
        from core.tasks import get_task

        dataset = self.store.load(self.dataset_id)
        frame = pd.DataFrame(
            {n: typed_column(dataset, n, recipe.columns[n].kind) for n in used_columns(recipe)}
        )
        frame = frame.dropna(subset=[recipe.target])
        is_usable = get_task(recipe.task).find_usable(frame[recipe.target])
        return frame[is_usable].reset_index(drop=True)

    def skipped_lines(self) -> list[int]:
        """The lines of the file, counted from 1, that hold something and are not part of the table."""
        is_in = {*KEPT_CODES, "empty"}  # what is empty, pandas leaves out by itself
        return [row.line for row in self.info.skipped if row.code not in is_in]


def used_columns(recipe: Recipe) -> list[str]:
    """The columns that a recipe trains on, splits by or predicts."""
    roles = (Role.GROUP, Role.TIME, Role.TARGET)
    return list(dict.fromkeys([*recipe.features, *(n for r in roles for n in recipe.named(r))]))


def copy_name(export: ExportInput) -> str:
    """The name of the file that the clean copy is."""
    return DATA.filename(export.stem)


def how_to_get(export: ExportInput) -> str:
    """Where the clean copy is to be had, for people."""
    if export.is_draft:
        return "Download it on the page Prepare data, beside this script."
    return (
        "Download it on the page Export model, or write it by\n\n    python -m core export "
        f"{export.name}/{export.version} --format {DATA.name} --out ."
    )


def why_only_a_copy(data: TrainingData) -> str:
    """Why there is no file from which a script could read this table; empty when there may be one."""
    info = data.info
    if info.sampled_from is not None:
        return f"the table is a sample of {info.rows:,} of the {info.sampled_from:,} rows of {PurePath(info.source).name}"
    if info.source.startswith(QUERY):
        return "the rows came from a database query"
    if info.source.endswith(PROTECTED):
        return "the table was protected before it was trained on"
    return ""


def _build(export: ExportInput) -> bytes:
    data = export.kept_data
    if data is None:
        raise ArtifactError(
            f"The data of {export.name} version {export.version} must still be kept. "
            "It was deleted.",
            f"Load {export.source_file} again in the same way, and export once more.",
        )
    buffer = io.BytesIO()
    data.table(export.recipe).to_parquet(buffer, index=False)
    return buffer.getvalue()


DATA = ExportFormat(
    name="data",
    title="Training data",
    description=(
        "The rows and columns that this model was trained on, cleaned, as Parquet. A script whose "
        "file needs more than pandas reads it. It holds the values themselves, also personal ones: "
        "keep it as safe as the file."
    ),
    icon=":material/table:",
    mime="application/vnd.apache.parquet",
    filename=lambda stem: f"{stem}-data.parquet",
    build=_build,
    holds_data=True,
)
