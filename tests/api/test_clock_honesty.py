"""Whose time is whose, that late is late for ever, and that no date hides the one before it."""

from datetime import datetime, timedelta

from tests.people import Json, People, dated, days_ahead

DAY = 24 * 3600
SIGNED = {"approved": True, "comment": "同意"}
RESULT = {"text": "已完成", "final": True}


def result_clock(item: Json) -> Json:
    """The limit for the result."""
    found: Json = item["clocks"][0]
    return found


def due(item: Json) -> datetime:
    """The last second of the limit."""
    return datetime.fromisoformat(item["due_at"])


async def listed(desk: People, item: Json, **filters: object) -> Json | None:
    """The item as a list shows it, or ``None``."""
    page = await desk.get("zjj", "/items", q=item["number"], **filters)
    return next((head for head in page.json()["items"] if head["id"] == item["id"]), None)


async def test_the_leaders_and_the_offices_time_are_not_the_units(desk: People) -> None:
    item = await desk.issue(dated())
    await desk.act("zjj", item, "receipt")
    await desk.forward(item, days=3)
    await desk.act("zjj", item, "feedback", **RESULT)
    await desk.forward(item, days=5)
    await desk.act("deputy", item, "sign-off", **SIGNED)
    await desk.forward(item, days=2)
    await desk.act("office", item, "review", accepted=False, comment="漏项")
    await desk.forward(item, days=1)
    item = await desk.act("zjj", item, "feedback", **RESULT)
    ledger = {holder: round(seconds / DAY, 1) for holder, seconds in item["time_ledger"].items()}
    others = {"suspended": 0.0, "approver": 0.0}
    assert ledger == {"unit": 4.0, "deputy": 5.0, "office": 2.0, **others}
    assert (item["holder"], item["returns"]) == ("deputy", 1)


async def test_time_put_off_is_nobodys(desk: People) -> None:
    item = await desk.issue(dated())
    await desk.act("zjj", item, "receipt")
    await desk.act("office", item, "suspension", reason="政策调整")
    await desk.forward(item, days=7)
    item = await desk.act("office", item, "resumption", reason="新规已发")
    assert round(item["time_ledger"]["suspended"] / DAY, 1) == 7.0
    assert item["time_ledger"]["unit"] < DAY / 24


async def test_a_leaders_delay_does_not_make_the_unit_late(desk: People) -> None:
    """O6: handed in whole working days before the limit, signed after it."""
    item = await desk.issue(dated(due_on=days_ahead(12)))
    await desk.act("zjj", item, "receipt")
    item = await desk.act("zjj", item, "feedback", **RESULT)
    handed_in = item["as_of"]
    item = await desk.forward_to(item, due(item) + timedelta(hours=10))
    assert (item["lapsed"], item["overdue"], item["escalation"]) == (False, False, "none")
    assert "leader_waiting" in {n["rung"] for n in await desk.inbox("deputy", item)}
    assert "leader_waiting" in {n["rung"] for n in await desk.inbox("office", item)}
    item = await desk.act("deputy", item, "sign-off", **SIGNED)
    assert (item["status"], item["lapsed"]) == ("awaiting_review", False)
    assert result_clock(item)["stopped_at"] == handed_in
    item = await desk.act("office", item, "review", accepted=True, comment="属实")
    assert (item["status"], item["lapsed"]) == ("closed", False)
    assert "按期办结" in (await desk.timeline(item))[-1]["summary"]


async def test_what_the_leader_sends_back_after_the_limit_lapses_then(desk: People) -> None:
    item = await desk.issue(dated(due_on=days_ahead(12)))
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "feedback", **RESULT)
    item = await desk.forward_to(item, due(item) + timedelta(hours=10))
    assert not item["lapsed"]
    item = await desk.act("deputy", item, "sign-off", approved=False, comment="不实")
    assert (item["status"], item["lapsed"], item["escalation"]) == ("in_progress", True, "deputy")


