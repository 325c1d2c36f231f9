"""通报 and 落实不力 through the API: a directive runs late to a circular, a deduction, an answer, a
复核 and its reversal; the sheet is right at each step, and nothing is ever deleted."""

import asyncio
import csv
import io
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import openpyxl
import pytest_asyncio
from sqlalchemy import select

from domain.items import OfficePost, Role
from store import passwords, units, users
from store.session import Database
from store.tables import circular_entries
from store.verification import verify
from tests.api.test_documents import SETTINGS, words_of
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
    told = await desk.get(who, "/ledgers/deductions", unit=unit, year=year, limit=200)
    rows = told.json()["items"]
    assert [row["points"] for row in rows] == [line["points"] for line in found["lines"]]
    return found


async def ledger(desk: People, who: str, name: str, **filters: Any) -> list[Json]:
    """The rows of a ledger, which are those of its file."""
    shown = (await desk.get(who, f"/ledgers/{name}", limit=200, **filters)).json()
    file = await desk.get(who, f"/ledgers/{name}/export", format="csv", **filters)
    table = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    headings = {one["key"]: one["heading"] for one in shown["columns"]}
    for row, line in zip(shown["items"], table, strict=True):
        assert line[headings["item_number"]] == row["item_number"]
    return list(shown["items"])


def kinds(found: Json) -> list[tuple[str, str]]:
    return [(line["kind"], line["points"]) for line in found["lines"]]


async def deduction_of(desk: People, circular: Json, who: str = "office") -> Json:
    found = await desk.get(who, "/deductions", circular_id=circular["id"])
    (one,) = found.json()["items"]
    return dict(one)


async def test_from_the_lapse_to_the_reversal(here: People) -> None:
    desk = here
    # Circulars have their initial name until the office says another.
    assert (await desk.put("office", "/settings/office", {})).status_code == 200
    before = await sheet(desk)
    item = await late_to_the_chief(desk)

    # The clock only proposes.
    proposal = await proposal_of(desk, item)
    assert (proposal["decided"], proposal["made_by"], proposal["ground"]) == (False, None, "G4")
    assert await sheet(desk) == before

    # A person drafts, somebody else approves, a person issues.
    said = proposal["entry"]
    assert (said["proposal"], said["ground"], said["unit"]) == (proposal["id"], "G4", UNIT)
    assert proposal["time_ledger"]["unit"] > 0
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
    await check_ledgers(desk, circular, item)
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


async def check_ledgers(desk: People, circular: Json, item: Json) -> None:
    """通报台账 and 落实不力台账 say of it what its record says, to those who may read it."""
    year = datetime.now(ZONE).year
    said = {"circular_number": circular["number"], "item_number": item["number"]}
    for who in ("office", "tb-unit", "tb-other", LEADER, "chief"):
        rows = await ledger(desk, who, "circulars", unit=UNIT, year=year)
        (row,) = [one for one in rows if one["circular_number"] == circular["number"]]
        assert row | said == row
        assert (row["tone"], row["ground"]) == ("通报批评", "G4 未按规定时限报送")
        rows = await ledger(desk, who, "deductions", unit=UNIT, year=year)
        own = [one for one in rows if one["circular_number"] == circular["number"]]
        kinds = ["扣分", "暂缓计入", "恢复计入", "复核撤销"]
        assert [one["kind"] for one in own] == ([] if who == "tb-other" else kinds), who
    assert refused(await desk.get("admin", "/ledgers/deductions"))[0] == 403
    assert refused(await desk.get("office", "/ledgers/circulars", q="甲")) == (
        *(422, "filter_not_applicable"),
    )
    for who in ("office", "tb-unit", "tb-other", LEADER):
        stats = (await desk.get(who, "/stats", unit=UNIT, group_by="kind")).json()
        for row in (*stats["items"], stats["total"]):
            link = row["points_lines"].removeprefix("/api/v1")
            lines = await desk.send(who, "GET", f"{link}&limit=200")
            points = [Decimal(line["points"]) for line in lines.json()["items"]]
            assert Decimal(row["points"]) == sum(points), who
            assert bool(points) is (who != "tb-other" and bool(row["circulars"])), who
    file = await desk.get("office", "/ledgers/deductions/export", unit=UNIT, year=year)
    [book] = openpyxl.load_workbook(io.BytesIO(file.content)).worksheets
    headings = [cell.value for cell in book[2]]
    at = headings.index("扣分（冲销为负）")
    points = [row[at] for row in book.iter_rows(min_row=3, values_only=True)]
    assert Decimal(str(sum(points))).quantize(Decimal("0.01")) == Decimal(
        (await sheet(desk))["total"]
    )


