"""The OpenAPI 3.1 document of a server, typed by the contracts of the models that answer."""

from collections.abc import Sequence

from core.serving.api import health, schemas
from core.serving.api.dialects import DIALECTS, Dialect
from core.serving.contract import Contract

SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key."},
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The same, in a header of its own.",
    },
}


def build_openapi(
    contracts: Sequence[Contract], server_url: str, dialects: Sequence[Dialect] = DIALECTS
) -> dict[str, object]:
    """The document.

    Parameters
    ----------
    contracts
        Of the models that answer, the default model's first.
    server_url
        What the paths stand behind, for example `/api`.
    dialects
        What the server speaks; where two have an address, the first has it.
    """
    components = schemas.error_components()
    paths: dict[str, object] = {}
    for contract in contracts:
        components |= schemas.row_components(contract)
    for dialect in dialects:
        described = dialect.describe(contracts)
        paths |= {path: operations for path, operations in described.items() if path not in paths}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Slipway",
            "version": "1",
            "description": _introduction(contracts),
        },
        "servers": [{"url": server_url}],
        "paths": paths | health.describe(),
        # A server on one's own machine may need none: each of the three will do.
        "security": [{}, {"bearer": []}, {"key": []}],
        "components": {"schemas": components, "securitySchemes": SECURITY},
    }


def _introduction(contracts: Sequence[Contract]) -> str:
    if not contracts:
        return "No model is deployed yet. Train one and deploy it; its addresses then appear here."
    lines = [
        f"- **{contract.model}** version {contract.version} predicts *{contract.target}*"
        for contract in contracts
    ]
    return "Predictions of the models that are deployed:\n\n" + "\n".join(lines)
