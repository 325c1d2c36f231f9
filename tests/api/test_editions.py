"""Editions of the rules: loaded once, listed with their clauses, and taken up by an open item
only when a person says so (design §3.19)."""

import uuid

from temporalio.client import Client

from tests.people import People, Trace, directive

# Long after every item of these tests, so that nothing else is issued under it.
EDITION = {"effective_on": "2090-01-01", "settings": {"receipt_working_days": 2}}


async def test_an_edition_is_loaded_once_and_never_changed(desk: People) -> None:
    path = "/policies/2090-01"
    loaded = await desk.put("office", path, EDITION)
    assert loaded.status_code == 200
    assert loaded.json()["settings"]["receipt_working_days"] == 2
    assert loaded.json()["settings"]["explanation_working_days"] == 1
    assert "R27" in loaded.json()["clauses"]["receipt_working_days"]
    assert (await desk.put("office", path, EDITION)).json() == loaded.json()
    other = {**EDITION, "settings": {"receipt_working_days": 3}}
    refused = await desk.put("office", path, other)
    assert (refused.status_code, refused.json()["code"]) == (409, "edition_exists")
    assert (await desk.get("zjj", path)).json() == loaded.json()
    editions = [e["edition"] for e in (await desk.get("zjj", "/policies")).json()["items"]]
    assert editions[0] == "2021-07-16"
    assert "2090-01" in editions


async def test_an_edition_must_make_sense(desk: People) -> None:
    for body, code in (
        ({}, "missing_field"),
        ({"effective_on": "2091"}, "invalid_field"),
        ({"effective_on": "2091-01-01", "settings": {"colour": 1}}, "unknown_field"),
        ({"effective_on": "2091-01-01", "settings": {"edition": "x"}}, "invalid_field"),
        ({"effective_on": "2091-01-01", "settings": {"rework_working_days": "3"}}, "invalid_field"),
        ({"effective_on": "2091-01-01", "settings": {"rework_working_days": -1}}, "bad_policy"),
        ({"effective_on": "2091-01-01", "settings": {"reminder_days": [1, 1]}}, "bad_policy"),
        ({"effective_on": "2091-01-01", "settings": {"reminder_time": "\0"}}, "control_character"),
    ):
        answer = await desk.put("office", "/policies/2091-01", body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body
    assert (await desk.get("office", "/policies/2091-01")).status_code == 404


async def test_an_item_takes_up_another_edition_only_when_told(
    desk: People, temporal: Client
) -> None:
    working = {
        "effective_on": "2092-01-01",
        "settings": {"directive_in_working_days": True},
    }
    assert (await desk.put("office", "/policies/2092-01", working)).status_code == 200
    item = await desk.issue(directive())
    assert item["edition"] == "2021-07-16"
    before = await Trace.of(desk, temporal, item)
    for body, expected in (
        ({"edition": "2099-99", "reason": "试行"}, (422, "unknown_edition")),
        ({"edition": "2092-01", "reason": " "}, (422, "blank_text")),
        ({"edition": "2021-07-16", "reason": "不变"}, (409, "same_edition")),
    ):
        assert await desk.refused("office", item, "edition", **body) == expected
    assert await Trace.of(desk, temporal, item) == before
    first = item["due_at"]
    key, path = str(uuid.uuid4()), f"/items/{item['id']}/edition"
    body = {"edition": "2092-01", "reason": "按新规试行"}
    answers = [await desk.post("office", path, body, key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    other = await desk.post("office", path, {**body, "reason": "另一理由"}, key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")
    item = answers[-1].json()
    assert (item["edition"], item["original_due_at"]) == ("2092-01", first)
    clock = item["clocks"][0]
    assert (clock["day_kind"], clock["derivation"][-1]["counted"]) == ("working", 5)
    entry = (await desk.timeline(item))[-1]
    assert (entry["act"], entry["actor"]["username"]) == ("change_edition", "office")
    assert "按新规试行" in entry["summary"]
    assert entry["seq"] == 2
    await desk.act("chief", item, "termination", reason="不再办理")
    again = await desk.post("office", path, body, key)
    assert (again.status_code, again.json()["status"]) == (200, "terminated")
    assert await desk.refused("office", item, "edition", **body) == (409, "terminated")