async def test_still_open_after_a_circular(here: People) -> None:
    """T25–T27: a further deduction is proposed and made by a person, the leaders are told, what
    they ask for is carried out; withdrawn, every line is taken back by a line."""
    desk = here
    item = await late_to_the_chief(desk)
    circular = await issued(desk, entry(item, ground="G2", facts="长期未推进。"))
    before = await sheet(desk)
    assert kinds(before)[-1] == ("deducted", "0.50")
    item = await desk.until(item, lambda row: bool(row["circulars"]))
    while not item["report_owed"]:
        item = await desk.forward_to(item, datetime.fromisoformat(item["next_alarm_at"]))
    proposal = await proposal_of(desk, item, "still_open")
    path = f"/circulars/proposals/{proposal['id']}"
    taken = entry(item, ground="G1", proposal=proposal["id"])
    answer = await desk.post("tb-staff", "/circulars", {"entries": [taken]})
    assert refused(answer) == (422, "not_for_circulars")
    late = await proposal_of(desk, item)
    wrong = await desk.post("office", f"/circulars/proposals/{late['id']}/deduction", REASON)
    assert refused(wrong) == (422, "not_a_further_one")
    assert refused(await desk.post("tb-staff", f"{path}/deduction", REASON))[1] == "head_required"
    await done(desk, "office", f"{path}/deduction", REASON)
    assert (await proposal_of(desk, item, "still_open"))["circular_id"] == circular["id"]
    assert refused(await desk.post("office", f"{path}/deduction", REASON)) == (
        409,
        "further_deducted",
    )
    assert refused(await desk.post("office", f"{path}/refusal", REASON)) == (
        409,
        "proposal_decided",
    )
    now = await sheet(desk, "tb-unit")
    assert kinds(now) == [*kinds(before), ("deducted", "1.00")]
    assert now["lines"][-1]["ground_name"] == "通报后仍未办理"

    assert await desk.refused("chief", item, "handling", text="限期办结。") == (409, "not_reported")
    item = await desk.act("office", item, "leader-report", text="通报后仍未办结。")
    assert not item["report_owed"]
    await desk.act("chief", item, "handling", text="限期办结。")
    assert any(n["title"] == "处理要求" for n in await desk.inbox("tb-unit", item))
    await desk.act("tb-unit", item, "handling/result", text="已办结。")

    withdrawal = f"/circulars/{circular['id']}/withdrawal"
    assert refused(await desk.post("tb-staff", withdrawal, REASON))[1] == "head_required"
    gone = await done(desk, "chief", withdrawal, REASON)
    assert gone["stage"] == "withdrawn"
    item = await desk.until(item, lambda row: not row["circulars"])
    now = await sheet(desk)
    assert kinds(now)[-4:] == [
        ("deducted", "0.50"),
        ("deducted", "1.00"),
        ("withdrawn", "-0.50"),
        ("withdrawn", "-1.00"),
    ]
    again = await desk.post("chief", withdrawal, REASON)
    assert refused(again) == (409, "circular_withdrawn")
    acts = [one["act"] for one in await desk.timeline(item)]
    assert [act for act in acts if "circular" in act] == ["record_circular", "lift_circular"]
    read = await desk.get("tb-unit", f"/circulars/{circular['id']}")
    assert read.json()["stage_name"] == "已撤销", "it stays readable, as withdrawn"


REASON = {"reason": "情况属实，应予从严。"}


