"""Who sees what, and who may do what: what is not there for somebody answers as if it did not
exist, and a covert check leaves nothing for the unit to see."""

import re
import uuid
from typing import Any

import httpx
import pytest
import pytest_asyncio
from temporalio.client import Client

from api.guide import EXAMPLES
from domain.acts import ACTS
from tests.people import Json, People, Trace, dated, directive, ordinary
from workflows.ids import workflow_id

EVERYBODY = ("office", "zjj", "jtj", "mzj", "deputy", "deputy2", "chief", "admin")


@pytest_asyncio.fixture(scope="session")
async def joint(desk: People) -> Json:
    """An item of two units: 住建局 leads, 交通局 helps."""
    return await desk.issue(
        directive(co_units=["区交通运输局"], original_text="从速办理，月底报我。")
    )


async def test_an_item_exists_for_its_units_their_leaders_the_office_and_the_chief(
    desk: People, joint: Json
) -> None:
    seeing = {who: (await desk.get(who, f"/items/{joint['id']}")).status_code for who in EVERYBODY}
    assert seeing == {
        "office": 200,
        "zjj": 200,
        "jtj": 200,
        "mzj": 404,
        "deputy": 200,
        "deputy2": 200,
        "chief": 200,
        "admin": 404,
    }
    for who, status in seeing.items():
        page = (await desk.get(who, "/items", q=joint["number"], limit=200)).json()
        assert (joint["id"] in {item["id"] for item in page["items"]}) is (status == 200)


async def test_an_item_of_another_unit_is_not_there(desk: People) -> None:
    item = await desk.issue(lead_unit="MZJ")
    for who in ("zjj", "jtj", "deputy", "admin"):
        assert (await desk.get(who, f"/items/{item['id']}")).status_code == 404
    assert (await desk.read(item, "deputy2"))["id"] == item["id"]


def _routes(schema: Json) -> list[tuple[str, str]]:
    """Every route of an item."""
    return [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in schema["paths"].items()
        for method in methods
        if "{item_id}" in path
    ]


def _seen(answer: httpx.Response, item_id: str) -> tuple[int, dict[str, str], bytes]:
    """All that can be told of an answer but the time, the item's own id taken out."""
    headers = {name: text for name, text in answer.headers.items() if name != "date"}
    return answer.status_code, headers, answer.content.replace(item_id.encode(), b"ID")


@pytest.mark.parametrize("who", ["mzj", "admin", "zjj"])
async def test_an_invisible_item_answers_like_a_missing_one_byte_for_byte(
    desk: People, temporal: Client, who: str
) -> None:
    item = await desk.issue(lead_unit="JTJ")
    before = await Trace.of(desk, temporal, item)
    routes = _routes((await desk.get(who, "/openapi.json")).json())
    assert len(routes) >= len(ACTS) + 5
    names = {f"/items/{{item_id}}/{spec.route}": name for name, spec in ACTS.items()}
    bodies: list[Any] = [{}, {"colour": "red"}, []]
    for method, path in routes:
        given = bodies if method == "POST" else [None]
        if path in names:
            given = [EXAMPLES[names[path]], *given]
        for body in given:
            key = str(uuid.uuid4())
            answers = []
            for item_id in (item["id"], str(uuid.uuid4())):
                where = path.replace("{item_id}", item_id).replace("{seq}", "1")
                answer = await desk.send(who, method, where, key=key, json=body)
                answers.append(_seen(answer, item_id))
            assert answers[0] == answers[1], (method, path, body)
            assert answers[0][0] in {403, 404, 422}
    assert await Trace.of(desk, temporal, item) == before


async def test_every_act_is_for_some_roles_only(
    desk: People, temporal: Client, joint: Json
) -> None:
    """403 for those who see the item, and no trace of it."""
    before = await Trace.of(desk, temporal, joint)
    may = {
        "office": "office",
        "zjj": "unit",
        "jtj": "another unit",
        "deputy": "deputy",
        "deputy2": "another deputy",
        "chief": "chief",
    }
    tried = 0
    for name, spec in ACTS.items():
        for who, role in may.items():
            if role in spec.roles:
                continue
            another = role.startswith("another") and role.split()[1] in spec.roles
            route = spec.route.format(seq=1)
            refused = await desk.refused(who, joint, route, **EXAMPLES[name])
            assert refused == (403, "not_your_unit" if another else "not_your_role"), (who, route)
            tried += 1
    assert tried > 60
    assert await Trace.of(desk, temporal, joint) == before


