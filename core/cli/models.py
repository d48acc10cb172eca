"""How a model is named on the command line."""

from typing import Annotated

import typer

from core.errors import ArtifactError

Name = Annotated[str, typer.Argument(metavar="MODEL", help="The model's name.")]
Reference = Annotated[
    str,
    typer.Argument(
        metavar="MODEL[@ALIAS|/VERSION]",
        help="The model; its champion when neither an alias nor a version is named.",
    ),
]


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
