"""The verbs of registered models: `models`, `predict`, `export`, `serve` and `conformance`."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from core.cli.files import say_reading
from core.cli.output import AsJson, say, settings, show, table
from core.errors import ArtifactError, SettingsError
from core.registry.words import ModelSummary
from core.settings import ACCESS_LOGS
from core.storage import write_bytes

Name = Annotated[str, typer.Argument(metavar="MODEL", help="The model's name.")]
Reference = Annotated[
    str,
    typer.Argument(
        metavar="MODEL[@ALIAS|/VERSION]",
        help="The model; its champion when neither an alias nor a version is named.",
    ),
]
LOG_LEVELS = ("debug", "info", "warning", "error")


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


def predict(
    model: Reference,
    file: Annotated[Path, typer.Argument(help="The rows to predict.")],
    out: Annotated[Path, typer.Option(help="The CSV file to write.")],
    as_json: AsJson = False,
) -> None:
    """Predict the rows of a file: the same rows out, with prediction and probabilities."""
    from core.data.reading import read_content
    from core.registry.registry import Registry
    from core.serving.batch import predict_file
    from core.serving.hub import ModelHub
    from core.serving.prediction_log import open_prediction_log
    from core.serving.prediction_log.recording import recording

    chosen = settings()
    name, reference = parse_reference(model)
    engine = ModelHub(Registry(chosen), chosen.default_model).get(name, reference)
    say_reading(file)
    with open_prediction_log(chosen) or nullcontext() as log:
        recorded = recording(engine, log, "command line")
        result = predict_file(recorded, read_content(file), file.name)
    write_bytes(out, result.to_csv())
    for notice in result.notices:
        say(f"Note: {notice}")
    for problem in result.problems[:20]:
        say(f"Data row {problem.row + 1}: {problem.message}")
    document = {
        "model": engine.contract.model,
        "version": engine.contract.version,
        "rows": len(result.frame),
        "predicted": result.predicted,
        "out": str(out),
        "notices": list(result.notices),
        "problems": [msgspec.to_builtins(problem) for problem in result.problems],
    }
    show(as_json, document, [f"Wrote {result.predicted:,} predictions to {out}."])


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
    import logging
    from dataclasses import replace

    from core.serving.server import LOG_FORMAT
    from core.serving.server import serve as run

    _check_choice("--log-level", log_level, LOG_LEVELS)
    logging.basicConfig(level=log_level.upper(), format=LOG_FORMAT)
    chosen = settings()
    if access_log is not None:
        _check_choice("--access-log", access_log, ACCESS_LOGS)
        chosen = replace(chosen, api=replace(chosen.api, access_log=access_log))
    run(chosen, host, port, workers, log_level)


def _check_choice(option: str, text: str, choices: tuple[str, ...]) -> None:
    if text not in choices:
        raise SettingsError(f"{option} must be one of {', '.join(choices)}. Got {text!r}.")


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

    headers = {
        name.strip(): value.strip()
        for name, _, value in (each.partition(":") for each in header or ())
    }
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


def parse_reference(text: str) -> tuple[str, str | int | None]:
    """The model's name, and the version or alias that the text names.

    Raises
    ------
    ArtifactError
        When what follows the slash is no number.

    Examples
    --------
    >>> parse_reference("titanic"), parse_reference("titanic/3"), parse_reference("titanic@champion")
    (('titanic', None), ('titanic', 3), ('titanic', 'champion'))
    """
    if "@" in text:
        name, _, alias = text.partition("@")
        return name, alias
    name, slash, version = text.partition("/")
    if not slash:
        return name, None
    if not version.isdecimal():
        raise ArtifactError(
            f"A version must be a whole number. Got {version!r}.",
            f"Write {name}/2 for a version, {name}@champion for an alias.",
        )
    return name, int(version)


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
