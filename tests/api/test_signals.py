"""What comes past the API: an operator's signals are taken up, marked and checked; updates and
workflows that nobody signed for are refused (design §3.3, §3.17)."""

import uuid
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain.calendar import WorkingCalendar
from domain.issue import Issue
from domain.items import Actor, Category, Facts, Kind, Role, Source
from domain.policy import Policy
from domain.seal import SealedAct, Seals
from embedded import Stack
from tests.people import ZONE, Json, People, Trace, directive
from workflows.ids import ITEM_WORKFLOW, workflow_id
from workflows.messages import ItemInput

COMMENT = {"comment": "已电话核实"}
SIGNED = {"approved": True, "comment": "同意"}
RESULT = {"text": "已完成", "final": True}
ACCEPTED = {"accepted": True, "comment": "属实"}


@pytest_asyncio.fixture(scope="session")
async def plain(stack: Stack) -> Client:
    """A client that knows nothing of our types, as Temporal's own command line."""
    return await Client.connect(stack.temporal_address)


async def signal(plain: Client, desk: People, item: Json, name: str, *args: Any) -> Json:
    """The item once the signal has been taken up."""
    seq = (await desk.read(item))["seq"]
    await plain.get_workflow_handle(workflow_id(item["id"])).signal(name, args=args)
    return await desk.until(item, lambda row: row["seq"] > seq)


async def last_entry(desk: People, item: Json) -> Json:
    """The newest line of the timeline."""
    return (await desk.timeline(item))[-1]


async def test_a_signal_does_the_act_and_is_marked_unverified(desk: People, plain: Client) -> None:
    item = await desk.issue()
    item = await signal(plain, desk, item, "receive", {"comment": "代收"})
    assert (item["status"], item["unverified"]) == ("in_progress", [2])
    entry = await last_entry(desk, item)
    assert (entry["act"], entry["outcome"], entry["unverified"]) == ("receive", "done", True)
    assert entry["actor"]["name"] == "运维界面录入（未核实）"
    assert entry["body"] == {"comment": "代收"}
    assert "未核实" in entry["summary"]
    desked = [n for n in await desk.inbox("office", item) if n["rung"] == "unverified@2"]
    assert [notice["title"] for notice in desked] == ["有一项操作待核实"]


async def test_a_signal_without_a_body_is_an_empty_one(desk: People, plain: Client) -> None:
    item = await signal(plain, desk, await desk.issue(), "receive")
    assert item["status"] == "in_progress"


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("review", (ACCEPTED,), "sign_off_required"),
        ("submit_feedback", (RESULT,), "not_received"),
        ("resume_item", ({"reason": "续"},), "not_suspended"),
        ("strike_off", ({},), "unknown_act"),
        ("催办", ("请抓紧",), "unknown_act"),
        ("receive", ("not an object",), "unreadable_body"),
        ("receive", ([1, 2],), "unreadable_body"),
        ("receive", ({}, {}), "unreadable_body"),
        ("receive", (b"\xff\x00binary",), "unreadable_body"),
        ("receive", ({"colour": "red"},), "unknown_field"),
        ("receive", ({"comment": "长" * 20_001},), "text_too_long"),
        ("explain_delay", ({"reason": "难"},), "missing_field"),
        ("terminate_item", ({"reason": "不办了"},), "needs_verified_actor"),
    ],
)
async def test_a_signal_that_cannot_be_done_stands_on_the_timeline_as_refused(
    desk: People, plain: Client, name: str, args: tuple[Any, ...], code: str
) -> None:
    before = await desk.issue()
    item = await signal(plain, desk, before, name, *args)
    assert (item["status"], item["clocks"], item["unverified"]) == ("issued", before["clocks"], [])
    entry = await last_entry(desk, item)
    assert (entry["act"], entry["outcome"], entry["body"]["code"]) == (name, "refused", code)
    assert entry["summary"].startswith("经运维界面录入的操作未予受理：")
    refused = [n for n in await desk.inbox("office", item) if n["rung"] == f"refused@{item['seq']}"]
    assert len(refused) == 1
    item = await desk.act("zjj", item, "receipt")
    assert item["status"] == "in_progress", "the workflow goes on"