async def test_what_people_propose_is_taken_up_or_refused_with_a_reason(here: People) -> None:
    """O23, R50."""
    desk = here
    item = await desk.issue(lead_unit=UNIT)
    file = await desk.upload("tb-staff", "现场.pdf", b"%PDF-1.7 evidence")
    said = {
        "item_id": item["id"],
        "ground": "G3",
        "text": "材料敷衍。",
        "attachments": [file["id"]],
    }
    first = await desk.post("tb-staff", "/circulars/proposals", said, key="tb-propose")
    assert first.status_code == 201, first.text
    again = await desk.post("tb-staff", "/circulars/proposals", said, key="tb-propose")
    assert again.json() == first.json()
    other = await desk.post("tb-staff", "/circulars/proposals", said | {"text": "另"}, "tb-propose")
    assert refused(other) == (409, "idempotency_conflict")
    for wrong, code in (
        ({"item_id": "none"}, (404, "not_found")),
        ({"unit": "TB-TWO"}, (422, "not_of_the_item")),
        ({"text": " "}, (422, "blank_text")),
        ({"attachments": ["none"]}, (422, "unknown_file")),
        ({"ground": "still_open"}, (422, "invalid_field")),
    ):
        answer = await desk.post("tb-staff", "/circulars/proposals", said | wrong)
        assert refused(answer) == code, wrong
    number = first.json()["id"]
    path = f"/circulars/proposals/{number}/refusal"
    assert refused(await desk.post("tb-staff", path, REASON)) == (403, "head_required")
    assert refused(await desk.post("office", path, {"reason": " "})) == (422, "blank_text")
    undecided = {"decided": False, "unit": UNIT, "limit": 200}
    listed = (await desk.get("office", "/circulars/proposals", **undecided)).json()["items"]
    assert number in {one["id"] for one in listed}
    key = "tb-refusal"
    no = await desk.post("office", path, {"reason": "已当场整改。"}, key=key)
    assert (no.json()["decided"], no.json()["refused_because"]) == (True, "已当场整改。")
    again = await desk.post("office", path, {"reason": "已当场整改。"}, key=key)
    # Time goes on, on an item that is open.
    assert again.json() | {"time_ledger": None} == no.json() | {"time_ledger": None}
    assert refused(await desk.post("office", path, REASON, key=key))[1] == "idempotency_conflict"
    listed = (await desk.get("office", "/circulars/proposals", **undecided)).json()["items"]
    assert number not in {one["id"] for one in listed}
    taken = entry(item, ground="G3", proposal=number)
    answer = await desk.post("tb-staff", "/circulars", {"entries": [taken]})
    assert refused(answer) == (409, "proposal_decided")
    missing = "/circulars/proposals/999999999/refusal"
    assert refused(await desk.post("office", missing, REASON))[0] == 404


async def test_a_draft_is_revised_and_every_version_is_kept(
    here: People, database: Database
) -> None:
    desk = here
    item, other = await desk.issue(lead_unit=UNIT), await desk.issue(lead_unit="TB-TWO")
    await desk.issue(lead_unit=UNIT, draft=True)
    for wrong, code in (
        ({"item_id": "none"}, "unknown_item"),
        ({"unit": "TB-TWO"}, "not_of_the_item"),
        ({"unit": "没有的单位"}, "unknown_unit"),
        ({"ground": None}, "ground_required"),
        ({"proposal": 999_999_999}, "unknown_proposal"),
        ({"new_due_on": "2020-01-01"}, "due_not_after_now"),
        ({"tone": "inform"}, "ground_not_applicable"),
        ({"facts": ""}, "blank_text"),
        ({"colour": "red"}, "unknown_field"),
    ):
        answer = await desk.post("tb-staff", "/circulars", {"entries": [entry(item) | wrong]})
        assert refused(answer) == (422, code), wrong
    praise = {"item_id": other["id"], "tone": "praise", "facts": "办理扎实。"}
    body = {"title": "关于八月督查情况的通报", "entries": [entry(item), praise]}
    made = await desk.post("tb-staff", "/circulars", body, key="tb-draft")
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"/api/v1/circulars/{made.json()['id']}"
    assert (await desk.post("tb-staff", "/circulars", body, key="tb-draft")).json() == made.json()
    path = f"/circulars/{made.json()['id']}"
    revised = await desk.send("tb-staff", "PUT", path, json={"entries": [praise]})
    assert (revised.status_code, revised.json()["critical_count"]) == (200, 0)
    await done(desk, "tb-staff", f"{path}/submission")
    back = {"approved": False, "comment": "请补充。"}
    assert (await done(desk, "office", f"{path}/approval", back))["stage"] == "draft"
    await done(desk, "tb-staff", f"{path}/submission")
    approval = {"approved": True, "comment": "同意。"}
    assert refused(await desk.post("tb-staff", f"{path}/approval", approval))[1] == "head_required"
    await done(desk, "office", f"{path}/approval", approval)
    public = {"publication": "public"}
    circular = await done(desk, "office", f"{path}/issue", public)
    assert (circular["critical_count"], circular["publication"]) == (0, "public")
    assert (await desk.get("office", "/deductions", circular_id=circular["id"])).json()[
        "items"
    ] == []
    answer = await desk.send("tb-staff", "PUT", path, json={"entries": []})
    assert refused(answer) == (409, "circular_issued")
    correction = {"entry": 1, "facts": "办理扎实、提前完成。", "reason": "补正。"}
    assert refused(await desk.post("tb-staff", f"{path}/corrections", correction))[0] == 403
    corrected = await done(desk, "office", f"{path}/corrections", correction)
    assert corrected["entries"][0]["facts"] == "办理扎实、提前完成。"
    assert [c["id"] for c in await _listed(desk, "tb-other", stage="issued")].count(
        circular["id"]
    ) == 1
    async with database.read() as connection:
        query = select(circular_entries.c.version, circular_entries.c.no)
        kept = await connection.execute(
            query.where(circular_entries.c.circular_id == circular["id"]).order_by("version", "no")
        )
        assert [tuple(row) for row in kept] == [(1, 1), (1, 2), (2, 1), (3, 1)]
    discarded = await done(desk, "tb-staff", "/circulars", {"entries": [entry(item)]})
    gone = await done(desk, "office", f"/circulars/{discarded['id']}/withdrawal", REASON)
    assert gone["stage_name"] == "作废"


