"""One item from issue to striking-off, as its people meet it."""

from datetime import datetime, timedelta

from tests.people import People, directive


async def test_an_ordinary_item_is_done_on_time(desk: People) -> None:
    item = await desk.issue()
    assert item["status"] == "issued"
    assert item["number"]
    assert {clock["rule"] for clock in item["clocks"]} == {"ordinary_result", "receipt"}
    assert item["clocks"][0]["derivation"][0]["counted"] == 0

    item = await desk.act("zjj", item, "receipt")
    assert item["status"] == "in_progress"
    item = await desk.act("zjj", item, "feedback", text="已完成", final=True)
    assert (item["status"], item["holder"]) == ("awaiting_sign_off", "deputy")
    assert await desk.refused("office", item, "review", accepted=True, comment="同意") == (
        409,
        "sign_off_required",
    )
    item = await desk.act("deputy", item, "sign-off", approved=True, comment="同意")
    assert item["status"] == "awaiting_review"
    item = await desk.act("office", item, "review", accepted=True, comment="属实")
    assert (item["status"], item["lapsed"], item["lamp"]) == ("closed", False, "grey")
    assert await desk.refused("office", item, "reminders", form="phone", to="李强", said="催") == (
        409,
        "closed",
    )
    acts = [entry["act"] for entry in await desk.timeline(item)]
    assert acts == ["issue", "receive", "submit_feedback", "sign_off", "review"]


async def test_a_missed_directive_climbs_the_ladder_and_stays_late(desk: People) -> None:
    item = await desk.issue(directive())
    await desk.act("zjj", item, "receipt")
    result = next(c for c in item["clocks"] if c["key"] == "result")
    due = datetime.fromisoformat(result["due_at"])
    item = await desk.forward_to(item, due + timedelta(hours=10))
    assert (item["lapsed"], item["escalation"], item["lamp"]) == (True, "deputy", "red")
    later = (due + timedelta(days=9)).date().isoformat()
    assert await desk.refused("zjj", item, "extension", reason="难", new_due_on=later) == (
        409,
        "too_late_for_extension",
    )
    await desk.act("zjj", item, "delay-explanation", reason="难", next_step="加班")
    item = await desk.forward(item, days=14)
    assert item["escalation"] == "chief"
    item = await desk.act("zjj", item, "feedback", text="办结", final=True)
    item = await desk.act("deputy", item, "sign-off", approved=True, comment="同意")
    item = await desk.act("office", item, "review", accepted=True, comment="属实")
    assert (item["status"], item["lapsed"]) == ("closed", True)
    inbox = (await desk.get("chief", "/inbox")).json()["items"]
    assert any(notice["item_id"] == item["id"] and notice["rung"] == "chief" for notice in inbox)
