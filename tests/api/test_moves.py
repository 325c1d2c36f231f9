"""The life of an item as a table (domain.md §4, T5–T23b, T28, T29): what may be done when, by
whom, and that what may not leaves no trace."""

import pytest
from temporalio.client import Client

from tests.people import Json, People, Trace, dated, days_ahead, directive, ordinary

KINDS = {"ordinary": ordinary, "dated": dated, "directive": directive}
STATUSES = (
    "draft",
    "awaiting_approval",
    "issued",
    "in_progress",
    "awaiting_sign_off",
    "awaiting_review",
    "suspended",
    "closed",
    "terminated",
)
# Below each status: "." may be done, anything else is the code of the refusal; one alone holds for
# all four.
TABLE = """
act                 issued              in_progress         awaiting_sign_off   awaiting_review
receipt             .                   already_received    already_received    already_received
plan                not_received        .                   awaiting_sign_off   awaiting_review
feedback            not_received        .                   awaiting_sign_off   awaiting_review
sign-off            not_received        nothing_to_sign     .                   nothing_to_sign
review              sign_off_required   sign_off_required   sign_off_required   .
delay-explanation   .
extension           .                   .                   .                   no_running_deadline
extension/opinion   no_extension_pending
extension/decision  no_extension_pending
coordination        .
coordination/answer no_coordination_pending
reminders           .
suspension          .
resumption          not_suspended
termination         .
acts/1/confirmation no_such_act
acts/1/annulment    no_such_act
draft               already_issued
submission          already_issued
approval            already_issued
ratification        nothing_to_ratify
return              .                   already_received    already_received    already_received
return/decision     no_return_pending
"""
BEFORE_ISSUE = {
    "draft": dict.fromkeys(("draft", "submission", "termination"), "."),
    "awaiting_approval": dict.fromkeys(("approval", "termination"), "."),
}
WHILE_SUSPENDED = {
    "resumption": ".",
    "termination": ".",
    "acts/1/confirmation": "no_such_act",
    "acts/1/annulment": "no_such_act",
    "ratification": "nothing_to_ratify",
}
WHO = {
    "draft": "office",
    "submission": "office",
    "approval": "chief",
    "ratification": "chief",
    "return": "zjj",
    "return/decision": "office",
    "receipt": "zjj",
    "plan": "zjj",
    "feedback": "zjj",
    "sign-off": "deputy",
    "review": "office",
    "delay-explanation": "zjj",
    "extension": "zjj",
    "extension/opinion": "deputy",
    "extension/decision": "chief",
    "coordination": "zjj",
    "coordination/answer": "deputy",
    "reminders": "office",
    "suspension": "chief",
    "resumption": "chief",
    "termination": "chief",
    "acts/1/confirmation": "office",
    "acts/1/annulment": "office",
}
# These change the item but not its status.
BESIDE = ("reminders", "delay-explanation", "extension", "coordination")


def body(route: str) -> Json:
    """A body that is well formed for the act."""
    comment = {"comment": "已核。"}
    bodies: dict[str, Json] = {
        "draft": {"content": "分期完成。"},
        "submission": {},
        "approval": {"approved": True, **comment},
        "ratification": comment,
        "return": {"reason": "不属本单位职责。"},
        "return/decision": {"accepted": True, **comment},
        "receipt": {},
        "plan": {"text": "一、摸底；二、施工。"},
        "feedback": {"text": "已完成。", "final": True},
        "sign-off": {"approved": True, **comment},
        "review": {"accepted": True, **comment},
        "delay-explanation": {"reason": "材料未到。", "next_step": "增加人手。"},
        "extension": {"reason": "流标。", "new_due_on": days_ahead(90)},
        "extension/opinion": {"supports": True, **comment},
        "extension/decision": {"approved": True, **comment},
        "coordination": {"problem": "迁改。", "tried": "三次对接。", "asked": "请协调。"},
        "coordination/answer": {"outcome": "resolved", "opinion": "月底前迁改。"},
        "reminders": {"form": "phone", "to": "李强", "said": "请抓紧。"},
        "suspension": {"reason": "政策调整。"},
        "resumption": {"reason": "新规已发。"},
        "termination": {"reason": "项目取消。"},
        "acts/1/confirmation": comment,
        "acts/1/annulment": comment,
    }
    return bodies[route]


