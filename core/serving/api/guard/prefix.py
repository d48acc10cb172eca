"""The path that a proxy has taken off an address before it asked: what names addresses of this server puts it back."""

import re

from starlette.types import Scope

HEADER = b"x-forwarded-prefix"

_PATH = re.compile(r"(/[\w.~-]+)+", re.ASCII)


def put_back(scope: Scope) -> Scope:
    """The scope as it would be below the path that `X-Forwarded-Prefix` names.

    Nobody is trusted for it: the path is one of the same host, and only whoever sends the header is told of it.

    Examples
    --------
    >>> asked = {"path": "/docs", "headers": [(b"x-forwarded-prefix", b"/ml/")]}
    >>> put_back(asked)["path"], put_back(asked)["root_path"]
    ('/ml/docs', '/ml')
    """
    named = next((value for name, value in scope["headers"] if name == HEADER), b"")
    path = named.decode("latin-1").strip().removeprefix("/").rstrip("/")
    prefix, root = f"/{path}", scope.get("root_path", "")
    # A server that was told its path by its operator knows it, whatever the proxy says.
    if not _PATH.fullmatch(prefix) or f"{root}/".startswith(f"{prefix}/"):
        return scope
    return {**scope, "root_path": prefix + root, "path": prefix + scope["path"]}
