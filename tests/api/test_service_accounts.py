"""Machines: what their scopes open and nothing else; they never sign for a person."""

import uuid
from typing import Any

import httpx
import pytest

from api.scopes import OPEN_TO_MACHINES, SCOPE_OF, scopes_allow
from domain.acts import ACTS
from domain.machines import ACTS_BY_MACHINES, SCOPES
from embedded import Stack
from tests.api.accounts import bearing, earlier
from tests.people import Json, People, days_ahead, ordinary


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def body(**changed: Any) -> Json:
    name = f"svc-{uuid.uuid4().hex[:12]}"
    scopes = ["items:read"]
    return {"client_id": name, "name": "办公系统", "role": "office", "scopes": scopes, **changed}


async def machine(desk: People, **changed: Any) -> Json:
    """A service account as answered, once."""
    answer = await desk.post("admin", "/service-accounts", body(**changed))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def sign_in(desk: People, account: Json, **changed: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": account["client_id"],
        "client_secret": account["client_secret"],
        **changed,
    }
    return await desk.client.post("/auth/token", data=form)


async def token(desk: People, account: Json) -> str:
    answer = await sign_in(desk, account)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def test_a_machine_signs_in_with_its_secret(desk: People) -> None:
    account = await machine(desk, scopes=["items:write", "items:read"])
    answer = (await sign_in(desk, account)).json()
    assert (answer["token_type"], answer["scope"]) == ("bearer", "items:read items:write")
    assert answer["refresh_token"] is None
    me = (await bearing(desk, answer["access_token"], "GET", "/me")).json()
    assert (me["username"], me["name"], me["role"]) == (account["client_id"], "办公系统", "office")
    assert code(await sign_in(desk, account, client_secret="wrong")) == (401, "bad_credentials")
    form = {"username": account["client_id"], "password": account["client_secret"]}
    assert code(await desk.client.post("/auth/token", data=form)) == (401, "bad_credentials")
    form = {"grant_type": "client_credentials", "client_id": account["client_id"]}
    assert code(await desk.client.post("/auth/token", data=form)) == (422, "missing_field")


async def test_a_machine_may_send_its_secret_as_http_basic(desk: People) -> None:
    account = await machine(desk)
    form = {"grant_type": "client_credentials"}
    basic = (account["client_id"], account["client_secret"])
    answer = await desk.client.post("/auth/token", data=form, auth=basic)
    assert answer.status_code == 200, answer.text
    for wrong in ("Basic", "Basic !", "Basic 5L2g", "Bearer x", "Basic ////"):
        headers = {"Authorization": wrong}
        answer = await desk.client.post("/auth/token", data=form, headers=headers)
        assert answer.status_code in {401, 422}, wrong


async def test_the_secret_is_shown_once(desk: People) -> None:
    account = await machine(desk)
    listed = await desk.get("admin", "/service-accounts")
    assert account["client_secret"] not in listed.text
    entry = next(e for e in listed.json()["items"] if e["client_id"] == account["client_id"])
    assert entry == {**account, "client_secret": None}
    assert (entry["created_by"], entry["usable"]) == ("admin", True)


async def test_outside_its_scopes_a_machine_is_refused(desk: People) -> None:
    item = await desk.issue()
    reader = await token(desk, await machine(desk))
    assert (await bearing(desk, reader, "GET", f"/items/{item['id']}")).status_code == 200
    for method, path in (
        ("POST", "/items"),
        ("POST", f"/items/{item['id']}/reminders"),
        ("POST", f"/items/{item['id']}/review"),
        ("GET", "/inbox"),
        ("GET", "/stats"),
        ("GET", "/units"),
        ("GET", "/drift"),
        ("GET", "/users"),
        ("POST", "/codec/decode"),
        ("GET", "/auth/sessions"),
        ("POST", "/auth/password"),
    ):
        assert code(await bearing(desk, reader, method, path)) == (403, "scope_missing"), path


async def test_within_its_scopes_a_machine_acts_as_its_role(desk: People) -> None:
    writer = await token(desk, await machine(desk, scopes=["items:write", "acts:remind"]))
    issued = await bearing(desk, writer, "POST", "/items", json=ordinary())
    assert issued.status_code == 201, issued.text
    said = {"form": "phone", "to": "李强", "said": "请反馈。"}
    where = f"/items/{issued.json()['id']}"
    assert (await bearing(desk, writer, "POST", f"{where}/reminders", json=said)).status_code == 200
    assert code(await bearing(desk, writer, "GET", where)) == (403, "scope_missing")
    unit = await machine(desk, role="unit", unit="ZJJ", scopes=["acts:receive", "items:read"])
    theirs = await token(desk, unit)
    received = await bearing(desk, theirs, "POST", f"{where}/receipt", json={})
    assert received.status_code == 200, received.text
    elsewhere = await desk.issue(lead_unit="MZJ")
    hidden = await bearing(desk, theirs, "GET", f"/items/{elsewhere['id']}")
    assert code(hidden) == (404, "not_found")