def allowed(status: str) -> dict[str, str]:
    """Every act, with ``.`` or the code it is refused with in ``status``."""
    head, *lines = (line.split() for line in TABLE.strip().splitlines())
    rows = {act: cells * 4 if len(cells) == 1 else cells for act, *cells in lines}
    if status in head:
        return {act: cells[head.index(status) - 1] for act, cells in rows.items()}
    refused = dict.fromkeys(rows, status) | BEFORE_ISSUE.get(status, {})
    return refused | (WHILE_SUSPENDED if status == "suspended" else {})


PATHS: dict[str, tuple[str, ...]] = {
    "draft": (),
    "awaiting_approval": ("submission",),
    "issued": (),
    "in_progress": ("receipt",),
    "awaiting_sign_off": ("receipt", "feedback"),
    "awaiting_review": ("receipt", "feedback", "sign-off"),
    "suspended": ("receipt", "suspension"),
    "closed": ("receipt", "feedback", "sign-off", "review"),
    "terminated": ("receipt", "termination"),
}


async def item_in(desk: People, status: str, kind: str = "ordinary") -> Json:
    """An item that has been brought into that status."""
    item = await desk.issue(KINDS[kind](draft=status in BEFORE_ISSUE))
    for route in PATHS[status]:
        item = await desk.act(WHO[route], item, route, **body(route))
    assert item["status"] == status
    return item


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("kind", KINDS)
async def test_what_may_not_be_done_is_refused_and_leaves_no_trace(
    desk: People, temporal: Client, kind: str, status: str
) -> None:
    item = await item_in(desk, status, kind)
    before = await Trace.of(desk, temporal, item)
    expected = allowed(status)
    if kind != "directive" and status == "in_progress":
        expected["plan"] = "plan_not_required"
    refusals = {route: code for route, code in expected.items() if code != "."}
    for route, code in refusals.items():
        unseen = status in BEFORE_ISSUE and WHO[route] == "zjj"
        assert (route, await desk.refused(WHO[route], item, route, **body(route))) == (
            route,
            (404, "not_found") if unseen else (409, code),
        )
    assert await Trace.of(desk, temporal, item) == before
    for route in BESIDE:
        if expected[route] == ".":
            item = await desk.act(WHO[route], item, route, **body(route))
            assert item["status"] == status


@pytest.mark.parametrize("kind", KINDS)
async def test_every_move_leads_where_the_table_says(desk: People, kind: str) -> None:
    item = await desk.issue(KINDS[kind]())
    item = await desk.act("zjj", item, "receipt", comment="收到")
    assert (item["status"], item["holder"]) == ("in_progress", "unit")
    if kind == "directive":
        item = await desk.act("zjj", item, "plan", **body("plan"))
        assert item["status"] == "in_progress"
    item = await desk.act("zjj", item, "feedback", text="进展")
    assert item["status"] == "in_progress", "progress moves nothing"
    item = await desk.act("zjj", item, "feedback", **body("feedback"))
    assert (item["status"], item["holder"]) == ("awaiting_sign_off", "deputy")
    item = await desk.act("deputy", item, "sign-off", approved=False, comment="不实")
    assert (item["status"], item["holder"]) == ("in_progress", "unit")
    item = await desk.act("zjj", item, "feedback", **body("feedback"))
    item = await desk.act("deputy", item, "sign-off", **body("sign-off"))
    assert (item["status"], item["holder"]) == ("awaiting_review", "office")
    item = await desk.act("office", item, "review", accepted=False, comment="漏项")
    assert (item["status"], item["returns"]) == ("in_progress", 1)
    rework = item["clocks"][-1]
    assert (rework["rule"], rework["day_kind"], rework["derivation"][-1]["counted"]) == (
        "rework",
        "working",
        3,
    )
    item = await desk.act("chief", item, "suspension", **body("suspension"))
    assert (item["status"], item["holder"], item["lamp"]) == ("suspended", "suspended", "grey")
    item = await desk.act("chief", item, "resumption", **body("resumption"))
    assert item["status"] == "in_progress"
    item = await desk.act("zjj", item, "feedback", **body("feedback"))
    item = await desk.act("deputy", item, "sign-off", **body("sign-off"))
    item = await desk.act("office", item, "review", **body("review"))
    assert (item["status"], item["holder"], item["lamp"]) == ("closed", None, "grey")
    assert item["closed_at"] is not None
    assert all(clock["stopped_at"] for clock in item["clocks"])


