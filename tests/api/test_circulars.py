"""通报 and 落实不力 through the API: a directive runs late to a circular, a deduction, an answer, a
复核 and its reversal; the sheet is right at each step, and nothing is ever deleted."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest_asyncio
from temporalio.client import Client

from domain.items import OfficePost, Role
from store import passwords, units, users
from store.session import Database
from tests.people import PASSWORD, ZONE, Json, People, directive

UNIT, LEADER = "TB-ONE", "tb-deputy"
PEOPLE = (
    ("tb-unit", Role.UNIT, UNIT, None),
    ("tb-other", Role.UNIT, "TB-TWO", None),
    (LEADER, Role.DEPUTY, None, None),
    ("tb-head", Role.OFFICE, None, OfficePost.HEAD),
    ("tb-staff", Role.OFFICE, None, OfficePost.STAFF),
)


@pytest_asyncio.fixture(scope="module")
async def here(desk: People, database: Database) -> People:
    """Two units of their own, so that no other test's deductions stand on their sheets."""
    digest = await passwords.hash_password(PASSWORD)
    async with database.write() as conn:
        for code in (UNIT, "TB-TWO"):
            await units.put_unit(conn, code, f"通报单位{code}", [LEADER])
        for username, role, unit, post in PEOPLE:
            await users.add_user(
                conn,
                username,
                role=role,
                name=f"人员 {username}",
                password_hash=digest,
                unit_code=unit,
                post=post,
            )
    await desk.sign_in(*(username for username, *_ in PEOPLE))
    return desk


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def done(desk: People, who: str, path: str, body: Any = None) -> Json:
    """What must succeed, once it is on record."""
    answer = await desk.post(who, path, body)
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json())


async def late_to_the_chief(desk: People, **changed: Any) -> Json:
    """A directive that nobody has done anything about, until the chief leader was told."""
    item = await desk.issue(directive(lead_unit=UNIT, **changed))
    while item["escalation"] != "chief":
        assert item["next_alarm_at"], "it climbs by itself"
        item = await desk.forward_to(item, datetime.fromisoformat(item["next_alarm_at"]))
    return item


async def proposal_of(desk: People, item: Json, ground: str = "G4", who: str = "office") -> Json:
    found = await desk.get(who, "/circulars/proposals", unit=UNIT, ground=ground, limit=200)
    (proposal,) = [one for one in found.json()["items"] if one["item_id"] == item["id"]]
    return dict(proposal)


def entry(item: Json, **changed: Any) -> Json:
    return {
        "item_id": item["id"],
        "tone": "criticise",
        "ground": "G4",
        "facts": "逾期未报办理结果。",
        "requirement": "立即办结。",
        **changed,
    }


async def approved(desk: People, *entries: Json, by: str = "tb-staff") -> Json:
    """A circular that the chief leader has approved."""
    circular = await done(
        desk, by, "/circulars", {"entries": list(entries), "opening": "情况如下。"}
    )
    path = f"/circulars/{circular['id']}"
    await done(desk, by, f"{path}/submission")
    return await done(desk, "chief", f"{path}/approval", {"approved": True, "comment": "同意。"})


async def issued(desk: People, *entries: Json) -> Json:
    circular = await approved(desk, *entries)
    public = {"publication": "none", "publication_reason": "内部通报。"}
    return await done(desk, "office", f"/circulars/{circular['id']}/issue", public)


async def sheet(desk: People, who: str = "office", unit: str = UNIT) -> Json:
    """A unit's sheet of this year, which adds up."""
    year = datetime.now(ZONE).year
    answer = await desk.get(who, "/deductions/sheet", unit=unit, year=year)
    assert answer.status_code == 200, answer.text
    found = dict(answer.json())
    total = Decimal(0)
    for line in found["lines"]:
        total += Decimal(line["points"])
        assert Decimal(line["sum"]) == total
    assert Decimal(found["total"]) == total
    return found


def kinds(found: Json) -> list[tuple[str, str]]:
    return [(line["kind"], line["points"]) for line in found["lines"]]


async def deduction_of(desk: People, circular: Json, who: str = "office") -> Json:
    found = await desk.get(who, "/deductions", circular_id=circular["id"])
    (one,) = found.json()["items"]
    return dict(one)