async def test_an_unverified_act_blocks_closing_until_it_is_confirmed(
    desk: People, plain: Client, temporal: Client
) -> None:
    item = await signal(plain, desk, await desk.issue(), "receive")
    await desk.act("zjj", item, "feedback", **RESULT)
    item = await desk.act("deputy", item, "sign-off", **SIGNED)
    before = await Trace.of(desk, temporal, item)
    assert await desk.refused("office", item, "review", **ACCEPTED) == (409, "unverified_act")
    confirmation = "acts/2/confirmation"
    assert await desk.refused("office", item, "acts/3/confirmation", **COMMENT) == (
        409,
        "no_such_act",
    )
    for who in ("zjj", "deputy", "chief"):
        assert await desk.refused(who, item, confirmation, **COMMENT) == (403, "not_your_role")
    assert await Trace.of(desk, temporal, item) == before
    item = await desk.act("office", item, confirmation, **COMMENT)
    assert item["unverified"] == []
    assert (await last_entry(desk, item))["settles"] == 2
    item = await desk.act("office", item, "review", **ACCEPTED)
    assert item["status"] == "closed"


async def test_an_annulled_act_is_put_back(desk: People, plain: Client) -> None:
    item = await desk.issue()
    await desk.act("zjj", item, "receipt")
    handed_in = await desk.act("zjj", item, "feedback", **RESULT)
    signed = await signal(plain, desk, item, "sign_off", SIGNED)
    assert (signed["status"], signed["unverified"]) == ("awaiting_review", [4])
    assert await desk.refused("office", item, "review", **ACCEPTED) == (409, "unverified_act")
    item = await desk.act("office", item, "acts/4/annulment", comment="并非领导签批")
    assert (item["status"], item["unverified"]) == ("awaiting_sign_off", [])
    assert item["due_at"] == handed_in["due_at"]
    assert item["clocks"][0]["stopped_at"] is None
    assert (await last_entry(desk, item))["settles"] == 4
    await desk.act("deputy", item, "sign-off", **SIGNED)
    item = await desk.act("office", item, "review", **ACCEPTED)
    assert item["status"] == "closed"


async def test_a_leader_s_signature_is_confirmed_by_him_or_from_the_paper(
    desk: People, plain: Client
) -> None:
    item = await desk.issue()
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "feedback", **RESULT)
    await desk.act("office", item, "reminders", form="covert", to="现场", said="未见施工")
    signed = await signal(plain, desk, item, "sign_off", SIGNED)
    route = "acts/5/confirmation"
    for who in ("office", "chief"):
        assert await desk.refused(who, item, route, **COMMENT) == (403, "leader_must_confirm")
    stranger = {"signed_at": datetime.now(ZONE).isoformat(), "file_id": str(uuid.uuid4())}
    said = {**COMMENT, "recorded_from_paper": stranger}
    assert await desk.refused("office", item, route, **said) == (422, "unknown_file")
    scan = await desk.upload("office", "签批页.pdf", b"%PDF-1.7")
    at = (await desk.timeline(signed, "office"))[-1]["at"]
    said = {**COMMENT, "recorded_from_paper": {"signed_at": at, "file_id": scan["id"]}}
    item = await desk.act("office", item, route, **said)
    assert item["unverified"] == []
    assert "督查室代录纸质签批" in (await last_entry(desk, item))["summary"]
    assert (await desk.get("deputy", f"/files/{scan['id']}")).status_code == 200


async def test_a_leader_confirms_by_the_number_he_is_shown(desk: People, plain: Client) -> None:
    """A covert check before it (暗访) leaves no gap in his numbers (R24)."""
    item = await desk.issue()
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "feedback", **RESULT)
    await desk.act("office", item, "reminders", form="covert", to="现场", said="未见施工")
    await signal(plain, desk, item, "sign_off", SIGNED)
    (shown,) = (await desk.read(item, "deputy"))["unverified"]
    assert shown == 4
    item = await desk.act("deputy", item, f"acts/{shown}/confirmation", **COMMENT)
    assert item["unverified"] == []
    assert (await desk.timeline(item, "office"))[-1]["settles"] == 5


