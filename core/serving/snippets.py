"""The REST call of a model, ready to paste."""

import json
import shlex
from collections.abc import Mapping
from pprint import pformat
from textwrap import indent

from msgspec import Struct

from core.serving.contract import Contract
from core.serving.fields import Wire


class Snippet(Struct, frozen=True):
    """A call in one language.

    Attributes
    ----------
    name, title
        For programs; for people.
    language
        What highlights it.
    code
        Complete, and right as it stands.
    """

    name: str
    title: str
    language: str
    code: str


def write_snippets(
    contract: Contract,
    base_url: str,
    *,
    row: Mapping[str, Wire] | None = None,
    version: int | None = None,
) -> tuple[Snippet, ...]:
    """The call that asks a model about one row.

    Parameters
    ----------
    contract
        Of the model.
    base_url
        Where the API is, for example `http://localhost:8501/api`.
    row
        By column name; a real row when left out.
    version
        The version to ask; the champion when left out.
    """
    url = f"{base_url.rstrip('/')}/predict"
    # The model is always named: what answers unnamed changes when another is deployed.
    body: dict[str, object] = {
        "features": dict(contract.example if row is None else row),
        "model": contract.model,
    }
    if version is not None:
        body["version"] = version
    return (
        Snippet("curl", "curl", "bash", _write_curl(url, body)),
        Snippet("python", "Python", "python", _write_python(url, body)),
    )


def _write_curl(url: str, body: dict[str, object]) -> str:
    text = shlex.quote(json.dumps(body, ensure_ascii=False, indent=2))
    return f"curl {shlex.quote(url)} \\\n  -H 'Content-Type: application/json' \\\n  -d {text}"


def _write_python(url: str, body: dict[str, object]) -> str:
    literal = indent(pformat(body, sort_dicts=False, width=80), "    ").lstrip()
    return (
        "import requests\n\n"
        "response = requests.post(\n"
        f"    {json.dumps(url)},\n"
        f"    json={literal},\n"
        "    timeout=10,\n"
        ")\n"
        "response.raise_for_status()\n"
        "print(response.json())\n"
    )