async def test_an_interim_opinion_is_for_directives_and_needs_a_new_date(
    desk: People, temporal: Client
) -> None:
    plain = await item_in(desk, "in_progress")
    opinion = {"text": "先报意见。", "interim_opinion": True}
    assert await desk.refused("zjj", plain, "feedback", **opinion) == (409, "interim_not_allowed")
    assert await desk.refused("zjj", plain, "feedback", **opinion, final=True) == (
        422,
        "final_or_interim",
    )
    item = await item_in(desk, "in_progress", "directive")
    item = await desk.act("zjj", item, "feedback", **opinion)
    item = await desk.act("deputy", item, "sign-off", **body("sign-off"))
    before = await Trace.of(desk, temporal, item)
    assert await desk.refused("office", item, "review", **body("review")) == (
        422,
        "new_due_required",
    )
    assert await Trace.of(desk, temporal, item) == before
    on = days_ahead(20)
    item = await desk.act("office", item, "review", **body("review"), new_due_on=on)
    assert (item["status"], item["due_on"], item["closed_at"]) == ("in_progress", on, None)
    assert item["clocks"][-1]["rule"] == "named_date"


async def test_a_result_needs_no_new_date_and_no_past_one(desk: People) -> None:
    item = await item_in(desk, "awaiting_review")
    assert await desk.refused(
        "office", item, "review", accepted=True, comment="好", new_due_on=days_ahead(9)
    ) == (422, "new_due_not_applicable")
    assert await desk.refused(
        "office", item, "review", accepted=False, comment="退", new_due_on=days_ahead(-1)
    ) == (422, "due_not_after_now")


async def test_an_extension_goes_through_the_leader_and_is_given_once(
    desk: People, temporal: Client
) -> None:
    item = await item_in(desk, "in_progress")
    first = item["due_at"]
    on = days_ahead(30)
    assert await desk.refused("zjj", item, "extension", reason="难", new_due_on=item["due_on"]) == (
        422,
        "not_later_than_due",
    )
    item = await desk.act("zjj", item, "extension", reason="难", new_due_on=on)
    assert (item["extension"]["pending"], item["due_at"]) == (True, first)
    before = await Trace.of(desk, temporal, item)
    for who, route, code in (
        ("zjj", "extension", "extension_pending"),
        ("office", "extension/decision", "opinion_required"),
    ):
        assert await desk.refused(who, item, route, **body(route)) == (409, code)
    assert await Trace.of(desk, temporal, item) == before
    item = await desk.act("deputy", item, "extension/opinion", **body("extension/opinion"))
    assert await desk.refused(
        "deputy", item, "extension/opinion", supports=False, comment="否"
    ) == (
        409,
        "opinion_already_given",
    )
    item = await desk.act("office", item, "extension/decision", **body("extension/decision"))
    assert (item["due_on"], item["original_due_at"]) == (on, first)
    assert item["extension"] == {"pending": False, "new_due_on": on, "supported": True, "made": 1}
    assert await desk.refused("zjj", item, "extension", **body("extension")) == (
        409,
        "extension_limit_reached",
    )


