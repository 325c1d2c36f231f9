"""The desk of each: what waits for him, and nothing that does not."""

from typing import Any

from tests.people import People, days_ahead, directive, ordinary


async def on_desk(desk: People, who: str) -> dict[str, set[str]]:
    """The ids in each list of somebody's desk."""
    found = (await desk.get(who, "/desk", most=200)).json()
    for group in found["groups"]:
        listed = await desk.get(who, "/items", limit=200, **group["filters"])
        assert listed.status_code == 200, listed.text
        ids = {item["id"] for item in listed.json()["items"]}
        assert {item["id"] for item in group["items"]} <= ids
        assert group["count"] >= len(group["items"])
    return {group["key"]: {item["id"] for item in group["items"]} for group in found["groups"]}


async def done(desk: People, who: str, item: Any, act: str, **body: Any) -> None:
    answer = await desk.post(who, f"/items/{item['id']}/{act}", body)
    assert answer.status_code == 200, answer.text


async def test_an_item_lies_where_somebody_has_to_act(desk: People) -> None:
    item = await desk.issue(directive())
    assert item["id"] in (await on_desk(desk, "zjj"))["receipt"]
    await done(desk, "zjj", item, "receipt")
    assert item["id"] in (await on_desk(desk, "zjj"))["working"]
    await done(desk, "zjj", item, "extension", reason="流标。", new_due_on=days_ahead(60))
    assert item["id"] in (await on_desk(desk, "deputy"))["opinion"]
    assert item["id"] in (await on_desk(desk, "office"))["decision"]
    await done(desk, "deputy", item, "extension/opinion", supports=True, comment="同意。")
    assert item["id"] not in (await on_desk(desk, "deputy"))["opinion"]
    await done(desk, "chief", item, "extension/decision", approved=True, comment="同意。")
    asked = {"problem": "管线", "tried": "三次", "asked": "请协调", "major": True}
    await done(desk, "zjj", item, "coordination", **asked)
    assert item["id"] in (await on_desk(desk, "deputy"))["coordination"]
    await done(
        desk, "deputy", item, "coordination/answer", outcome="unresolved", opinion="报区长。"
    )
    await done(desk, "zjj", item, "coordination", **asked, level="chief")
    assert item["id"] in (await on_desk(desk, "chief"))["chief"]
    await done(desk, "chief", item, "coordination/answer", outcome="resolved", opinion="照办。")
    await done(desk, "zjj", item, "feedback", text="已办结。", final=True)
    assert item["id"] in (await on_desk(desk, "deputy"))["sign_off"]
    await done(desk, "deputy", item, "sign-off", approved=True, comment="同意。")
    assert item["id"] in (await on_desk(desk, "office"))["review"]
    await done(desk, "office", item, "review", accepted=True, comment="属实。")
    for who in ("office", "zjj", "deputy", "chief"):
        assert not any(item["id"] in ids for ids in (await on_desk(desk, who)).values()), who


async def test_who_only_joins_in_has_nothing_to_receive(desk: People) -> None:
    item = await desk.issue(ordinary(co_units=["JTJ"]))
    assert item["id"] in (await on_desk(desk, "zjj"))["receipt"]
    assert item["id"] not in (await on_desk(desk, "jtj"))["receipt"]
