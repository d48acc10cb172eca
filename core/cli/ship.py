"""The verbs of registered models: `models`, `predict`, `promote`, `rollback`, `export` and `serve`."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.models import Reference, parse_reference
from core.cli.output import AsJson, settings, show, table, who
from core.cli.predict import predict
from core.registry.words import ModelSummary
from core.storage import write_bytes

Name = Annotated[str, typer.Argument(metavar="MODEL", help="The model's name.")]
Reason = Annotated[str, typer.Option(help="Why, for the history.")]


def add_verbs(app: typer.Typer) -> None:
    """Adds this module's verbs."""
    for verb in (models, predict, promote, rollback, export, serve):
        app.command()(verb)


def models(as_json: AsJson = False) -> None:
    """List the registered models and what answers."""
    from core.registry.registry import Registry

    found = Registry(settings()).models()
    rows = [
        [
            model.name,
            str(model.versions),
            "–" if model.champion is None else str(model.champion.version),
            model.latest.tags.get("candidate", ""),
            model.promoted_at or "",
        ]
        for model in found
    ]
    head = ["model", "versions", "champion", "latest", "promoted at"]
    lines = table(head, rows) if rows else ["No model is registered yet."]
    show(as_json, {"models": [_describe(model) for model in found]}, lines)


def promote(
    model: Name,
    version: Annotated[int, typer.Argument(help="The version that is to answer.")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Make a version the champion: the one that answers."""
    from core.registry.registry import Registry

    registry = Registry(settings())
    before = registry.champion(model)
    after = registry.promote(model, version, by=who(), reason=reason)
    _show_move(as_json, model, before.version if before else None, after.version)


def rollback(model: Name, reason: Reason = "", as_json: AsJson = False) -> None:
    """Move the champion back to where it was."""
    from core.registry.registry import Registry

    registry = Registry(settings())
    before = registry.champion(model)
    after = registry.rollback(model, by=who(), reason=reason)
    _show_move(as_json, model, before.version if before else None, after.version)


def export(
    model: Reference,
    out: Annotated[Path, typer.Option(help="The folder to write into.")],
    format_name: Annotated[
        str,
        typer.Option(
            "--format", help="joblib, skops, recipe, script, data, or all: all but the data."
        ),
    ] = "all",
    as_json: AsJson = False,
) -> None:
    """Write a version as files that work without this app."""
    from core.exports import FORMATS
    from core.exports.collect import export_version

    chosen = settings()
    name, reference = parse_reference(model)
    written = []
    # The data may be personal: who wants a copy of it says so.
    all_formats = [entry.name for entry in FORMATS.values() if not entry.holds_data]
    for each in all_formats if format_name == "all" else [format_name]:
        filename, content = export_version(chosen, name, reference, each)
        write_bytes(out / filename, content)
        written.append({"format": each, "path": str(out / filename), "bytes": len(content)})
    show(as_json, {"files": written}, [f"Wrote {entry['path']}" for entry in written])


def serve(
    host: Annotated[str, typer.Option(help="0.0.0.0 answers everybody.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 = any that is free.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="How many processes answer.")] = 1,
) -> None:
    """Serve the REST API, without the pages."""
    import logging

    from core.serving.server import serve as run

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    run(settings(), host, port, workers)


def _describe(model: ModelSummary) -> dict[str, object]:
    champion = model.champion
    return {
        "name": model.name,
        "versions": model.versions,
        "latest": model.latest.version,
        "champion": champion.version if champion else None,
        "promoted_at": model.promoted_at,
        "tags": (champion or model.latest).tags,
        "metrics": (champion or model.latest).metrics,
    }


def _show_move(as_json: bool, model: str, before: int | None, after: int) -> None:
    was = f" It was version {before}." if before not in (None, after) else ""
    document = {"model": model, "champion": after, "previous": before}
    show(as_json, document, [f"{model} is now answered by version {after}.{was}"])
