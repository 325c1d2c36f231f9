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

from domain.items import OfficePost, Role
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


def bounded(examples: int) -> settings:
    """So many examples, the same in every run."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


Kind = tuple[Role, str | None, OfficePost | None]
HEAD: Kind = (Role.OFFICE, None, None)
OTHERS: tuple[Kind, ...] = (
    (Role.UNIT, "ZJJ", None),
    (Role.ADMIN, None, None),
    (Role.OFFICE, None, OfficePost.STAFF),
    (Role.DEPUTY, None, None),
    (Role.CHIEF, None, None),
    (Role.INSPECTOR, None, None),
    (Role.THIRD_PARTY, None, None),
)
EXAMPLES = 2
"""How many requests of each sort a route gets. To make them up takes longer than to answer them:
the first is sent by everybody, the others by the head, whom most routes let pass."""


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
    """Sends what is generated, and keeps what was answered wrongly. ``tokens`` are the head's, and
    those of everybody else."""

    base_url: str
    tokens: list[str] = field(default_factory=list)
    answered: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def probe(self, operation: APIOperation[Any, Any, Any, Any], item: Json | None) -> None:
        """Requests that fit the description, and requests that do not."""
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                self._probe(operation, mode, item)
            except Unsatisfiable:
                pass  # nothing about it can be wrong
            except BaseException as error:
                self.wrong.append("".join(traceback.format_exception_only(error)))

    def _probe(
        self, operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, item: Json | None
    ) -> None:
        senders = self.tokens

        @bounded(EXAMPLES)
        @given(case=operation.as_strategy(generation_mode=mode))
        def all_is_well(case: Case[Any]) -> None:
            nonlocal senders
            _aimed(case, item)
            for token in senders:
                headers = {"Authorization": f"Bearer {token}"}
                answer = case.call(base_url=self.base_url, headers=headers)
                self.answered[answer.status_code] += 1
                case.validate_response(answer, checks=CHECKS)
            senders = self.tokens[:1]

        all_is_well()


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


@pytest.mark.timeout(400)
async def test_whatever_is_sent_is_answered_as_described(
    desk: People, stack: Stack, database: Database
) -> None:
    schema = schemathesis.openapi.from_dict(await described(desk, stack))
    people = [await somebody(desk, database, *kind) for kind in (HEAD, *OTHERS)]
    tokens = {person.username: await person.tokens() for person in people}
    prober = Prober(base_url=stack.api_url)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        for person in people:
            # What was sent before may have signed him out.
            if not await person.works(tokens[person.username]):
                tokens[person.username] = await person.tokens()
        prober.tokens = [tokens[person.username]["access_token"] for person in people]
        item = await desk.issue(directive()) if "{item_id}" in operation.path else None
        await asyncio.to_thread(prober.probe, operation, item)
    assert prober.wrong == []
    assert {200, 400, 403, 404, 409, 422} <= prober.answered.keys()
    assert not {status for status in prober.answered if status >= 500}