async def test_what_is_the_offices_and_the_administrators_is_for_nobody_else(desk: People) -> None:
    calendar = {"year": 2097, "notice": "无权", "rest_days": [], "work_days": []}
    asked: list[tuple[str, str, Any, set[str]]] = [
        ("POST", "/items", ordinary(), {"office"}),
        ("PUT", "/calendar/2097", calendar, {"office", "admin"}),
        ("PUT", "/units/NEW", {"name": "新局"}, {"office", "admin"}),
        ("GET", "/drift", None, {"office", "admin"}),
        ("PUT", "/policies/2097", {"effective_on": "2097-01-01"}, {"office"}),
        ("POST", f"/items/{uuid.uuid4()}/edition", {"edition": "x", "reason": "y"}, {"office"}),
    ]
    for method, path, body, allowed in asked:
        for who in set(EVERYBODY) - allowed:
            answer = await desk.send(who, method, path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role"), path
    assert (await desk.get("office", "/calendar/2097")).json()["provisional"] is True


async def test_the_directives_own_words_are_for_few_and_never_in_lists(
    desk: People, joint: Json
) -> None:
    words = "从速办理，月底报我。"
    reading = {}
    for who in ("office", "zjj", "jtj", "deputy", "deputy2", "chief"):
        item = await desk.read(joint, who)
        state = (await desk.get(who, f"/items/{joint['id']}/state")).json()
        assert state["original_text"] == item["original_text"]
        reading[who] = item["original_text"] == words
        page = await desk.get(who, "/items", q=joint["number"])
        assert words not in page.text
        assert (await desk.get(who, "/items", q=words)).json()["items"] == []
        assert words not in (await desk.get(who, f"/items/{joint['id']}/timeline")).text
        assert words not in (await desk.get(who, "/inbox", limit=200)).text
    assert reading == {
        "office": True,
        "zjj": True,
        "jtj": False,
        "deputy": True,
        "deputy2": False,
        "chief": True,
    }


async def test_a_helping_unit_sees_everything_else(desk: People, joint: Json) -> None:
    item = await desk.read(joint, "jtj")
    assert (item["co_units"], item["content"]) == (["JTJ"], joint["content"])
    assert len((await desk.get("jtj", f"/items/{joint['id']}/clocks")).json()["items"]) == 3
    assert (await desk.timeline(joint, "jtj"))[0]["act"] == "issue"
    assert [notice["rung"] for notice in await desk.inbox("jtj", joint)][-1] == "issue"


async def _all_that_the_unit_sees(desk: People, item: Json, who: str) -> list[Any]:
    """Every view of an item but the time it has taken, which runs on."""
    views = [
        (await desk.get(who, path)).json()
        for path in (
            f"/items/{item['id']}",
            f"/items/{item['id']}/state",
            f"/items/{item['id']}/timeline",
            f"/items/{item['id']}/clocks",
            f"/items?q={item['number']}",
            "/stats",
            f"/stats/lines?figure=open&q={item['number']}",
            "/integrity",
            "/faults",
            "/burden",
            *(f"/burden/lines?unit={unit}&limit=200" for unit in ("ZJJ", "JTJ")),
            *(f"/ledgers/{name}?q={item['number']}" for name in ("items", "reminders")),
            "/inbox?limit=200",
        )
    ]
    for view in views[:2]:
        view.pop("time_ledger")
    return views


@pytest.mark.parametrize("by", ["the API", "a signal", "a signal that is refused"])
async def test_a_covert_check_leaves_nothing_for_the_unit_to_see(
    desk: People, temporal: Client, by: str
) -> None:
    item = await desk.issue(dated(co_units=["JTJ"]))
    await desk.act("zjj", item, "receipt")
    watching = ("zjj", "jtj", "deputy")
    before = {who: await _all_that_the_unit_sees(desk, item, who) for who in watching}
    covert = {"form": "covert", "to": "施工现场", "said": "工地停工，无人值守。"}
    if by == "the API":
        await desk.act("office", item, "reminders", **covert)
    else:
        body = covert if by == "a signal" else {**covert, "form": "secret"}
        await temporal.get_workflow_handle(workflow_id(item["id"])).signal("remind", body)
        await desk.until(item, lambda row: row["seq"] == 3)
    for who in watching:
        assert await _all_that_the_unit_sees(desk, item, who) == before[who]
    for who in ("office", "chief"):
        assert (await desk.timeline(item, who))[-1]["act"] == "remind"
        assert (await desk.read(item, who))["seq"] == 3

    item = await desk.act("zjj", item, "feedback", text="正常施工")
    assert item["seq"] == 3, "the unit's own numbers go on without a gap"
    assert [entry["seq"] for entry in await desk.timeline(item, "zjj")] == [1, 2, 3]
    assert [entry["seq"] for entry in await desk.timeline(item)] == [1, 2, 3, 4]
    assert "暗访" not in (await desk.get("zjj", f"/items/{item['id']}/timeline")).text


async def test_an_open_reminder_is_seen_by_the_unit(desk: People) -> None:
    item = await desk.issue()
    await desk.act("office", item, "reminders", form="onsite", to="工地", said="请加快进度")
    assert (await desk.timeline(item, "zjj"))[-1]["act"] == "remind"
    told = [notice for notice in await desk.inbox("zjj", item) if notice["title"] == "催办"]
    assert re.search("实地督办", told[0]["text"])
