"""Everybody against everything: each route, each of the roles of domain.md §6, each item that is
one's own, joined, another's, not issued yet or not there at all.

What each may is written out here, not taken from ``domain.permissions``.
"""

import csv
import io
import re
import uuid

import pytest

from api.guide import EXAMPLES
from domain.acts import ACTS
from domain.items import Status
from tests.people import Json, People
from tests.world import (
    ACCOUNTS,
    CIRCULAR_READERS,
    DEDUCTION_READERS,
    DRAFT,
    EVERYBODY,
    IN_UNITS,
    JOINED,
    KEEPERS,
    OFFICE,
    OTHER,
    OWN,
    PUBLIC,
    SEES,
    TRIO,
    WORKING,
    Matrix,
)

# Of the items they see, those to which they may do the act; ``own`` is led by the trio's unit,
# ``joined`` by the co-organiser's.
UNIT_ACTS = {
    *("receive", "submit_plan", "submit_feedback", "explain_delay"),
    *("request_extension", "request_coordination", "return_assignment", "report_handling"),
}
BY_HEAD = {
    *("review", "decide_extension", "suspend_item", "resume_item", "terminate_item"),
    *("confirm_act", "annul_act", "change_cycle", "change_unit", "end_early", "carry_over"),
    *("set_milestones", "approve_issue", "ratify", "decide_return", "reopen", "archive"),
    *("record_circular", "lift_circular", "report_to_leaders"),
}
BY_OFFICE = {"remind", "sign_off", "revise_draft", "submit_for_approval"} | BY_HEAD
BY_DEPUTY = {
    *("sign_off", "advise_extension", "answer_coordination", "confirm_act"),
    *("approve_issue", "ratify", "order_handling"),
}
BY_CHIEF = {
    *("decide_extension", "suspend_item", "resume_item", "terminate_item"),
    *("answer_coordination", "confirm_act", "change_cycle", "change_unit", "end_early"),
    *("carry_over", "set_milestones", "approve_issue", "ratify", "order_handling"),
    "lift_circular",
}
# Every other route: who may, whatever he sends.
ROUTES: dict[tuple[str, str], set[str]] = {
    ("GET", "/me"): EVERYBODY,
    ("POST", "/auth/password"): EVERYBODY,
    ("GET", "/auth/sessions"): EVERYBODY,
    ("DELETE", "/auth/sessions/{session_id}"): EVERYBODY,
    ("GET", "/users"): {"mx-admin"},
    ("POST", "/users"): {"mx-admin"},
    ("PATCH", "/users/{username}"): {"mx-admin"},
    ("DELETE", "/users/{username}/sessions"): {"mx-admin"},
    ("GET", "/service-accounts"): {"mx-admin"},
    ("POST", "/service-accounts"): {"mx-admin"},
    ("DELETE", "/service-accounts/{client_id}"): {"mx-admin"},
    ("GET", "/items"): EVERYBODY,
    ("GET", "/items/export"): EVERYBODY,
    ("POST", "/items"): OFFICE,  # staff register only: tests/api/test_drafts.py
    ("POST", "/items/preview"): OFFICE,
    ("GET", "/views"): EVERYBODY,
    ("PUT", "/views/{name}"): EVERYBODY,
    ("DELETE", "/views/{name}"): EVERYBODY,
    ("GET", "/imports/{file_id}"): OFFICE,
    ("GET", "/imports/{file_id}/rejected"): OFFICE,
    ("POST", "/imports/{file_id}/issue"): OFFICE,  # staff register only: tests/web/test_importing
    ("GET", "/sources"): OFFICE | {"mx-chief", "mx-deputy"},
    ("POST", "/sources"): OFFICE,
    ("GET", "/sources/{source_id}"): OFFICE | {"mx-chief", "mx-deputy"},
    ("PUT", "/sources/{source_id}"): OFFICE,
    ("POST", "/sources/{source_id}/clauses"): OFFICE,
    ("PATCH", "/sources/{source_id}/clauses/{no}"): OFFICE,
    ("GET", "/circulars"): CIRCULAR_READERS,
    ("POST", "/circulars"): OFFICE,
    ("GET", "/circulars/{circular_id}"): CIRCULAR_READERS,
    ("PUT", "/circulars/{circular_id}"): OFFICE,
    ("GET", "/circulars/{circular_id}/timeline"): OFFICE | {"mx-chief"},
    ("POST", "/circulars/{circular_id}/submission"): OFFICE,
    # A deputy leader in the chief leader's place: tests/api/test_circulars.py.
    ("POST", "/circulars/{circular_id}/approval"): {"mx-head", "mx-chief", "mx-deputy"},
    ("POST", "/circulars/{circular_id}/issue"): {"mx-head"},
    ("POST", "/circulars/{circular_id}/documents"): {"mx-head"},
    ("POST", "/circulars/{circular_id}/receipts"): IN_UNITS,
    ("POST", "/circulars/{circular_id}/corrections"): {"mx-head", "mx-chief", "mx-deputy"},
    ("POST", "/circulars/{circular_id}/withdrawal"): {"mx-head", "mx-chief", "mx-deputy"},
    ("GET", "/circulars/proposals"): OFFICE,
    ("POST", "/circulars/proposals"): OFFICE,
    ("POST", "/circulars/proposals/{number}/refusal"): {"mx-head"},
    ("POST", "/circulars/proposals/{number}/deduction"): {"mx-head"},
    ("GET", "/deductions"): DEDUCTION_READERS,
    ("GET", "/deductions/sheet"): DEDUCTION_READERS,  # the year is asked for: 422
    ("GET", "/deductions/{deduction_id}"): DEDUCTION_READERS,
    ("POST", "/deductions/{deduction_id}/answer"): IN_UNITS,
    ("POST", "/deductions/{deduction_id}/recheck"): IN_UNITS,
    ("POST", "/deductions/{deduction_id}/recheck/decision"): {
        "mx-head",
        "mx-chief",
        "mx-deputy",
    },
    ("GET", "/settings/points/{year}"): WORKING,
    ("PUT", "/settings/points/{year}"): {"mx-head"},
    ("GET", "/stats"): EVERYBODY,
    ("GET", "/stats/lines"): EVERYBODY,
    ("GET", "/integrity"): EVERYBODY,
    ("GET", "/faults"): EVERYBODY,
    ("GET", "/faults/export"): EVERYBODY,
    ("GET", "/faults/lines"): EVERYBODY,
    ("GET", "/faults/lines/export"): EVERYBODY,
    ("GET", "/burden"): EVERYBODY,
    ("GET", "/burden/export"): EVERYBODY,
    ("GET", "/burden/lines"): EVERYBODY,
    ("GET", "/burden/lines/export"): EVERYBODY,
    ("GET", "/time-ledger"): EVERYBODY,
    ("GET", "/time-ledger/export"): EVERYBODY,
    ("GET", "/time-ledger/lines"): EVERYBODY,
    ("GET", "/time-ledger/lines/export"): EVERYBODY,
    ("GET", "/stats/points"): EVERYBODY,
    ("GET", "/year-tasks"): EVERYBODY,
    ("GET", "/ledgers"): EVERYBODY,
    ("GET", "/ledgers/{name}"): EVERYBODY,
    ("GET", "/ledgers/{name}/export"): EVERYBODY,
    ("GET", "/inbox"): EVERYBODY,
    ("GET", "/desk"): EVERYBODY,
    ("GET", "/me/channels"): EVERYBODY,
    ("PUT", "/me/channels"): EVERYBODY,
    ("POST", "/me/channels/{channel}/test"): EVERYBODY,
    ("GET", "/users/{username}/channels"): {"mx-admin"},
    ("PUT", "/users/{username}/channels"): {"mx-admin"},
    ("POST", "/users/{username}/channels/{channel}/test"): {"mx-admin"},
    ("GET", "/sendings"): OFFICE | {"mx-admin"},
    ("POST", "/inbox/read"): EVERYBODY,
    ("POST", "/files"): EVERYBODY,
    ("GET", "/files/{file_id}"): EVERYBODY,
    ("GET", "/documents"): EVERYBODY,
    ("POST", "/documents"): OFFICE,
    ("GET", "/documents/{document_id}"): EVERYBODY,
    ("GET", "/documents/{document_id}/file"): EVERYBODY,
    ("PUT", "/documents/{document_id}/publication"): {"mx-head"},
    ("GET", "/settings/office"): WORKING,
    ("PUT", "/settings/office"): {"mx-head"},
    ("GET", "/document-templates"): WORKING,
    ("POST", "/document-templates/{kind}"): {"mx-head"},
    ("GET", "/units"): WORKING,
    ("GET", "/units/{code}"): WORKING,
    ("GET", "/units/{code}/posts"): WORKING,
    ("PUT", "/units/{code}/posts/{post}"): KEEPERS | IN_UNITS,
    ("DELETE", "/units/{code}/posts/{post}"): KEEPERS | IN_UNITS,
    ("GET", "/units/{code}/regulations"): WORKING,
    ("POST", "/units/{code}/regulations"): KEEPERS | IN_UNITS,
    ("DELETE", "/units/{code}/regulations/{number}"): KEEPERS,
    ("GET", "/persons"): WORKING,
    ("POST", "/persons"): KEEPERS,
    ("GET", "/persons/{person_id}"): WORKING,
    ("PUT", "/persons/{person_id}"): KEEPERS | IN_UNITS,
    ("GET", "/leaders"): WORKING,
    ("PUT", "/leaders/{username}/units/{code}"): KEEPERS,
    ("DELETE", "/leaders/{username}/units/{code}"): KEEPERS,
    ("PUT", "/leaders/{username}/subjects"): KEEPERS,
    ("POST", "/leaders/{username}/succession"): KEEPERS,
    ("GET", "/leaders/{username}/successions"): WORKING,
    ("GET", "/stand-ins"): WORKING,
    ("POST", "/stand-ins"): KEEPERS,
    ("DELETE", "/stand-ins/{number}"): KEEPERS,
    ("POST", "/directory/import"): KEEPERS,
    ("GET", "/directory/export"): KEEPERS,
    ("PUT", "/units/{code}"): KEEPERS,
    ("GET", "/calendar/{year}"): WORKING,
    ("PUT", "/calendar/{year}"): KEEPERS,
    ("POST", "/calendar/preview"): WORKING,
    ("POST", "/calendar/{year}/preview"): KEEPERS,
    ("GET", "/policies"): WORKING,
    ("GET", "/policies/{edition}"): WORKING,
    ("PUT", "/policies/{edition}"): {"mx-head"},
    ("GET", "/drift"): OFFICE | {"mx-admin"},
    ("GET", "/running"): OFFICE | {"mx-admin"},
    ("GET", "/coverage"): WORKING,
    ("GET", "/statements"): OFFICE | {"mx-admin"},
    ("GET", "/statements/{number}"): OFFICE | {"mx-admin"},
    ("POST", "/statements"): OFFICE | {"mx-admin"},
    ("GET", "/audit"): {"mx-head", "mx-chief"},
    ("POST", "/codec/decode"): {"mx-head"},
    ("POST", "/codec/encode"): {"mx-head"},
    ("POST", "/codec/session"): {"mx-head"},
}
FOR_NOBODY_SIGNED_IN = {
    *(("POST", "/auth/token"), ("POST", "/auth/refresh")),
    *(("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/public/items")),
    *(("GET", "/public/documents"), ("GET", "/public/documents/{document_id}/file")),
}
# They end the session that asks; what else they do is tested with signing in.
SIGNING_OUT = {("POST", "/auth/logout"), ("DELETE", "/auth/sessions")}
READS = ("", "/timeline", "/state", "/clocks", "/tree", "/acts", "/documents")
WRONG: Json = {"colour": "red"}
"""A body that no route takes: whoever may is told so, and nothing happens."""


