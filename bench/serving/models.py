"""The table, the models that are served, and the requests."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.common import adult

MODELS = {"logistic": "logistic", "boosting": "hist_gradient_boosting", "forest": "random_forest"}
"""The candidates, by the name of the model; the forest has 200 trees."""

SINGLE, BATCH = 200, 1_000
"""Different requests of one row each, and rows of the one large request."""


@dataclass(frozen=True)
class Served:
    """Where everything is that a measurement of one model needs.

    Attributes
    ----------
    home
        With the model in its registry.
    pipeline
        The same fitted pipeline as a joblib file.
    one, many
        Files of request bodies.
    expected
        The probability of the second class in the rows of `many`.
    """

    home: Path
    pipeline: Path
    one: Path
    many: Path
    expected: list[float]


def make_models(folder: Path) -> dict[str, Served]:
    """Trains, registers, and writes the requests, all from one table of 14 columns.

    Each model has a home of its own: a server loads the champions of all models that it finds.
    """
    from msgspec.structs import replace

    from core.data.store import DatasetStore
    from core.features.proposal import propose_recipe
    from core.recipe import Search
    from core.registry.registry import Registry
    from core.serving.registration import deploy
    from core.settings import Settings
    from core.training.jobs import start_run, wait_for_run
    from core.training.table import training_table

    settings = Settings.from_environment(os.environ | {"SLIPWAY_HOME": str(folder / "store")})
    store = DatasetStore(settings.datasets_dir, settings.max_upload_bytes)
    dataset = store.load(store.add_file(adult()).id)
    recipe = replace(
        propose_recipe(dataset, "class"),
        candidates=tuple(MODELS.values()),
        search=Search(ensemble=False),
    )
    recipe = replace(recipe, split=replace(recipe.split, folds=2))
    run = wait_for_run(settings, start_run(settings, dataset.info.id, recipe))
    table = training_table(dataset, recipe)
    features = table.features(np.arange(BATCH))
    rows = json.loads(features.to_json(orient="records"))
    found = {}
    for name, candidate in MODELS.items():
        home = folder / f"store-{name}"
        shutil.copytree(settings.home, home)
        alone = Settings.from_environment(os.environ | {"SLIPWAY_HOME": str(home)})
        found[name] = _serve_from(
            folder, name, deploy, Registry, alone, run.id, candidate, features, rows
        )
    return found


def _serve_from(
    folder, name, deploy, registry, settings, run_id, candidate, features, rows
) -> Served:
    import joblib

    version = deploy(settings, run_id, candidate, name, by="bench", on_all_rows=False)
    pipeline = registry(settings).load_pipeline(version)
    place = folder / name
    place.mkdir()
    joblib.dump(pipeline, place / "model.joblib")
    single = [json.dumps({"features": row, "model": name}) for row in rows[:SINGLE]]
    (place / "one").write_text("\n".join(single))
    (place / "many").write_text(json.dumps({"features": rows, "model": name}))
    expected = pipeline.predict_proba(features)[:, 1].tolist()
    return Served(settings.home, place / "model.joblib", place / "one", place / "many", expected)