async def test_an_extension_refused_moves_nothing(desk: People) -> None:
    item = await item_in(desk, "in_progress")
    first = item["due_at"]
    await desk.act("zjj", item, "extension", **body("extension"))
    await desk.act("deputy", item, "extension/opinion", supports=False, comment="可按期完成")
    item = await desk.act("office", item, "extension/decision", approved=False, comment="不同意")
    assert (item["due_at"], item["original_due_at"]) == (first, first)
    assert item["extension"]["pending"] is False


async def test_whoever_fixed_the_limit_decides_on_the_extension(
    desk: People, temporal: Client
) -> None:
    item = await item_in(desk, "in_progress", "directive")
    item = await desk.act("zjj", item, "extension", **body("extension"))
    before = await Trace.of(desk, temporal, item)
    decision = body("extension/decision")
    assert await desk.refused("office", item, "extension/decision", **decision) == (
        403,
        "not_the_approver",
    )
    assert await Trace.of(desk, temporal, item) == before
    item = await desk.act("chief", item, "extension/decision", **decision)
    assert item["due_on"] == days_ahead(90)


async def test_after_the_limit_no_extension_is_asked_for(desk: People, temporal: Client) -> None:
    item = await desk.issue(issued_at="2026-10-10T09:00:00+08:00")
    item = await desk.settled(item)
    before = await Trace.of(desk, temporal, item)
    assert await desk.refused("zjj", item, "extension", **body("extension")) == (
        409,
        "too_late_for_extension",
    )
    assert await Trace.of(desk, temporal, item) == before


async def test_the_chief_decides_only_what_the_deputy_could_not(
    desk: People, temporal: Client
) -> None:
    item = await item_in(desk, "in_progress")
    ask = body("coordination")

    async def asking_the_chief_is_refused(**also: object) -> None:
        before = await Trace.of(desk, temporal, item)
        assert await desk.refused("zjj", item, "coordination", **ask, level="chief", **also) == (
            409,
            "deputy_first",
        )
        assert await Trace.of(desk, temporal, item) == before

    await asking_the_chief_is_refused(major=True)
    item = await desk.act("zjj", item, "coordination", **ask)
    assert item["coordination"] == "deputy"
    assert await desk.refused("zjj", item, "coordination", **ask) == (409, "coordination_pending")
    assert await desk.refused(
        "chief", item, "coordination/answer", **body("coordination/answer")
    ) == (
        403,
        "not_addressed",
    )
    item = await desk.act("deputy", item, "coordination/answer", outcome="unresolved", opinion="难")
    assert (item["coordination"], item["coordination_answer"]) == ("none", "unresolved")
    await asking_the_chief_is_refused()
    item = await desk.act("zjj", item, "coordination", **ask, level="chief", major=True)
    assert item["coordination"] == "chief"
    on = days_ahead(45)
    first = item["due_at"]
    item = await desk.act(
        "chief", item, "coordination/answer", outcome="resolved", opinion="特办", new_due_on=on
    )
    assert (item["coordination"], item["due_on"], item["original_due_at"]) == ("none", on, first)
    assert item["clocks"][0]["moved_because"] == "区政府主要领导答复"


async def test_a_deputys_resolved_answer_ends_the_matter_for_the_chief(desk: People) -> None:
    item = await item_in(desk, "in_progress")
    await desk.act("zjj", item, "coordination", **body("coordination"), major=True)
    await desk.act("deputy", item, "coordination/answer", **body("coordination/answer"))
    assert await desk.refused(
        "zjj", item, "coordination", **body("coordination"), level="chief"
    ) == (
        409,
        "deputy_first",
    )


