"""Calls of the REST API, ready to paste."""

import json
import shlex
from collections.abc import Mapping
from pprint import pformat
from textwrap import indent

from msgspec import Struct

from core.serving.contract import Contract
from core.serving.contract.field import Wire

JSON_HEADER = {"Content-Type": "application/json"}

KEY_PLACE = "YOUR_API_KEY"


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


class Call(Struct, frozen=True):
    """A request.

    Attributes
    ----------
    path
        Behind the address of the API, with its query.
    content
        The body: a JSON value, or the text of a file; None = none.
    headers
        Beside the content type of JSON.
    """

    method: str
    path: str
    content: object = None
    headers: Mapping[str, str] = {}

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        return self.content is not None and not isinstance(self.content, str)

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers that are sent."""
        return {**JSON_HEADER, **self.headers} if self.is_json else dict(self.headers)

    @property
    def text(self) -> str:
        """The body as it is sent and shown; empty when there is none."""
        if self.content is None:
            return ""
        if isinstance(self.content, str):
            return self.content
        return json.dumps(self.content, ensure_ascii=False, indent=2)


def write_snippets(
    contract: Contract,
    base_url: str,
    *,
    row: Mapping[str, Wire] | None = None,
    version: int | None = None,
    needs_key: bool = False,
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
    needs_key
        Whether it must show an API key; `KEY_PLACE` stands where the caller writes theirs.
    """
    # The model is always named: what answers unnamed changes when another is deployed.
    body: dict[str, object] = {
        "features": dict(contract.example if row is None else row),
        "model": contract.model,
    }
    if version is not None:
        body["version"] = version
    headers = {"X-API-Key": KEY_PLACE} if needs_key else {}
    return write_calls(Call("POST", "/predict", body, headers), base_url)


def write_calls(call: Call, base_url: str) -> tuple[Snippet, ...]:
    """A call in each language.

    Parameters
    ----------
    call
        What is asked.
    base_url
        Where the API is.
    """
    url = f"{base_url.rstrip('/')}{call.path}"
    return (
        Snippet("curl", "curl", "bash", _write_curl(call, url)),
        Snippet("python", "Python", "python", _write_python(call, url)),
        Snippet("javascript", "JavaScript", "javascript", _write_javascript(call, url)),
    )


def _write_curl(call: Call, url: str) -> str:
    parts = [f"curl {shlex.quote(url)}"]
    if call.method == "POST" and call.content is None:
        parts.append("-X POST")
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in call.all_headers.items()]
    if call.content is not None:
        # As it is: -d takes the line ends out of a file.
        option = "-d" if call.is_json else "--data-binary"
        parts.append(f"{option} {shlex.quote(call.text)}")
    return " \\\n  ".join(parts)


def _write_python(call: Call, url: str) -> str:
    lines = [f"    {json.dumps(url)},"]
    headers = call.headers if call.is_json else call.all_headers
    if call.is_json:
        literal = indent(pformat(call.content, sort_dicts=False, width=80), "    ").lstrip()
        lines.append(f"    json={literal},")
    elif call.content is not None:
        lines.append(f"    data={call.content!r}.encode(),")
    if headers:
        lines.append(f"    headers={dict(headers)!r},")
    body = "\n".join([*lines, "    timeout=10,"])
    shown = "response.json()" if "csv" not in str(dict(call.headers)) else "response.text"
    return (
        "import requests\n\n"
        f"response = requests.{call.method.lower()}(\n{body}\n)\n"
        "response.raise_for_status()\n"
        f"print({shown})\n"
    )


def _write_javascript(call: Call, url: str) -> str:
    options = [f'  method: "{call.method}",']
    if call.all_headers:
        options.append(f"  headers: {json.dumps(call.all_headers)},")
    if call.is_json:
        options.append(f"  body: JSON.stringify({indent(call.text, '  ').lstrip()}),")
    elif call.content is not None:
        options.append(f"  body: {json.dumps(call.content, ensure_ascii=False)},")
    lines = "\n".join(options)
    return (
        f"const response = await fetch({json.dumps(url)}, {{\n{lines}\n}});\n"
        "if (!response.ok) throw new Error(await response.text());\n"
        "console.log(await response.text());\n"
    )