async def test_a_leader_s_stand_in_approves_in_his_place(here: People, database: Database) -> None:
    """AB角: both names stand on the record, and neither decides on a 复核."""
    desk = here
    digest = await passwords.hash_password(PASSWORD)
    async with database.write() as conn:
        for username, role in (("tb-chief", Role.CHIEF), ("tb-b", Role.DEPUTY)):
            await users.add_user(
                conn, username, role=role, name=f"领导 {username}", password_hash=digest
            )
    await desk.sign_in("tb-chief", "tb-b")
    item = await desk.issue(lead_unit=UNIT)
    circular = await done(desk, "tb-staff", "/circulars", {"entries": [entry(item)]})
    path = f"/circulars/{circular['id']}"
    await done(desk, "tb-staff", f"{path}/submission")
    approval = {"approved": True, "comment": "同意。"}
    assert (await desk.get("tb-b", path)).status_code == 404
    assert refused(await desk.post("tb-b", f"{path}/approval", approval))[0] == 404
    today = datetime.now(ZONE).date().isoformat()
    days = {"since": today, "until": today, "reason": "出差。"}
    made = await desk.post(
        "office", "/stand-ins", {"stand_in": "tb-b", "absent": "tb-chief"} | days
    )
    assert made.status_code == 201, made.text
    assert (await desk.get("tb-b", path)).status_code == 200
    assert refused(await desk.post("tb-b", f"{path}/approval", approval)) == (403, "not_your_role")
    instead = approval | {"on_behalf_of": "领导 tb-chief"}
    assert refused(await desk.post("tb-head", f"{path}/approval", instead))[1] == "not_stand_in"
    await done(desk, "tb-b", f"{path}/approval", instead)
    await done(desk, "office", f"{path}/issue", {"publication": "public"})
    said = (await desk.get("office", f"{path}/timeline")).json()["items"][2]["summary"]
    assert said.startswith("领导 tb-b代领导 tb-chief办理。")
    one = await deduction_of(desk, circular)
    await done(desk, "tb-unit", f"/deductions/{one['id']}/recheck", {"reason": "有异议。"})
    for who in ("tb-b", "tb-chief"):
        answer = await desk.post(who, f"/deductions/{one['id']}/recheck/decision", UPHELD)
        assert refused(answer) == (403, "took_part"), who
    await done(desk, "tb-head", f"/deductions/{one['id']}/recheck/decision", UPHELD)