async def test_from_the_lapse_to_the_reversal(here: People, temporal: Client) -> None:
    desk = here
    before = await sheet(desk)
    item = await late_to_the_chief(desk)

    # The clock only proposes.
    proposal = await proposal_of(desk, item)
    assert (proposal["decided"], proposal["made_by"], proposal["ground"]) == (False, None, "G4")
    assert await sheet(desk) == before

    # A person drafts, somebody else approves, a person issues.
    said = entry(item, proposal=proposal["id"])
    draft = await done(desk, "tb-staff", "/circulars", {"entries": [said]})
    path = f"/circulars/{draft['id']}"
    assert (draft["stage"], draft["number"], draft["title"]) == ("draft", None, "督查通报")
    assert (await proposal_of(desk, item))["circular_id"] == draft["id"]
    for who in ("tb-unit", LEADER):
        assert refused(await desk.get(who, path)) == (404, "not_found")
        listed = (await desk.get(who, "/circulars", limit=200)).json()["items"]
        assert draft["id"] not in {one["id"] for one in listed}
    assert refused(await desk.post("office", f"{path}/issue", {"publication": "public"})) == (
        409,
        "circular_draft",
    )
    await done(desk, "tb-staff", f"{path}/submission")
    approval = {"approved": True, "comment": "同意。"}
    assert refused(await desk.post("office", f"{path}/approval", approval)) == (
        403,
        "chief_must_approve",
    )
    await done(desk, "chief", f"{path}/approval", approval)
    secret = {"publication": "none", "publication_reason": " "}
    assert refused(await desk.post("office", f"{path}/issue", secret)) == (422, "blank_text")
    secret["publication_reason"] = "内部通报。"
    circular = await done(desk, "office", f"{path}/issue", secret)
    assert circular["number"].startswith("督查通报〔")
    assert (circular["stage"], circular["critical_count"]) == ("issued", 1)

    # The item knows, and counts on.
    item = await desk.until(item, lambda row: bool(row["circulars"]))
    assert item["circulars"] == [circular["number"]]
    (after,) = [c for c in item["clocks"] if c["rule"] == "after_circular"]
    assert after["stopped_at"] is None
    now = await sheet(desk)
    assert kinds(now) == [*kinds(before), ("deducted", "0.20")]
    line = now["lines"][-1]
    assert line["circular_id"] == circular["id"]
    for link in line["links"].values():
        opened = await desk.get("office", link.removeprefix("/api/v1"))
        assert opened.status_code == 200, link

    # The unit receives it, answers, asks for a 复核: meanwhile it does not count.
    one = await deduction_of(desk, circular, "tb-unit")
    assert (one["points"], one["counted"], one["recheck_until"]) == ("0.20", "0.20", None)
    told = [n["title"] for n in await desk.inbox("tb-unit", {"id": circular["id"]})]
    assert sorted(told) == ["印发督查通报", "落实不力扣分告知"]
    (notice, *_) = await desk.inbox("tb-unit", {"id": circular["id"]})
    assert (notice["circular_id"], notice["circular_number"]) == (
        circular["id"],
        circular["number"],
    )
    received = await done(desk, "tb-unit", f"{path}/receipts")
    assert [(r["unit"], bool(r["at"])) for r in received["receipts"]] == [(UNIT, True)]
    assert refused(await desk.post("tb-unit", f"{path}/receipts")) == (409, "circular_received")
    here_ = f"/deductions/{one['id']}"
    assert refused(await desk.post("tb-other", f"{here_}/answer", {"text": "代答"}))[0] == 404
    answered = await done(desk, "tb-unit", f"{here_}/answer", {"text": "系因管线未迁。"})
    assert (answered["answer"]["late"], answered["counted"]) == (False, "0.20")
    asked = await done(desk, "tb-unit", f"{here_}/recheck", {"reason": "已提前报告。"})
    assert (asked["holds"], asked["counted"], asked["standing"]) == (["recheck"], "0.00", "0.20")
    now = await sheet(desk)
    assert kinds(now)[-2:] == [("deducted", "0.20"), ("held", "-0.20")]
    assert (now["total"], now["held"]) == (before["total"], "0.20")

    # Decided by nobody who had a part in it, nor by the leader in charge of the unit.
    decision = {"outcome": "revoked", "opinion": "情况属实。"}
    for who, code in (
        ("tb-staff", "head_required"),
        ("office", "took_part"),
        ("chief", "took_part"),
        (LEADER, "in_charge_of_the_unit"),
        ("tb-unit", "not_your_role"),
    ):
        answer = await desk.post(who, f"{here_}/recheck/decision", decision)
        assert refused(answer) == (403, code), who
    key = "tb-recheck"
    decided = await desk.post("tb-head", f"{here_}/recheck/decision", decision, key=key)
    assert decided.status_code == 200, decided.text
    again = await desk.post("tb-head", f"{here_}/recheck/decision", decision, key=key)
    assert again.json() == decided.json()
    other = decision | {"opinion": "另一理由。"}
    conflict = await desk.post("tb-head", f"{here_}/recheck/decision", other, key=key)
    assert refused(conflict) == (409, "idempotency_conflict")
    assert (decided.json()["standing"], decided.json()["ended"]) == ("0.00", True)
    now = await sheet(desk)
    steps = [("deducted", "0.20"), ("held", "-0.20"), ("released", "0.20"), ("revoked", "-0.20")]
    assert kinds(now) == [*kinds(before), *steps], "nothing is ever deleted"
    assert now["total"] == before["total"]
    told_of = (await desk.get("office", f"{path}/timeline")).json()["items"]
    assert [one["act"] for one in told_of] == [
        "draft_circular",
        "submit_circular",
        "approve_circular",
        "issue_circular",
        "receive_circular",
        "answer_deduction",
        "request_recheck",
        "decide_recheck",
    ]
    assert [one["seq"] for one in told_of] == list(range(1, len(told_of) + 1))
