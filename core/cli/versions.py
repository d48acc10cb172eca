"""The verbs of a model's versions: which one answers, by which names, and what happened to them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from core.cli.models import Name
from core.cli.output import AsJson, say, settings, show, table, who
from core.serving.contract.field import show as spell

if TYPE_CHECKING:
    from core.serving.comparing import RowChange

Reason = Annotated[str, typer.Option(help="Why, for the history.")]


def add_verbs(app: typer.Typer) -> None:
    """Adds this module's verbs."""
    for verb in (promote, rollback, compare_versions, alias, history, mode):
        app.command()(verb)
    app.command("import")(import_file)


def promote(
    model: Name,
    version: Annotated[int, typer.Argument(help="The version that is to answer.")],
    reason: Reason = "",
    dry_run: Annotated[
        bool, typer.Option(help="Only say what would change in the answers.")
    ] = False,
    force: Annotated[
        bool, typer.Option(help="Promote it even if it cannot answer what the champion is asked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a version the champion: the one that answers."""
    from core.registry.registry import Registry
    from core.serving.promotion import check_promotion, refuse_unsafe

    registry = Registry(settings())
    before = registry.champion(model)
    comparison = None if force and not dry_run else check_promotion(registry, model, version)
    if dry_run:
        lines = ["No version answers yet."] if comparison is None else comparison.lines()
        show(as_json, {"comparison": msgspec.to_builtins(comparison)}, lines)
        return
    if comparison is not None:
        refuse_unsafe(comparison)
        for line in comparison.lines():
            say(line)
    after = registry.promote(
        model, version, by=who(), reason=reason, expected=before.version if before else None
    )
    _show_move(as_json, model, before.version if before else None, after.version)


def compare_versions(
    model: Name,
    champion: Annotated[int, typer.Argument(help="The version that answers now.")],
    challenger: Annotated[int, typer.Argument(help="The version that might.")],
    as_json: AsJson = False,
) -> None:
    """Say what changes in the answers when one version answers instead of another."""
    from core.registry.registry import Registry
    from core.serving.comparing import compare_versions as compare
    from core.serving.hub import ModelHub

    registry = Registry(settings())
    comparison = compare(registry, ModelHub(registry), model, champion, challenger)
    lines = comparison.lines()
    lines += [f"{c.before} -> {c.after} ({c.change:.3g}): {_show_row(c)}" for c in comparison.rows]
    show(as_json, {"comparison": msgspec.to_builtins(comparison)}, lines)


def alias(
    model: Name,
    name: Annotated[str, typer.Argument(help="The alias, for example challenger.")],
    version: Annotated[
        int | None, typer.Argument(help="The version it is to name; leave it out with --delete.")
    ] = None,
    delete: Annotated[bool, typer.Option(help="Take the alias away.")] = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Give a version a name to be asked by, as in MODEL@challenger."""
    from core.errors import RegistryError
    from core.registry.registry import Registry

    registry = Registry(settings())
    if delete == (version is not None):
        raise RegistryError(
            "An alias must be given a version, or be deleted.",
            f"Write: alias {model} {name} 2, or: alias {model} {name} --delete.",
        )
    if version is None:
        registry.delete_alias(model, name, by=who(), reason=reason)
        told = f"{model} has no alias {name} any more."
    else:
        registry.set_alias(model, name, version, by=who(), reason=reason)
        told = f"{model}@{name} is now version {version}."
    show(as_json, {"model": model, "alias": name, "version": version}, [told])


def history(model: Name, as_json: AsJson = False) -> None:
    """List who moved which alias of a model, when and why, newest first."""
    from core.registry.registry import Registry

    changes = Registry(settings()).history(model)
    head = ["at", "by", "what", "alias", "from", "to", "why"]
    rows = [
        [
            c.at,
            c.by,
            c.action,
            c.alias,
            str(c.from_version or "–"),
            str(c.to_version or "–"),
            c.reason,
        ]
        for c in changes
    ]
    lines = table(head, rows) if rows else ["No alias was moved yet."]
    show(as_json, {"changes": [msgspec.to_builtins(change) for change in changes]}, lines)


def mode(
    model: Name,
    mode: Annotated[str, typer.Argument(help="lenient, strict or coerce.")],
    as_json: AsJson = False,
) -> None:
    """Say how strictly requests are read: flag what is unusual, refuse it, or read values as they were meant."""
    from core.registry.registry import Registry

    Registry(settings()).set_mode(model, mode)
    show(as_json, {"model": model, "mode": mode}, [f"Requests to {model} are now read {mode}."])


def rollback(model: Name, reason: Reason = "", as_json: AsJson = False) -> None:
    """Move the champion back to where it was."""
    from core.registry.registry import Registry

    registry = Registry(settings())
    before = registry.champion(model)
    after = registry.rollback(model, by=who(), reason=reason)
    _show_move(as_json, model, before.version if before else None, after.version)


def import_file(
    file: Annotated[Path, typer.Argument(help="A skops or ONNX file; joblib where it is allowed.")],
    name: Annotated[str, typer.Option(help="The model's name, new or known.")],
    sample: Annotated[
        Path | None, typer.Option(help="Rows like those that it was trained on.")
    ] = None,
    contract: Annotated[
        Path | None, typer.Option(help="Its columns and classes as JSON, instead of a sample.")
    ] = None,
    target: Annotated[str, typer.Option(help="What it predicts.")] = "",
    as_json: AsJson = False,
) -> None:
    """Register a model that was trained elsewhere as a version."""
    from core.data.reading import read_content
    from core.errors import RegistryError
    from core.registry.words import check_name
    from core.serving.importing import (
        JOBLIB_WARNING,
        Sample,
        check_ending,
        import_model,
        load_typed,
    )

    if (sample is None) == (contract is None):
        raise RegistryError(
            "Either a sample or a contract must say what the model may be asked.",
            "Add --sample rows.csv, or --contract columns.json.",
        )
    check_name(name)
    chosen = settings()
    check_ending(chosen, file.suffix.lower())
    if file.suffix.lower() == ".joblib":
        say(f"Warning: {JOBLIB_WARNING}")
    given = (
        load_typed(read_content(contract))
        if contract is not None
        else Sample(read_content(sample or Path()), (sample or Path()).name, target)
    )
    version = import_model(chosen, read_content(file), file.name, name, given, by=who())
    does = "answers" if version.is_champion else "is registered; promote it when it should answer"
    document = {"model": name, "version": version.version, "champion": version.is_champion}
    show(as_json, document, [f"{version.title} {does}."])


def _show_row(change: "RowChange") -> str:
    return ", ".join(f"{name} {spell(value)}" for name, value in change.row.items())


def _show_move(as_json: bool, model: str, before: int | None, after: int) -> None:
    was = f" It was version {before}." if before not in (None, after) else ""
    document = {"model": model, "champion": after, "previous": before}
    show(as_json, document, [f"{model} is now answered by version {after}.{was}"])
