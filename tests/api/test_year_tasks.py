"""Year-round tasks and milestones over the API (五(二), 五(四))."""

from datetime import date, datetime
from typing import Any

from domain.items import Json
from tests.people import ZONE, People, ordinary

YEAR = datetime.now(ZONE).year + 1
REPORT: Json = {"text": "已完成。", "final": True}


def task(**changed: Any) -> Json:
    """The body of a year-round task of the coming year."""
    body = ordinary(kind="year_round", category="A2", cycle="month", year=YEAR)
    return {**body, **changed}


async def test_a_task_answers_its_slots_and_its_year_end(desk: People) -> None:
    item = await desk.issue(task(targets=[{"name": "投资额", "unit": "亿元", "target": 120}]))
    assert (item["kind"], item["kind_name"], item["cycle"]) == ("year_round", "全年任务", "month")
    assert [part["name"] for part in item["parts"]][:2] == ["1月调度报告", "2月调度报告"]
    assert len(item["parts"]) == 12
    assert {part["state"] for part in item["parts"]} == {"planned"}
    assert date.fromisoformat(item["due_on"]).month == 12
    (clock,) = (clock for clock in item["clocks"] if clock["rule"] == "year_end")
    assert clock["derivation"]
    assert item["targets"][0]["actual"] is None
    assert item["next_alarm"] == "签收到期"
    shown = (await desk.get("office", f"/items/{item['id']}/state")).json()
    assert shown["parts"] == item["parts"]
    found = (await desk.get("office", "/items", kind="year_round", limit=200)).json()["items"]
    assert item["id"] in {one["id"] for one in found}


async def test_a_slot_opens_is_reported_and_its_figures_count(desk: People) -> None:
    targets = [{"name": "投资额", "unit": "亿元", "target": 100}]
    item = await desk.issue(task(cycle="quarter", targets=targets))
    await desk.act("zjj", item, "receipt")
    opens_at = datetime.fromisoformat(item["parts"][0]["opens_at"])
    await desk.clock.forward_to(f"year-{item['id']}", opens_at)
    row = await desk.until(item, lambda row: row["parts"][0]["state"] == "open")
    slot = {"id": row["parts"][0]["item_id"]}
    while (await desk.get("zjj", f"/items/{slot['id']}")).status_code != 200:
        pass
    seen = await desk.read(slot, "zjj")
    assert (seen["kind"], seen["status"], seen["parent_id"]) == ("slot", "in_progress", item["id"])
    assert seen["number"] == f"{row['number']}-1"
    assert seen["period"]["key"] == "quarter-1"
    wrong = {"text": "进展。", "actuals": [{"name": "产值", "value": 1}]}
    answer = await desk.post("zjj", f"/items/{slot['id']}/feedback", wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_target")
    figures = [{"name": "投资额", "value": 5.5}]
    done = await desk.act("zjj", slot, "feedback", text="一季度进展。", actuals=figures)
    assert done["status"] == "closed"
    row = await desk.until(item, lambda row: row["parts"][0]["state"] == "closed")
    (target,) = row["targets"]
    assert (target["actual"], target["completion"], target["expected"]) == (5.5, 5.5, 25.0)
    assert row["lamp"] == "yellow"
    answer = await desk.get("office", "/items", parent_id=item["id"])
    assert [one["id"] for one in answer.json()["items"]] == [slot["id"]]
    listed = (await desk.get("office", "/items", slots=False, limit=200)).json()["items"]
    assert slot["id"] not in {one["id"] for one in listed}


async def test_orders_of_a_task_are_on_its_timeline(desk: People) -> None:
    item = await desk.issue(task())
    await desk.act("zjj", item, "receipt")
    july = f"{YEAR}-07-01"
    changed = await desk.act("office", item, "cycle", cycle="week", from_on=july, reason="攻坚。")
    weeks = [part for part in changed["parts"] if part["key"].startswith("week")]
    assert weeks
    assert min(part["due_on"] for part in weeks) >= july
    assert changed["cycle"] == "week"
    moved = await desk.act(
        "office", item, "unit", new_lead_unit="区交通运输局", from_on=july, reason="划转。"
    )
    assert {p["unit"] for p in moved["parts"] if p["state"] == "planned"} == {"ZJJ", "JTJ"}
    over = await desk.act(
        "office", item, "carry-over", new_due_on=f"{YEAR + 1}-06-30", reason="跨年。"
    )
    assert over["crossed"]
    ended = await desk.act("office", item, "early-end", reason="目标已完成。")
    assert "planned" not in {part["state"] for part in ended["parts"]}
    entries = (await desk.timeline(item))[-4:]
    assert [entry["act"] for entry in entries] == [
        "change_cycle",
        "change_unit",
        "carry_over",
        "end_early",
    ]
    assert {entry["actor"]["username"] for entry in entries} == {"office"}
    assert "攻坚" in entries[0]["summary"]
    assert entries[0]["changed"]["cycle"] == ["month", "week"]


async def test_what_cannot_be_issued(desk: People) -> None:
    for body, code in (
        (task(cycle=None), "cycle_required"),
        (task(due_on=f"{YEAR}-06-30"), "not_for_year_round"),
        (task(year=YEAR + 1), "bad_year"),
        (ordinary(cycle="month"), "only_year_round"),
        (ordinary(kind="milestones"), "milestones_required"),
        (ordinary(kind="slot"), "invalid_field"),
    ):
        answer = await desk.post("office", "/items", body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), body


async def test_milestones_each_judged_by_itself(desk: People) -> None:
    nodes = [
        {"name": "竣工", "due_on": f"{YEAR}-10-29", "output": "验收报告"},
        {"name": "招标", "due_on": f"{YEAR}-03-30", "unit": "区交通运输局"},
    ]
    item = await desk.issue(ordinary(kind="milestones", milestones=nodes))
    assert [node["name"] for node in item["milestones"]] == ["招标", "竣工"]
    assert (item["due_on"], item["co_units"]) == (f"{YEAR}-10-29", ["JTJ"])
    await desk.act("zjj", item, "receipt")
    done = await desk.act("jtj", item, "feedback", text="已招标。", milestone="招标")
    assert done["milestones"][0]["met_at"]
    assert await desk.refused("jtj", item, "feedback", text="进展。") == (403, "not_your_unit")
    orders = [{"name": "交付", "due_on": f"{YEAR}-12-20", "unit": "JTJ"}]
    moved = await desk.act("office", item, "milestones", milestones=orders, reason="增加节点。")
    assert [node["name"] for node in moved["milestones"]] == ["招标", "竣工", "交付"]
    assert moved["due_on"] == f"{YEAR}-12-20"
    assert moved["original_due_at"].startswith(f"{YEAR}-10-29")
    bad = [{"name": "验收", "due_on": f"{YEAR}-12-20", "unit": "无此单位"}]
    assert await desk.refused("office", item, "milestones", milestones=bad, reason="增加。") == (
        422,
        "unknown_unit",
    )


async def test_statistics_say_why_a_parent_waits(desk: People) -> None:
    before = (await desk.get("office", "/stats")).json()["total"]
    parent = await desk.issue()
    part = {"parts": [{"title": "一项", "lead_unit": "JTJ"}]}
    await desk.post("office", f"/items/{parent['id']}/parts", part)
    await desk.act("zjj", parent, "receipt")
    await desk.act("zjj", parent, "feedback", **REPORT)
    await desk.act("deputy", parent, "sign-off", approved=True, comment="同意。")
    after = (await desk.get("office", "/stats")).json()["total"]
    assert after["waiting_for_parts"] == before["waiting_for_parts"] + 1
    assert after["issued"] == before["issued"] + 2
