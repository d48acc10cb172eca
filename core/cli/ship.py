"""The verbs of registered models: `models`, `predict`, `export`, `serve` and `conformance`."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.checks import check_outputs, read_headers
from core.cli.models import Reference, parse_reference
from core.cli.output import AsJson, settings, show, table
from core.cli.predict import predict
from core.cli.serving import run_server
from core.registry.words import ModelSummary
from core.storage import write_bytes


def add_verbs(app: typer.Typer) -> None:
    """Adds this module's verbs."""
    for verb in (models, predict, export, serve, conformance):
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
    from core.exports import FORMATS, get_format
    from core.exports.collect import export_version

    # The data may be personal: who wants a copy of it says so.
    wanted = [entry for entry in FORMATS.values() if not entry.holds_data]
    if format_name != "all":
        wanted = [get_format(format_name)]
    check_outputs(out / "model")
    chosen = settings()
    name, reference = parse_reference(model)
    written = []
    for each in wanted:
        filename, content = export_version(chosen, name, reference, each.name)
        write_bytes(out / filename, content)
        written.append({"format": each.name, "path": str(out / filename), "bytes": len(content)})
    show(as_json, {"files": written}, [f"Wrote {entry['path']}" for entry in written])


def serve(
    host: Annotated[
        str | None,
        typer.Option(help="0.0.0.0 answers everybody who is let in.", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            help="0 = any that is free.",
            show_default="AIP_HTTP_PORT, PORT, or 8000",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="How many processes answer.")] = 1,
    access_log: Annotated[
        str | None, typer.Option(help="A line for each request: plain, json or no.")
    ] = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Serve the REST API, without the pages."""
    run_server(host, port, workers, access_log, log_level)


def conformance(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="The model; left out: the first.")
    ] = None,
    url: Annotated[
        str, typer.Option(help="Where the API is; beside the pages it is at /api.")
    ] = "http://127.0.0.1:8000",
    header: Annotated[
        list[str] | None,
        typer.Option(help="Sent with each request, as NAME:VALUE; for example an API key."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a running API in every dialect and check the answers; exit code 1 when one is wrong."""
    from core.serving.conformance import fetch_contract, run_checks

    headers = read_headers(header)
    results = list(run_checks(fetch_contract(url, model, headers), url, headers))
    rows = [
        [
            "ok" if result.is_passed else "WRONG",
            result.dialect,
            result.title,
            f"{1000 * result.heard.seconds:.1f} ms",
            result.problem,
        ]
        for result in results
    ]
    failed = sum(not result.is_passed for result in results)
    document = {
        "url": url,
        "failed": failed,
        "checks": [
            {
                "dialect": result.dialect,
                "title": result.title,
                "is_passed": result.is_passed,
                "problem": result.problem,
                "status": result.heard.status,
                "seconds": result.heard.seconds,
            }
            for result in results
        ],
    }
    head = ["", "dialect", "check", "time", "what is wrong"]
    closing = f"{len(results) - failed} of {len(results)} checks passed."
    show(as_json, document, [*table(head, rows), closing])
    if failed:
        raise typer.Exit(1)


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
