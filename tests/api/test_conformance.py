"""The API against its own description: whatever schemathesis thinks of is answered as declared,
and never with a 500."""

import asyncio
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from domain.items import Role
from embedded import Stack
from store.session import Database
from tests.api.accounts import somebody
from tests.people import Json, People, directive

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
EXAMPLES = 5
BOUNDED = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


async def described(desk: People, stack: Stack) -> Json:
    """The OpenAPI document, its one relative address made absolute as a reader would; without
    the routes that speak Temporal's own protocol."""
    schema: Json = (await desk.client.get("/openapi.json")).json()
    password = schema["components"]["securitySchemes"]["OAuth2PasswordBearer"]["flows"]["password"]
    password["tokenUrl"] = stack.api_url + password["tokenUrl"]
    paths = schema["paths"].items()
    schema["paths"] = {path: found for path, found in paths if "/codec/" not in path}
    return schema


@dataclass(kw_only=True)
class Prober:
    """Sends what is generated as one person, and keeps what was answered wrongly."""

    base_url: str
    token: str = ""
    answered: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def probe(self, operation: APIOperation[Any, Any, Any, Any], item: Json | None) -> None:
        """Requests that fit the description, and requests that do not."""
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @BOUNDED
            @given(case=operation.as_strategy(generation_mode=mode))
            def all_is_well(case: Case[Any]) -> None:
                _aimed(case, item)
                headers = {"Authorization": f"Bearer {self.token}"}
                answer = case.call(base_url=self.base_url, headers=headers)
                self.answered[answer.status_code] += 1
                case.validate_response(answer, checks=CHECKS)

            try:
                all_is_well()
            except Unsatisfiable:
                pass  # nothing about it can be wrong
            except BaseException as error:
                self.wrong.append("".join(traceback.format_exception_only(error)))


def _aimed(case: Case[Any], item: Json | None) -> None:
    """At an item that is there, and at years and editions that no other test counts on."""
    if item is not None and case.path_parameters and "item_id" in case.path_parameters:
        case.path_parameters["item_id"] = item["id"]
    year = (case.path_parameters or {}).get("year")
    if case.method == "PUT" and isinstance(year, int):
        case.path_parameters["year"] = 2090 + year % 10
    if isinstance(case.body, dict) and isinstance(on := case.body.get("effective_on"), str):
        try:
            known = date.fromisoformat(on)
        except ValueError:
            return
        later = date(2093, 1, 1) + timedelta(days=known.toordinal() % 2000)
        case.body["effective_on"] = later.isoformat()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("role", "unit"), [(Role.OFFICE, None), (Role.UNIT, "ZJJ"), (Role.ADMIN, None)]
)
async def test_whatever_is_sent_is_answered_as_described(
    desk: People, stack: Stack, database: Database, role: Role, unit: str | None
) -> None:
    schema = schemathesis.openapi.from_dict(await described(desk, stack))
    person = await somebody(desk, database, role, unit)
    prober = Prober(base_url=stack.api_url)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        # What was sent before may have signed the person out.
        prober.token = (await person.tokens())["access_token"]
        item = await desk.issue(directive()) if "{item_id}" in operation.path else None
        await asyncio.to_thread(prober.probe, operation, item)
    assert prober.wrong == []
    answered = {200, 400, 403, 404, 422} | (set() if role is Role.ADMIN else {409})
    assert answered <= prober.answered.keys()
    assert not {status for status in prober.answered if status >= 500}
