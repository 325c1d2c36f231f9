"""What is kept of requests: refusals, readings of what is restricted, changes of the registers."""

import uuid
from datetime import datetime, timedelta

from tests.people import ZONE, Json, People, dated, directive


async def _kept(desk: People, about: str, **filters: str) -> list[Json]:
    answer = await desk.get("office", "/audit", about=about, **filters)
    assert answer.status_code == 200, answer.text
    return list(reversed(answer.json()["items"]))


async def test_a_refused_act_is_kept(desk: People) -> None:
    item = await desk.issue()
    assert await desk.refused("jtj", item, "receipt") == (404, "not_found")
    assert (await desk.refused("office", item, "receipt"))[1] == "not_your_role"
    assert (await desk.refused("zjj", item, "sign-off", approved=True, comment="x"))[0] == 403
    kept = await _kept(desk, item["id"])
    assert [(k["username"], k["status"], k["code"], k["event"]) for k in kept] == [
        ("jtj", 404, "not_found", "refused"),
        ("office", 403, "not_your_role", "refused"),
        ("zjj", 403, "not_your_role", "refused"),
    ]
    assert kept[0]["method"] == "POST"
    assert kept[0]["route"].endswith("/items/{item_id}/receipt")
    assert kept[0]["address"] == "127.0.0.1"
    assert (await desk.read(item))["seq"] == item["seq"]


async def test_what_is_not_there_is_kept_like_what_is_hidden(desk: People) -> None:
    item, nowhere = await desk.issue(lead_unit="MZJ"), str(uuid.uuid4())
    for item_id in (item["id"], nowhere):
        assert (await desk.get("zjj", f"/items/{item_id}")).status_code == 404
    hidden, missing = [(await _kept(desk, item_id))[0] for item_id in (item["id"], nowhere)]
    different = {"id", "at", "about"}
    assert {k: v for k, v in hidden.items() if k not in different} == {
        k: v for k, v in missing.items() if k not in different
    }


async def test_reading_the_directives_own_words_is_kept(desk: People) -> None:
    item = await desk.issue(directive(original_text="从速办理。", co_units=["JTJ"]))
    plain = await desk.issue()
    for who in ("zjj", "jtj", "office"):
        await desk.read(item, who)
    await desk.read(plain, "zjj")
    kept = await _kept(desk, item["id"])
    assert [(k["username"], k["event"]) for k in kept] == [
        ("zjj", "original_read"),
        ("office", "original_read"),
    ]
    assert kept[0]["event_name"] == "阅读批示原文"
    assert await _kept(desk, plain["id"]) == []
    acted = await desk.act("zjj", item, "receipt")
    assert acted["original_text"] is None, "an act's answer shows it to nobody"


async def test_reading_of_a_covert_check_is_kept(desk: People) -> None:
    item = await desk.issue(dated())
    await desk.act("office", item, "reminders", form="covert", to="工地", said="无人值守。")
    await desk.timeline(item, "chief")
    await desk.timeline(item, "zjj")
    kept = await _kept(desk, item["id"])
    assert [(k["username"], k["event"]) for k in kept] == [("chief", "covert_read")]


async def test_a_change_of_the_registers_is_kept(desk: People) -> None:
    code = f"U-{uuid.uuid4().hex[:8]}"
    await desk.put("admin", f"/units/{code}", {"name": f"单位 {code}"})
    await desk.put("zjj", f"/units/{code}", {"name": f"别的 {code}"})
    kept = await _kept(desk, code)
    assert [(k["username"], k["event"], k["method"], k["status"]) for k in kept] == [
        ("admin", "changed", "PUT", 200),
        ("zjj", "refused", "PUT", 403),
    ]


async def test_the_list_has_filters_and_pages(desk: People) -> None:
    item = await desk.issue()
    for _ in range(3):
        await desk.refused("office", item, "receipt")
    page = (await desk.get("office", "/audit", about=item["id"], limit=2)).json()
    rest = await desk.get("office", "/audit", about=item["id"], limit=2, cursor=page["next_cursor"])
    assert [len(page["items"]), len(rest.json()["items"])] == [2, 1]
    assert rest.json()["next_cursor"] is None
    later = (datetime.now(ZONE) + timedelta(hours=1)).isoformat()
    assert await _kept(desk, item["id"], since=later) == []
    assert len(await _kept(desk, item["id"], until=later)) == 3
    assert await _kept(desk, item["id"], username="zjj") == []
    assert len(await _kept(desk, item["id"], event="refused")) == 3


async def test_an_act_says_what_it_changed(desk: People) -> None:
    item = await desk.issue()
    assert (await desk.timeline(item))[0]["changed"] == {}
    await desk.act("zjj", item, "receipt")
    entry = (await desk.timeline(item))[-1]
    assert entry["changed"] == {"status": ["issued", "in_progress"]}
    await desk.act("zjj", item, "feedback", text="正在办理")
    assert (await desk.timeline(item))[-1]["changed"] == {}


async def test_what_anybody_may_have_refused_fills_no_audit(desk: People) -> None:
    before = (await desk.get("office", "/audit", limit=1)).json()["items"]
    for _ in range(3):
        refused = await desk.send(None, "POST", "/auth/refresh", json={"refresh_token": "junk"})
        assert refused.status_code == 401
    assert (await desk.get("office", "/audit", limit=1)).json()["items"] == before


async def test_a_trial_import_is_no_change(desk: People) -> None:
    table = (await desk.get("office", "/directory/export", format="csv")).content
    before = await _changes(desk)
    sent = {"file": ("名册.csv", table)}
    tried = await desk.send("office", "POST", "/directory/import", files=sent)
    assert tried.status_code == 200, tried.text
    assert await _changes(desk) == before
    done = await desk.send("office", "POST", "/directory/import?commit=true", files=sent)
    assert done.status_code == 200, done.text
    assert len(await _changes(desk)) == len(before) + 1


async def _changes(desk: People) -> list[Json]:
    kept = await desk.get("office", "/audit", event="changed", username="office", limit=200)
    return [entry for entry in kept.json()["items"] if entry["route"].endswith("/import")]


async def test_who_was_given_an_account_is_kept(desk: People) -> None:
    username = f"u-{uuid.uuid4().hex[:8]}"
    body = {"username": username, "name": "新人", "role": "chief"}
    assert (await desk.post("admin", "/users", body)).status_code == 201
    kept = await _kept(desk, username)
    assert [(k["username"], k["event"], k["code"]) for k in kept] == [("admin", "changed", "")]
    assert "password" not in str(kept)