def test_the_matrix_is_whole(matrix: Matrix) -> None:
    """A route that is not in it breaks the build."""
    known = set(ROUTES) | FOR_NOBODY_SIGNED_IN | SIGNING_OUT
    assert {route for route in matrix.routes if "{item_id}" not in route[1]} == known
    of_items = {route for route in matrix.routes if "{item_id}" in route[1]}
    acts = {("POST", f"/items/{{item_id}}/{spec.route}") for spec in ACTS.values()}
    reads = {("GET", f"/items/{{item_id}}{below}") for below in READS}
    others = {
        ("POST", f"/items/{{item_id}}/{below}") for below in ("edition", "parts", "documents")
    }
    assert of_items == acts | reads | others
    acts_here = {name for by in (BY_OFFICE, BY_DEPUTY, BY_CHIEF, UNIT_ACTS) for name in by}
    assert acts_here == set(ACTS)


NAMED = {
    "{seq}": "1",
    "{year}": "2098",
    "{edition}": "no-such",
    "{code}": "MX-NONE",
    "{username}": "mx-nobody",
    "{channel}": "feishu",
    "{client_id}": "svc-none",
    "{post}": "handler",
    "{number}": "999999999",
    "{person_id}": "999999999",
    "{source_id}": "999999999",
    "{no}": "99",
    "{name}": "items",
    "{kind}": "order",
}


