"""The documentation page: whole, in Chinese, and served from here alone (design §3.20)."""

import re

import pytest
import schemathesis

from api.guide import EXAMPLES
from domain.acts import ACTS
from embedded import Stack
from tests.api.test_conformance import described
from tests.people import Json, People
from workflows.reading import read_body

CHINESE = re.compile("[一-鿿]")


async def test_the_description_is_valid_openapi(desk: People, stack: Stack) -> None:
    schema = await described(desk, stack)
    assert schema["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(schema).validate()


def _operations(schema: Json) -> dict[str, Json]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    }


async def test_every_route_says_in_chinese_what_it_is_for(desk: People, stack: Stack) -> None:
    schema = await described(desk, stack)
    for name, operation in _operations(schema).items():
        assert CHINESE.search(operation["summary"]), name
        assert CHINESE.search(operation["description"]), name
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        for field, prop in body.get("schema", {}).get("properties", {}).items():
            # A name that says it all needs no more words.
            said = CHINESE.search(prop.get("description", ""))
            assert said or field in {"source", "year", "rule", "old_password", "edition"}, (
                name,
                field,
            )
        for status, answer in operation["responses"].items():
            assert CHINESE.search(answer["description"]), (name, status)
    ids = [operation["operationId"] for operation in _operations(schema).values()]
    assert len(ids) == len(set(ids))


async def test_the_description_is_the_contracts(desk: People, stack: Stack) -> None:
    schema = await described(desk, stack)
    operations = _operations(schema)
    for name, spec in ACTS.items():
        operation = operations[f"POST /api/v1/items/{{item_id}}/{spec.route}"]
        assert operation["operationId"] == name
        for code in dict(spec.otherwise).values():
            assert f"`{code}`" in operation["description"]
        assert {"200", "202", "403", "404", "409", "422", "503"} <= operation["responses"].keys()
    assert "`sign_off_required`" in schema["info"]["description"]
    problem = schema["components"]["schemas"]["Problem"]
    assert set(problem["required"]) == {"type", "title", "status", "code", "detail"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_a_good_body(name: str) -> None:
    read_body(name, EXAMPLES[name])
    assert EXAMPLES.keys() == ACTS.keys()


async def test_the_page_loads_nothing_from_elsewhere(desk: People, stack: Stack) -> None:
    page = await desk.client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "http://" not in page.text
    assert "https://" not in page.text
    linked = re.findall(r"""(?:src|href|url)\s*[=:]\s*["']([^"']+)["']""", page.text)
    assert len(linked) >= 4
    for address in linked:
        assert address.startswith("/api/v1/"), address
        found = await desk.client.get(f"{stack.api_url}{address}")
        assert found.status_code == 200
        assert len(found.content) > 500
    assert "http" not in (await desk.client.get("/docs/oauth2-redirect")).text.replace("https?", "")
    # It fetches its emblem from outside.
    assert (await desk.client.get("/redoc")).status_code == 404


async def test_the_process_says_that_it_lives_and_can_work(desk: People, stack: Stack) -> None:
    for base in (stack.api_url, f"{stack.api_url}/api/v1"):
        lives = await desk.client.get(f"{base}/healthz")
        assert (lives.status_code, lives.json()) == (200, {"status": "ok"})
        works = await desk.client.get(f"{base}/readyz")
        assert works.status_code == 200
        assert works.json() == {"database": True, "temporal": True, "ready": True}