async def test_a_transfer_hands_the_item_to_another_unit(desk: People, temporal: Client) -> None:
    item = await item_in(desk, "in_progress")
    due = item["due_at"]
    item = await desk.act("zjj", item, "coordination", **body("coordination"))
    before = await Trace.of(desk, temporal, item)
    answer = {"outcome": "transferred", "opinion": "改由交通局办理"}
    for also, code in (
        ({}, "new_unit_required"),
        ({"new_lead_unit": "ZJJ"}, "same_unit"),
        ({"new_lead_unit": "NOPE"}, "unknown_unit"),
    ):
        assert await desk.refused("deputy", item, "coordination/answer", **answer, **also) == (
            422,
            code,
        )
    assert await Trace.of(desk, temporal, item) == before
    item = await desk.act(
        "deputy", item, "coordination/answer", **answer, new_lead_unit="区交通运输局"
    )
    assert (item["lead_unit"], item["lead_unit_name"]) == ("JTJ", "区交通运输局")
    assert (item["status"], item["due_at"]) == ("issued", due)
    assert (await desk.get("zjj", f"/items/{item['id']}")).status_code == 404
    item = await desk.act("jtj", item, "receipt")
    assert item["status"] == "in_progress"


async def test_whoever_ordered_an_item_suspends_and_ends_it(desk: People, temporal: Client) -> None:
    item = await item_in(desk, "in_progress", "directive")
    before = await Trace.of(desk, temporal, item)
    for route in ("suspension", "termination"):
        assert await desk.refused("office", item, route, **body(route)) == (403, "not_the_orderer")
    assert await Trace.of(desk, temporal, item) == before
    plain = await item_in(desk, "in_progress")
    plain = await desk.act("office", plain, "suspension", **body("suspension"))
    plain = await desk.act("office", plain, "termination", **body("termination"))
    assert (plain["status"], plain["lamp"]) == ("terminated", "grey")


async def test_a_suspended_item_gets_its_days_back(desk: People) -> None:
    item = await item_in(desk, "in_progress", "dated")
    first, left = item["due_at"], 60
    item = await desk.act("office", item, "suspension", **body("suspension"))
    item = await desk.forward(item, days=100)
    assert (item["lapsed"], item["status"]) == (False, "suspended")
    item = await desk.act("office", item, "resumption", **body("resumption"))
    assert item["status"] == "in_progress"
    assert item["due_on"] >= days_ahead(100 + left)
    assert (item["original_due_at"], item["lapsed"]) == (first, False)
    assert item["clocks"][0]["moved_because"].startswith("暂缓后恢复")


async def test_a_signature_on_paper_needs_its_scan_and_a_possible_time(
    desk: People, temporal: Client
) -> None:
    item = await item_in(desk, "awaiting_sign_off")
    scan = (await desk.upload("office", "阅签.pdf", b"%PDF-1.7 scan"))["id"]
    own = (await desk.upload("deputy", "阅签.pdf", b"%PDF-1.7 scan"))["id"]
    before = await Trace.of(desk, temporal, item)
    signed = {"approved": True, "comment": "同意"}
    for who, paper, expected in (
        ("office", None, (403, "paper_record_required")),
        ("deputy", (item["as_of"], own), (422, "paper_record_not_allowed")),
        ("office", ("2026-01-05T09:00:00+08:00", scan), (422, "signed_before_hand_in")),
        ("office", (f"{days_ahead(2)}T09:00:00+08:00", scan), (422, "signed_in_future")),
        ("office", (item["as_of"], own), (422, "unknown_file")),
        ("office", (item["as_of"], "no such file"), (422, "unknown_file")),
    ):
        record = {"signed_at": paper[0], "file_id": paper[1]} if paper else None
        assert (
            await desk.refused(who, item, "sign-off", **signed, recorded_from_paper=record)
            == expected
        )
    assert await Trace.of(desk, temporal, item) == before
    record = {"signed_at": item["as_of"], "file_id": scan}
    item = await desk.act("office", item, "sign-off", **signed, recorded_from_paper=record)
    assert item["status"] == "awaiting_review"
    entry = (await desk.timeline(item))[-1]
    assert "代录" in entry["summary"]
    assert (await desk.send("zjj", "GET", f"/files/{scan}")).content == b"%PDF-1.7 scan"
