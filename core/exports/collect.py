"""What an export is made from, gathered from the registry and the store of data sets."""

from __future__ import annotations

import msgspec

from core.data.samples import SAMPLES
from core.data.store import DatasetStore
from core.exports import get_format
from core.exports.base import ExportInput
from core.exports.training_data import TrainingData
from core.recipe import load_recipe
from core.registry.registry import Registry
from core.registry.words import Version
from core.serving.card import CARD_FILE, Card
from core.serving.hub import CONTRACT_FILE
from core.serving.registration import RECIPE_FILE
from core.settings import Settings


def export_version(
    settings: Settings, name: str, version: int | str | None, format_name: str
) -> tuple[str, bytes]:
    """The name and content of the file that a version becomes in a format.

    Parameters
    ----------
    version
        A number, an alias, or None for the champion.
    format_name
        A key of `core.exports.FORMATS`.

    Raises
    ------
    ModelNotFound
        When there is no such model or version.
    ArtifactError
        When a file of the version is damaged, or the format is not known.
    RecipeError
        When the format has no words for something in the recipe.
    """
    entry = get_format(format_name)
    registry = Registry(settings)
    export = collect_export(settings, registry, registry.get(name, version))
    return entry.filename(export.stem), entry.build(export)


def collect_export(settings: Settings, registry: Registry, version: Version) -> ExportInput:
    """What the files of a version are made from.

    Raises
    ------
    ArtifactError
        When a file of the version is missing or damaged.
    """
    card = msgspec.json.decode(registry.read_file(version, CARD_FILE), type=Card)
    return ExportInput(
        name=version.name,
        version=version.version,
        pipeline=registry.load_pipeline(version),
        recipe=load_recipe(registry.read_file(version, RECIPE_FILE)),
        contract=registry.read_file(version, CONTRACT_FILE),
        source_file=_file_name(card.data.source),
        candidate=card.candidate,
        data=TrainingData(DatasetStore(settings.datasets_dir, 0), card.data.id),
        libraries=tuple(card.libraries.items()),
        max_rows=card.max_rows,
        is_on_all_rows=card.is_on_all_rows,
    )


def _file_name(source: str) -> str:
    """The name of a file, also where the source is `sample:NAME`."""
    samples = {f"sample:{sample.name}": sample.file for sample in SAMPLES}
    return samples.get(source, source)