async def test_an_act_on_which_others_rest_cannot_be_annulled(desk: People, plain: Client) -> None:
    item = await signal(plain, desk, await desk.issue(), "receive")
    item = await desk.act("zjj", item, "feedback", text="进展")
    assert await desk.refused("office", item, "acts/2/annulment", **COMMENT) == (
        409,
        "act_superseded",
    )


async def test_nobody_closes_an_item_by_a_signal(desk: People, plain: Client) -> None:
    item = await desk.issue()
    await desk.act("zjj", item, "receipt")
    await desk.act("zjj", item, "feedback", **RESULT)
    await desk.act("deputy", item, "sign-off", **SIGNED)
    item = await signal(plain, desk, item, "review", ACCEPTED)
    assert item["status"] == "awaiting_review"
    assert (await last_entry(desk, item))["body"]["code"] == "needs_verified_actor"


async def test_many_signals_are_taken_up_in_order(desk: People, plain: Client) -> None:
    item = await desk.issue(directive())
    handle = plain.get_workflow_handle(workflow_id(item["id"]))
    for name, body in (
        ("receive", {}),
        ("submit_plan", {"text": "三步"}),
        ("receive", {}),
        ("submit_feedback", RESULT),
    ):
        await handle.signal(name, body)
    item = await desk.until(item, lambda row: bool(row["seq"] >= 5))
    told = [(entry["act"], entry["outcome"]) for entry in (await desk.timeline(item))[1:]]
    assert told == [
        ("receive", "done"),
        ("submit_plan", "done"),
        ("receive", "refused"),
        ("submit_feedback", "done"),
    ]
    assert (item["status"], item["unverified"]) == ("awaiting_sign_off", [2, 3, 5])


async def test_an_update_sent_past_the_api_is_refused(
    desk: People, plain: Client, temporal: Client, stack: Stack
) -> None:
    item, other = await desk.issue(), await desk.issue()
    before = await Trace.of(desk, temporal, item)
    actor = Actor(username="zjj", name="住建局 李强", role=Role.UNIT, unit="ZJJ")
    act = SealedAct(body={}, actor=actor, request_id=str(uuid.uuid4()))
    ours = Seals(stack.environment["DUBAN_SECRET_KEY"])
    rightly = asdict(ours.sealed(act, item["id"], "receive"))
    for arg in (
        {},
        {"comment": "代收"},
        asdict(act),
        asdict(Seals("a key that is not the system's own").sealed(act, item["id"], "receive")),
        asdict(ours.sealed(act, other["id"], "receive")),
        asdict(ours.sealed(act, item["id"], "submit_plan")),
        {**rightly, "body": {"comment": "改过"}},
        {**rightly, "request_id": str(uuid.uuid4())},
        {**rightly, "actor": {**rightly["actor"], "role": "chief"}},
    ):
        handle = plain.get_workflow_handle(workflow_id(item["id"]))
        with pytest.raises(WorkflowUpdateFailedError) as refused:
            await handle.execute_update("receive", arg)
        assert isinstance(refused.value.cause, ApplicationError)
        assert refused.value.cause.type == "unsigned_command"
    assert await Trace.of(desk, temporal, item) == before


async def test_a_workflow_begun_past_the_api_is_no_item(desk: People, temporal: Client) -> None:
    now = datetime.now(ZONE)
    item_id = str(uuid.uuid4())
    issue = Issue(
        item_id=item_id,
        facts=Facts(
            title="假冒事项",
            content="并非督查室下达",
            category=Category.D2,
            kind=Kind.ORDINARY,
            lead_unit="ZJJ",
            lead_unit_name="区住房和城乡建设局",
            source=Source(type="会议"),
        ),
        issued_at=now,
        entered_at=now,
        actor=Actor(username="office", name="督查室 王敏", role=Role.OFFICE),
        calendar=WorkingCalendar(),
        policy=Policy(),
        request_id=str(uuid.uuid4()),
        body_hash="0" * 64,
        seal="0" * 64,
    )
    handle = await temporal.start_workflow(
        ITEM_WORKFLOW, ItemInput(issue=issue), id=workflow_id(item_id), task_queue="supervision"
    )
    with pytest.raises(WorkflowFailureError):
        await handle.result(rpc_timeout=timedelta(seconds=30))
    assert (await desk.get("office", f"/items/{item_id}")).status_code == 404