def _filled(path: str) -> str:
    """The path with something in it that is not there."""
    for name, value in NAMED.items():
        path = path.replace(name, value)
    return re.sub(r"\{\w+_id\}", lambda _: str(uuid.uuid4()), path)


async def test_nobody_gets_anywhere_without_signing_in(matrix: Matrix) -> None:
    for method, path in matrix.routes:
        if (method, path) in FOR_NOBODY_SIGNED_IN:
            continue
        filled = _filled(path.replace("{item_id}", matrix.items[OWN]))
        answer = await matrix.send(PUBLIC, method, filled, WRONG)
        assert answer.status_code == 401, (filled, answer.text)
        assert answer.json()["code"] == "not_signed_in", filled


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_plain_routes(matrix: Matrix, who: str) -> None:
    for (method, path), allowed in ROUTES.items():
        body = None if method in {"GET", "DELETE"} else WRONG
        answer = await matrix.send(who, method, _filled(path), body)
        if who in allowed:
            assert answer.status_code in {200, 201, 204, 404, 422}, (method, path, answer.text)
            assert answer.status_code != 404 or "{" in path
        else:
            assert answer.status_code == 403, (method, path, answer.text)


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_the_trio_of_a_unit(matrix: Matrix, who: str) -> None:
    """domain.md §6: its first two change it, its handler and other units' people do not."""
    path = "/units/MX-LEAD/posts/handler"
    may = KEEPERS | {"mx-principal", "mx-supervisor"}
    if who in may:
        assert (await matrix.send(who, "PUT", path, WRONG)).status_code == 422
    else:
        someone = {"name": "顶替的人", "phone": "13800000000"}
        assert (await matrix.send(who, "PUT", path, someone)).status_code == 403
    read = await matrix.send(who, "GET", "/units/MX-LEAD/posts")
    reads = WORKING - {"mx-co"}
    assert read.status_code == (200 if who in reads else 403)
    others = await matrix.send(who, "GET", "/units/MX-CO/posts")
    assert others.status_code == (200 if who in WORKING - TRIO else 403)


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_reading_an_item(matrix: Matrix, who: str) -> None:
    for name, item_id in matrix.items.items():
        for below in READS:
            if name in SEES[who]:
                answer = await matrix.send(who, "GET", f"/items/{item_id}{below}")
                assert answer.status_code == 200, (name, below)
            else:
                await matrix.like_a_missing_one(who, "GET", f"/items/{{item_id}}{below}", item_id)


