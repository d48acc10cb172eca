import re
from pathlib import Path

import jsonschema
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from core.serving.api import create_api
from core.serving.api.docs import STATIC
from core.serving.api.guard.doors import read_key
from core.serving.api.openapi import build_openapi

PARAMETERS = {
    "name": "titanic",
    "version": "1",
    "label": "champion",
    "endpoint": "7",
    "deployed": "7",
}


@pytest.fixture
def engines(titanic, penguins, mpg, kinds):
    return titanic, penguins, mpg, kinds


@pytest.fixture
def document(engines) -> dict[str, object]:
    return build_openapi([engine.contract for engine in engines], "/api")


def bodies(document):
    """Path, request schema and examples of every POST."""
    for path, operations in document["paths"].items():
        if "post" in operations:
            content = operations["post"].get("requestBody", {}).get("content", {})
            content = content.get("application/json", {})
            if "examples" not in content:
                continue
            yield path, content["schema"], [e["value"] for e in content["examples"].values()]


def filled(path: str) -> str:
    """A path with something real in place of its parameters."""
    for name, value in PARAMETERS.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def operations_of(document):
    """Path, method and operation of all."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method != "parameters":
                yield path, method, operation


def validator(document, schema):
    return jsonschema.Draft202012Validator({**schema, "components": document["components"]})


def test_every_example_fits_its_schema_and_is_answered(document, make_shelf, engines):
    client = TestClient(create_api(make_shelf(*engines)))
    answered = 0
    for path, schema, examples in bodies(document):
        for example in examples:
            validator(document, schema).validate(example)
            response = client.post(filled(path), json=example)
            assert response.status_code == 200, (path, response.text)
            success = document["paths"][path]["post"]["responses"]["200"]
            validator(document, success["content"]["application/json"]["schema"]).validate(
                response.json()
            )
            answered += 1
    assert answered == 3 * 5 + 4 * 2 + 4 + 2 + 2


def test_examples_are_real_rows(document, titanic):
    examples = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    first = examples["examples"]["one row by name"]["value"]["features"]
    assert first == titanic.contract.example
    assert first["Sex"] in ("male", "female")


@pytest.mark.parametrize(
    "features", [{"Sex": 3}, [1, 2], "x", {"Pclass": 3}, [["a"] * 20], {"features": {}}]
)
def test_the_schema_refuses_what_the_server_refuses(document, features, make_shelf, engines):
    _, schema, _ = next(bodies(document))
    assert not validator(document, schema).is_valid({"features": features})
    client = TestClient(create_api(make_shelf(*engines)))
    assert client.post("/predict", json={"features": features}).status_code == 422


def test_errors_fit_their_schema(document, make_shelf, engines):
    client = TestClient(create_api(make_shelf(*engines)))
    for path, method, operation in operations_of(document):
        if method == "post" and "requestBody" in operation:
            error = client.post(filled(path), json={"nothing": 1})
            schema = operation["responses"][str(error.status_code)]["content"]
            validator(document, schema["application/json"]["schema"]).validate(error.json())


def test_schemas_are_valid_and_references_lead_somewhere(document):
    components = document["components"]["schemas"]
    for schema in components.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in re.findall(r"'#/components/schemas/([^']+)'", str(document)):
        assert reference in components


def test_keys_are_described_as_the_guard_takes_them(document):
    schemes = document["components"]["securitySchemes"]
    for asked in document["security"]:
        assert schemes.keys() >= asked.keys()
    header = schemes["key"]["name"].lower().encode()
    assert read_key({"headers": [(header, b"secret")]}) == "secret"
    assert schemes["bearer"]["scheme"] == "bearer"


def test_operation_ids_are_unique(document):
    ids = [operation["operationId"] for _, _, operation in operations_of(document)]
    assert len(ids) == len(set(ids))


def test_every_address_of_the_document_is_there(document, make_shelf, engines):
    client = TestClient(create_api(make_shelf(*engines)))
    for path, method, operation in operations_of(document):
        response = client.request(method, filled(path), json={} if method == "post" else None)
        assert response.status_code not in (404, 405), path
        assert str(response.status_code) in operation["responses"], path


@pytest.mark.parametrize("prefix", ["", "/api"])
def test_the_docs_page_and_all_it_needs_are_served_without_the_internet(
    make_shelf, titanic, prefix
):
    api = create_api(make_shelf(titanic))
    app = Starlette(routes=[Mount(prefix, api)]) if prefix else api
    client = TestClient(app)
    page = client.get(f"{prefix}/docs")
    assert page.headers["content-type"].startswith("text/html")
    addresses = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    local = [address for address in addresses if not address.startswith("data:")]
    assert len(local) == 4
    for address in local:
        assert not address.startswith(("http", "/"))
        assert client.get(f"{prefix}/{address}").status_code == 200
    assert 'url: "openapi.json"' in (STATIC / "docs.js").read_text()
    assert client.get(f"{prefix}/openapi.json").status_code == 200


def test_swagger_ui_comes_with_its_licence_and_without_source_maps():
    files = {path.name for path in Path(STATIC / "swagger-ui").iterdir()}
    assert {"swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"} <= files
    assert not [name for name in files if name.endswith(".map")]