async def _listed(desk: People, who: str, **filters: Any) -> list[Json]:
    found: list[Json] = []
    cursor: Json = {}
    while True:
        page = (await desk.get(who, "/circulars", limit=2, **filters, **cursor)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def test_a_recheck_changes_what_is_deducted(here: People, database: Database) -> None:
    desk = here
    item = await late_to_the_chief(desk)
    circular = await issued(desk, entry(item, ground="G5", facts="质量不符。"))
    one = await deduction_of(desk, circular)
    path = f"/deductions/{one['id']}"
    for who, status in (("tb-unit", 200), (LEADER, 200), ("chief", 200), ("tb-other", 404)):
        assert (await desk.get(who, path)).status_code == status, who
    assert refused(await desk.post("tb-head", f"{path}/recheck/decision", UPHELD)) == (
        409,
        "no_recheck_pending",
    )
    assert (await desk.get("deputy", path)).status_code == 404
    await done(desk, "tb-unit", f"{path}/recheck", {"reason": "已按标准完成。"})
    read = await desk.get("deputy", path)
    assert read.status_code == 200, "another leader may have to decide on it"
    for said, code in (
        ({"outcome": "changed", "opinion": "从轻。"}, "points_required"),
        (UPHELD | {"points": "0.10"}, "points_not_applicable"),
        ({"outcome": "changed", "opinion": "从轻。", "points": "0.5"}, "same_points"),
        ({"outcome": "changed", "opinion": "从轻。", "points": "0.105"}, "invalid_field"),
        ({"outcome": "changed", "opinion": "从轻。", "points": "500"}, "bad_points"),
        ({"outcome": "changed", "opinion": "加重。", "points": "0.51"}, "recheck_not_heavier"),
    ):
        answer = await desk.post("tb-head", f"{path}/recheck/decision", said)
        assert refused(answer) == (422, code), said
    changed = {"outcome": "changed", "opinion": "情节较轻。", "points": "0.3"}
    after = await done(desk, "deputy", f"{path}/recheck/decision", changed)
    assert (await desk.get("deputy", path)).status_code == 404
    assert (after["standing"], after["counted"], after["recheck"]["outcome_name"]) == (
        "0.30",
        "0.30",
        "变更",
    )
    steps = [("deducted", "0.50"), ("held", "-0.50"), ("released", "0.50"), ("changed", "-0.20")]
    assert kinds(await sheet(desk, LEADER))[-4:] == steps
    year = datetime.now(ZONE).year
    for who, unit in (("tb-other", UNIT), ("tb-unit", "TB-TWO"), ("office", "TB-NONE")):
        answer = await desk.get(who, "/deductions/sheet", unit=unit, year=year)
        assert refused(answer) == (404, "not_found")
    own = await desk.get("tb-other", "/deductions/sheet", year=year)
    assert (own.json()["unit"], own.json()["total"]) == ("TB-TWO", "0.00")
    async with database.read() as connection:
        verified = await verify(connection)
    assert verified.circulars > 0
    assert [line for line in verified.found if "通报" in line] == [], "record and ledger fit"


UPHELD = {"outcome": "upheld", "opinion": "事实清楚。"}


async def test_points_are_set_for_each_year(here: People) -> None:
    """O9: a new edition; those before are kept."""
    desk = here
    first = (await desk.get("tb-unit", "/settings/points/2071")).json()
    assert (first["g1"], first["g4"], first["still_open"]) == ("0.50", "0.20", "1.00")
    assert (first["edition"], "办法 六(三)" in first["clauses"]["g4"]) == (0, True)
    said = {"g4": "0.3", "reason": "区政府常务会议定。"}
    put = await desk.put("office", "/settings/points/2071", said)
    assert (put.status_code, put.json()["g4"], put.json()["edition"]) == (200, "0.30", 1)
    assert (await desk.put("office", "/settings/points/2071", said)).json()["edition"] == 1
    dearer = await desk.put("office", "/settings/points/2071", said | {"g1": "1"})
    assert (dearer.json()["edition"], dearer.json()["g1"]) == (2, "1.00")
    later = (await desk.get("office", "/settings/points/2072")).json()
    assert (later["of_year"], later["g1"]) == (2071, "1.00")
    earlier = (await desk.get("office", "/settings/points/2070")).json()
    assert earlier["g1"] == "0.50"
    for wrong, code in (
        ({"g4": "0.3"}, "missing_field"),
        (said | {"g4": "101"}, "bad_points"),
        (said | {"g4": 0.3}, "invalid_field"),
    ):
        assert refused(await desk.put("office", "/settings/points/2071", wrong)) == (422, code)
    kept = (await desk.get("office", "/audit", about="2071", event="changed")).json()["items"]
    assert [k["method"] for k in kept if "/points/" in k["route"]] == ["PUT"] * 3


async def _document_listed(desk: People, who: str, document: Json) -> bool:
    found = (await desk.get(who, "/documents", kind="circular", limit=200)).json()["items"]
    return document["id"] in {one["id"] for one in found}


async def test_an_issued_circular_has_one_document(here: People) -> None:
    desk = here
    name = {**SETTINGS, "circular_title": "通县督查"}
    assert (await desk.put("office", "/settings/office", name)).status_code == 200
    secret = "请某某同志抓紧办。"
    item = await desk.issue(directive(lead_unit=UNIT, original_text=secret))
    circular = await approved(desk, entry(item, facts="进度滞后。"))
    assert circular["title"] == "通县督查"
    path = f"/circulars/{circular['id']}"
    withheld = {"publication": "withheld", "publication_reason": "内部通报。"}
    early = await desk.post("office", f"{path}/documents", withheld)
    assert refused(early) == (409, "circular_approved")
    public = {"publication": "none", "publication_reason": "内部通报。"}
    circular = await done(desk, "office", f"{path}/issue", public)
    assert circular["number"].startswith("通县督查〔")
    assert (await desk.post("office", f"{path}/documents", {})).status_code == 422
    bare = await desk.post("office", f"{path}/documents", {"publication": "withheld"})
    assert refused(bare) == (422, "reason_required")
    assert refused(await desk.post("tb-staff", f"{path}/documents", withheld))[0] == 403
    missing = await desk.post("office", "/circulars/none/documents", withheld)
    assert missing.status_code == 404

    answers = await asyncio.gather(
        *(desk.post(who, f"{path}/documents", withheld) for who in ("office", "tb-head"))
    )
    assert sorted(one.status_code for one in answers) == [200, 201]
    made, same = (dict(one.json()) for one in answers)
    assert made == same
    assert (made["number"], made["kind"]) == (circular["number"], "circular")
    assert (made["circular_id"], made["withdrawn"], made["corrected"]) == (
        *(circular["id"], False, False),
    )

    # All who read the circular read it, though its item is there for few of them.
    assert (await desk.get("tb-other", f"/items/{item['id']}")).status_code == 404
    for who in ("tb-other", "tb-unit", LEADER, "chief", "tb-staff"):
        assert await _document_listed(desk, who, made), who
        whole = (await desk.get(who, f"/documents/{made['id']}")).json()
        assert (whole["facts_intact"], whole["file_intact"]) == (True, True)
        assert secret not in str(whole)
        file = await desk.get(who, f"/documents/{made['id']}/file")
        assert file.status_code == 200
        words = words_of(file)
        assert secret not in words
        for said in ("通县督查", "进度滞后。", "未按规定时限报送", "未报送说明"):
            assert said in words, said
    assert not await _document_listed(desk, "admin", made)
    assert (await desk.get("admin", f"/documents/{made['id']}")).status_code == 404

    correction = {"entry": 1, "facts": "进度严重滞后。", "reason": "补正。"}
    await done(desk, "office", f"{path}/corrections", correction)
    assert (await desk.get("tb-other", f"/documents/{made['id']}")).json()["corrected"]
    renamed = {**SETTINGS, "circular_title": "别的督查"}
    assert (await desk.put("office", "/settings/office", renamed)).status_code == 200
    second = await done(desk, "office", f"{path}/documents", withheld)
    assert second["id"] != made["id"]
    assert (second["number"], second["version"]) == (made["number"], made["version"] + 1)
    facts = (await desk.get("office", f"/documents/{second['id']}")).json()["facts"]
    assert facts["masthead"] == "通县督查"
    assert facts["problems"][0]["text"].endswith("进度严重滞后。")

    await done(desk, "office", f"{path}/withdrawal", REASON)
    for document in (made, second):
        assert (await desk.get("tb-other", f"/documents/{document['id']}")).json()["withdrawn"]
        file = await desk.get("tb-other", f"/documents/{document['id']}/file")
        assert file.status_code == 200
    assert (await done(desk, "office", f"{path}/documents", withheld))["id"] == second["id"]