def _reads_original(who: str, name: str) -> bool:
    if who in {"mx-head", "mx-chief"}:
        return True
    led_by = {
        OWN: TRIO | {"mx-deputy"},
        JOINED: {"mx-co"},
        OTHER: set[str](),
        DRAFT: {"mx-deputy"},
    }
    return who in led_by[name]


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_the_directives_own_words(matrix: Matrix, who: str) -> None:
    for name in SEES[who]:
        for below in ("", "/state"):
            answer = await matrix.send(who, "GET", f"/items/{matrix.items[name]}{below}")
            assert bool(answer.json()["original_text"]) == _reads_original(who, name), name
        for below in ("/timeline", "/clocks"):
            answer = await matrix.send(who, "GET", f"/items/{matrix.items[name]}{below}")
            assert "批示原文" not in answer.text
    for path in (
        *("/items?limit=200", "/items?q=批示原文", "/items/export?format=csv", "/inbox"),
        *("/ledgers/items?limit=200", "/ledgers/directives/export?format=csv"),
        *("/stats/lines?figure=issued&limit=200", "/time-ledger/lines?limit=200"),
    ):
        assert "批示原文" not in (await matrix.send(who, "GET", path)).text


def _may(who: str, act: str, name: str) -> bool:
    led = {OWN: TRIO, JOINED: {"mx-co"}, OTHER: set[str](), DRAFT: set[str]()}[name]
    return (
        (who == "mx-staff" and act == "terminate_item" and name == DRAFT)
        or (act in BY_OFFICE and who == "mx-head")
        or (act in BY_OFFICE - BY_HEAD and who == "mx-staff")
        or (act in UNIT_ACTS and who in led)
        or (act in BY_DEPUTY and who == "mx-deputy" and name in {OWN, DRAFT})
        or (act in BY_CHIEF and who == "mx-chief")
    )


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_acting_on_an_item(matrix: Matrix, who: str) -> None:
    """Also as a child under the wrong parent: an act's number counts in its own item only."""
    for act, spec in ACTS.items():
        path = f"/items/{{item_id}}/{spec.route.format(seq=1)}"
        for name, item_id in matrix.items.items():
            if name not in SEES[who]:
                for body in (EXAMPLES[act], WRONG):
                    await matrix.like_a_missing_one(who, "POST", path, item_id, body)
                continue
            filled = path.replace("{item_id}", item_id)
            if _may(who, act, name):
                answer = await matrix.send(who, "POST", filled, WRONG)
                assert answer.status_code == 422, (act, name, answer.text)
            else:
                answer = await matrix.send(who, "POST", filled, EXAMPLES[act])
                assert answer.status_code == 403, (act, name, answer.text)
    edition = {"edition": "no-such", "reason": "矩阵"}
    for item_id in matrix.items.values():
        for below, body in (("edition", edition), ("parts", WRONG)):
            answer = await matrix.send(who, "POST", f"/items/{item_id}/{below}", body)
            may = {"mx-head"} if below == "edition" else OFFICE
            assert answer.status_code == (422 if who in may else 403)