async def test_a_refused_machine_is_named_in_the_audit(desk: People) -> None:
    account = await machine(desk)
    refused = await bearing(desk, await token(desk, account), "GET", "/users")
    assert code(refused) == (403, "scope_missing")
    kept = await desk.get("office", "/audit", username=account["client_id"])
    assert [entry["code"] for entry in kept.json()["items"]] == ["scope_missing"]


async def test_a_machine_of_the_office_is_not_its_head(desk: People) -> None:
    reader = await token(desk, await machine(desk, scopes=["items:read"]))
    item = await desk.issue(original_text="从速办理。")
    await desk.act("office", item, "reminders", form="covert", to="工地", said="无人值守")
    where = f"/items/{item['id']}"
    for path in (where, f"{where}/state"):
        read = await bearing(desk, reader, "GET", path)
        assert (read.status_code, read.json()["original_text"]) == (200, None)
    timeline = await bearing(desk, reader, "GET", f"{where}/timeline")
    assert "暗访" not in timeline.text


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"role": "deputy"}, "role_not_for_machines"),
        ({"role": "chief"}, "role_not_for_machines"),
        ({"scopes": []}, "scope_required"),
        ({"scopes": ["items:all"]}, "unknown_scope"),
        ({"scopes": ["acts:nothing"]}, "unknown_scope"),
        ({"scopes": ["acts:sign_off"]}, "scope_not_for_machines"),
        ({"scopes": ["acts:review"]}, "scope_not_for_machines"),
        ({"scopes": ["acts:confirm_act"]}, "scope_not_for_machines"),
        ({"scopes": ["acts:receive"]}, "scope_not_for_role"),
        ({"role": "unit"}, "unit_required"),
        ({"unit": "ZJJ"}, "unit_not_applicable"),
        ({"client_id": "office"}, "bad_client_id"),
        ({"client_id": "svc-督办"}, "bad_client_id"),
        ({"name": ""}, "bad_name"),
        ({"expires_at": "2020-01-01T00:00:00+08:00"}, "already_expired"),
    ],
)
async def test_a_service_account_that_cannot_be(desk: People, changed: Json, refused: str) -> None:
    answer = await desk.post("admin", "/service-accounts", body(**changed))
    assert code(answer) == (422, refused)


async def test_a_machine_ends_when_it_is_revoked_or_its_time_is_over(
    desk: People, stack: Stack
) -> None:
    revoked = await machine(desk)
    held = await token(desk, revoked)
    where = f"/service-accounts/{revoked['client_id']}"
    assert (await desk.send("admin", "DELETE", where)).status_code == 204
    assert code(await bearing(desk, held, "GET", "/me")) == (401, "not_signed_in")
    assert code(await sign_in(desk, revoked)) == (401, "bad_credentials")
    assert code(await desk.send("admin", "DELETE", where)) == (404, "not_found")
    again = await desk.post("admin", "/service-accounts", body(client_id=revoked["client_id"]))
    assert code(again) == (422, "client_id_taken")

    expired = await machine(desk, expires_at=f"{days_ahead(1)}T00:00:00+08:00")
    held = await token(desk, expired)
    which = f"client_id = '{expired['client_id']}'"
    await earlier(stack, "service_accounts", "expires_at", "3 days", which)
    assert code(await bearing(desk, held, "GET", "/me")) == (401, "not_signed_in")
    assert code(await sign_in(desk, expired)) == (401, "bad_credentials")


async def test_a_machine_is_nobody_to_be_told(desk: People) -> None:
    account = await machine(desk)
    users = (await desk.get("admin", "/users")).json()["items"]
    assert account["client_id"] not in {user["username"] for user in users}


async def test_every_scope_opens_a_route_that_is_there(desk: People) -> None:
    schema = (await desk.client.get("/openapi.json")).json()
    there = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in schema["paths"].items()
        for method in methods
    }
    assert set(SCOPE_OF) | set(OPEN_TO_MACHINES) <= there
    assert set(SCOPE_OF.values()) == set(SCOPES)
    for name in ACTS.keys() - set(ACTS_BY_MACHINES):
        route = f"/items/{{item_id}}/{ACTS[name].route}"
        assert not scopes_allow(set(SCOPES), "POST", route), name