async def test_handed_in_on_the_last_day_the_signature_counts(desk: People) -> None:
    item = await desk.issue(dated(due_on=days_ahead(12)))
    await desk.act("zjj", item, "receipt")
    item = await desk.forward_to(item, due(item) - timedelta(hours=6))
    await desk.act("zjj", item, "feedback", **RESULT)
    item = await desk.forward_to(item, due(item) + timedelta(hours=1))
    assert (item["status"], item["lapsed"], item["lamp"]) == ("awaiting_sign_off", True, "red")
    item = await desk.act("deputy", item, "sign-off", **SIGNED)
    item = await desk.act("office", item, "review", accepted=True, comment="属实")
    assert (item["status"], item["lapsed"]) == ("closed", True)
    assert "逾期办结" in (await desk.timeline(item))[-1]["summary"]


async def test_a_date_moved_after_the_limit_does_not_undo_the_lapse(desk: People) -> None:
    item = await desk.issue(dated(due_on=days_ahead(12)))
    first, moved = item["due_at"], days_ahead(40)
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "extension", reason="流标", new_due_on=moved)
    await desk.act("deputy", item, "extension/opinion", supports=True, comment="同意")
    item = await desk.forward_to(item, due(item) + timedelta(hours=10))
    assert (item["lapsed"], item["overdue"]) == (True, True)
    item = await desk.act("office", item, "extension/decision", approved=True, comment="同意")
    assert (item["due_on"], item["overdue"], item["lapsed"]) == (moved, False, True)
    assert item["escalation"] == "none"
    clock = result_clock(item)
    assert (clock["lapsed"], clock["original_due_at"], clock["due_version"]) == (True, first, 2)
    assert await listed(desk, item, lapsed=True)
    assert await listed(desk, item, lapsed=False) is None

    await desk.act("zjj", item, "feedback", **RESULT)
    await desk.act("deputy", item, "sign-off", **SIGNED)
    item = await desk.act("office", item, "review", accepted=True, comment="属实")
    assert (item["status"], item["lapsed"], item["lamp"]) == ("closed", True, "grey")
    assert await listed(desk, item, lapsed=True)


async def test_the_original_date_stands_beside_the_moved_one_everywhere(desk: People) -> None:
    item = await desk.issue(dated())
    first = item["due_at"]
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "coordination", problem="难", tried="试过", asked="请协调")
    moved = days_ahead(80)
    item = await desk.act(
        "deputy", item, "coordination/answer", outcome="resolved", opinion="可", new_due_on=moved
    )
    state = (await desk.get("zjj", f"/items/{item['id']}/state")).json()
    head = await listed(desk, item)
    for shown in (item, await desk.read(item, "zjj"), state, head):
        assert shown is not None
        assert (shown["due_on"], shown["original_due_at"]) == (moved, first)
    clocks = (await desk.get("zjj", f"/items/{item['id']}/clocks")).json()["items"]
    assert (clocks[0]["due_on"], clocks[0]["original_due_at"]) == (moved, first)
    assert clocks[0]["moved_because"] == "区政府分管领导答复"
    assert "原期限保留" in (await desk.timeline(item))[-1]["summary"]


async def test_the_state_is_the_record(desk: People) -> None:
    """Read from the workflow or from the row, open or closed, an item is the same."""
    item = await desk.issue(dated(original_text="从速办理"))
    await desk.act("zjj", item, "receipt")
    for route, who, body in (
        ("feedback", "zjj", RESULT),
        ("sign-off", "deputy", SIGNED),
        ("review", "office", {"accepted": True, "comment": "属实"}),
    ):
        await desk.act(who, item, route, **body)
        live = (await desk.get("chief", f"/items/{item['id']}/state")).json()
        row = await desk.read(item, "chief")
        for shown in (live, row):
            shown.pop("time_ledger")  # it runs on
        assert live == row