OFFICES_PAPERS = ("notice", "order", "reminder", "closing")
UNITS_PAPERS = ("explanation", "extension", "coordination", "result")


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_making_documents(matrix: Matrix, who: str) -> None:
    led = {OWN: TRIO, JOINED: {"mx-co"}, OTHER: set[str](), DRAFT: set[str]()}
    for name, item_id in matrix.items.items():
        for kind in (*OFFICES_PAPERS, *UNITS_PAPERS):
            path, body = "/items/{item_id}/documents", {"kind": kind}
            if name not in SEES[who]:
                await matrix.like_a_missing_one(who, "POST", path, item_id, body)
                continue
            answer = await matrix.send(who, "POST", path.replace("{item_id}", item_id), body)
            makers = OFFICE if kind in OFFICES_PAPERS else led[name]
            # Whether it can be made depends on the record, and on what the office has set.
            expected = {201, 409} if who in makers else {403}
            assert answer.status_code in expected, (name, kind, answer.text)


NOTHING_FOR = {
    *("ratify", "decide_return", "advise_extension", "decide_extension", "answer_coordination"),
    *("lift_circular", "report_to_leaders", "order_handling", "report_handling"),
    *("confirm_act", "annul_act"),
}
"""Acts for which there is nothing in an item just issued."""


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_what_is_offered_is_what_one_may(matrix: Matrix, who: str) -> None:
    for name in SEES[who]:
        answer = await matrix.send(who, "GET", f"/items/{matrix.items[name]}/acts")
        offered = {act["name"]: act["on_behalf_of"] for act in answer.json()["items"]}
        open_now = {"revise_draft", "submit_for_approval", "terminate_item"}
        if name != DRAFT:
            open_now = {act for act, spec in ACTS.items() if Status.ISSUED in spec.allowed_in}
            open_now -= {act for act, spec in ACTS.items() if spec.only_for is not None}
            open_now -= NOTHING_FOR
        assert set(offered) == {act for act in open_now if _may(who, act, name)}, name
        assert set(offered.values()) <= {None}


@pytest.mark.parametrize("who", ACCOUNTS)
async def test_lists_counts_searches_and_exports(matrix: Matrix, who: str) -> None:
    wanted = {matrix.items[name] for name in SEES[who]}
    numbers = {
        item["number"]
        for item_id in wanted
        for item in [(await matrix.send(who, "GET", f"/items/{item_id}")).json()]
    }
    for query in (
        *(
            "q=矩阵",
            "q=矩阵&status=issued",
            "q=矩阵&status=draft",
            "q=矩阵&kind=dated",
            "q=矩阵&category=D2",
        ),
        *("q=矩阵&lamp=green", "q=矩阵&lapsed=false", "q=矩阵&due_after=2026-01-01"),
        *("unit=MX-LEAD", "unit=MX-CO", "unit=MX-OTHER"),
    ):
        found = set()
        cursor = ""
        while True:
            page = (await matrix.send(who, "GET", f"/items?{query}&limit=1{cursor}")).json()
            found |= {item["id"] for item in page["items"]}
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        of_unit = {
            "unit=MX-LEAD": {OWN, JOINED, DRAFT},
            "unit=MX-CO": {JOINED, DRAFT},
            "unit=MX-OTHER": {OTHER},
            "q=矩阵&status=draft": {DRAFT},
            "q=矩阵&status=issued": {OWN, JOINED, OTHER},
            "q=矩阵&lamp=green": {OWN, JOINED, OTHER},
            "q=矩阵&due_after=2026-01-01": {OWN, JOINED, OTHER},
        }.get(query, {OWN, JOINED, OTHER, DRAFT})
        assert found == {matrix.items[name] for name in SEES[who] & of_unit}, query
    table = (await matrix.send(who, "GET", "/items/export?format=csv&q=矩阵")).content
    lines = list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"))))
    assert {line["编号"] for line in lines} == numbers
    counted = (await matrix.send(who, "GET", "/stats?group_by=unit")).json()["items"]
    by_unit = {row["key"]: row["issued"] for row in counted if row["key"].startswith("MX-")}
    led = {OWN: "MX-LEAD", JOINED: "MX-CO", OTHER: "MX-OTHER"}
    assert by_unit == {led[name]: 1 for name in SEES[who] - {DRAFT}}


async def test_side_doors(desk: People) -> None:
    """Where other products leaked: naming another's file in an act of one's own, following a page
    of somebody who sees more, marking another's notices."""
    item = await desk.issue()
    await desk.act("zjj", item, "receipt")
    secret, nothing = (
        (await desk.upload("office", "秘密.pdf", b"%PDF-1.7"))["id"],
        str(uuid.uuid4()),
    )
    told = []
    for file_id in (secret, nothing):
        naming = {"text": "见附件", "attachments": [file_id]}
        answer = await desk.post("zjj", f"/items/{item['id']}/feedback", naming)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_file")
        told.append(answer.text.replace(file_id, "ID"))
    assert told[0] == told[1]
    hidden = await desk.issue(lead_unit="MZJ")
    page = (await desk.get("office", "/items", limit=1)).json()
    followed = await desk.get("zjj", "/items", limit=200, cursor=page["next_cursor"])
    assert hidden["id"] not in {found["id"] for found in followed.json()["items"]}
    notices = (await desk.get("mzj", "/inbox", limit=200)).json()["items"]
    assert notices
    marked = await desk.post("zjj", "/inbox/read", {"ids": [n["id"] for n in notices]})
    assert marked.json() == {"marked": 0}
