"""Whatever arrives, the answer is a problem document that says what is wrong, and nothing is made
of it."""

import json
import re
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from api.tokens import Tokens
from embedded import Stack
from tests.people import PASSWORD, ZONE, Json, People, dated, days_ahead, directive, ordinary

JSON = {"content-type": "application/json"}
CHINESE = re.compile("[一-鿿]")
PAST = "2020-01-01"


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an answer that must be a whole problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    told = answer.json()
    assert told.keys() == {"type", "title", "status", "code", "detail"}
    assert told["status"] == answer.status_code
    assert CHINESE.search(told["title"])
    assert CHINESE.search(told["detail"])
    assert "Traceback" not in answer.text
    return answer.status_code, told["code"]


@asynccontextmanager
async def nothing_made(desk: People) -> AsyncIterator[None]:
    """As many items afterwards as before."""
    before = await _issued(desk)
    yield
    assert await _issued(desk) == before


async def _issued(desk: People) -> int:
    total: int = (await desk.get("office", "/stats")).json()["total"]["issued"]
    return total


ITEMS: list[tuple[str, Json]] = [
    ("unknown_unit", ordinary(lead_unit="NOPE")),
    ("unknown_unit", ordinary(lead_unit="住建局")),
    ("unknown_unit", ordinary(lead_unit="")),
    ("unknown_unit", ordinary(co_units=["JTJ", "NOPE"])),
    ("co_unit_is_lead", ordinary(co_units=["区住房和城乡建设局"])),
    ("unknown_category", ordinary(category="Z9")),
    ("milestones_required", ordinary(kind="milestones")),
    ("cycle_required", ordinary(kind="year_round")),
    ("only_year_round", ordinary(cycle="week")),
    ("bad_year", ordinary(kind="year_round", cycle="week", year=2098)),
    ("issued_at_not_applicable", ordinary(draft=True, issued_at="2026-10-01T09:00:00+08:00")),
    ("invalid_field", ordinary(kind="something")),
    ("naive_datetime", ordinary(issued_at="2026-10-01T09:00:00")),
    ("naive_datetime", dated(due_on=None, due_at="2036-10-01T09:00:00")),
    ("naive_datetime", ordinary(source={"type": "会议", "received_at": "2026-10-01T09:00:00"})),
    ("due_in_past", dated(due_on=PAST)),
    ("due_in_past", dated(due_on=None, due_at=f"{PAST}T09:00:00+08:00")),
    ("due_in_past", directive(plan_due_on=PAST, due_on=days_ahead(9))),
    ("due_twice", dated(due_at=f"{days_ahead(9)}T09:00:00+08:00")),
    ("due_required", dated(due_on=None)),
    ("due_reason_required", ordinary(due_on=days_ahead(9))),
    ("plan_due_not_applicable", ordinary(plan_due_on=days_ahead(2))),
    ("plan_after_result", directive(plan_due_on=days_ahead(12), due_on=days_ahead(9))),
    ("date_out_of_range", dated(due_on="9999-12-31")),
    ("date_out_of_range", dated(due_on=None, due_at="9999-12-31T23:59:59-12:00")),
    ("date_out_of_range", ordinary(issued_at="9999-12-31T23:59:59-12:00")),
    ("date_out_of_range", ordinary(issued_at="0001-01-01T00:00:00+14:00")),
    ("issued_too_far_ahead", ordinary(issued_at=f"{days_ahead(400)}T09:00:00+08:00")),
    ("issued_before_rules", ordinary(issued_at="1999-12-31T09:00:00+08:00")),
    ("no_automatic_limit", ordinary(issued_at="2021-07-15T09:00:00+08:00")),
    ("blank_text", ordinary(title=" \n ")),
    ("blank_text", ordinary(content="")),
    ("blank_text", ordinary(source={"type": ""})),
    ("text_too_long", ordinary(content="长" * 20_001)),
    ("text_too_long", ordinary(basis="长" * 20_001)),
    ("title_too_long", ordinary(title="长" * 201)),
    ("unknown_field", ordinary(colour="red")),
    ("unknown_field", ordinary(source={"type": "会议", "colour": "red"})),
    ("missing_field", {}),
    ("missing_field", ordinary(source={})),
    ("invalid_field", ordinary(source="会议")),
    ("invalid_field", ordinary(title=5)),
    ("invalid_field", ordinary(title=None)),
    ("invalid_field", ordinary(co_units="JTJ")),
    ("invalid_field", ordinary(public="yes")),
    ("invalid_field", ordinary(issued_at=1_798_675_200)),
    ("invalid_field", dated(due_on=1_798_675_200)),
    ("invalid_field", dated(due_on="2026-02-30")),
    ("invalid_field", dated(due_on="明天")),
    ("invalid_field", ordinary(issuing_name="督查室")),
    ("control_character", ordinary(title="老旧\0小区")),
    ("control_character", ordinary(title="老旧\x07小区")),
    ("control_character", ordinary(content="\ud800")),
    ("control_character", ordinary(source={"type": "\0"})),
    ("control_character", ordinary(**{"\0": 1})),
    ("only_year_round", ordinary(year=10**4000)),
    ("missing_field", ordinary(milestones=[{"a": [[[[1]]]]}])),
    ("invalid_field", ordinary(targets=[{"name": "投资额", "target": 0}])),
    ("invalid_field", ordinary(targets=[{"name": "投资额", "target": "1e400"}])),
]


@pytest.mark.parametrize(("code", "body"), ITEMS)
async def test_an_item_that_cannot_be_issued_is_refused(
    desk: People, code: str, body: Json
) -> None:
    async with nothing_made(desk):
        # Written by hand: a client's own writer refuses some of this.
        answer = await desk.send("office", "POST", "/items", content=json.dumps(body), headers=JSON)
        assert problem(answer) == (422, code)


async def test_a_refusal_names_every_wrong_field(desk: People) -> None:
    answer = await desk.post("office", "/items", ordinary(colour="red", title=5, due_on="明天"))
    for field in ("title", "due_on", "colour"):
        assert field in answer.json()["detail"]
    for changed, named in (
        ({"content": " "}, "content：文字内容不能为空，请填写。"),
        ({"source": {"type": " "}}, "source.type：文字内容不能为空，请填写。"),
        ({"basis": "长" * 20_001}, "basis：文字内容过长，不能超过 20000 字，请删减。"),
    ):
        answer = await desk.post("office", "/items", ordinary(**changed))
        assert answer.json()["detail"] == named


async def test_text_as_long_as_allowed_is_kept_whole(desk: People) -> None:
    item = await desk.issue(content="长" * 20_000)
    assert (await desk.read(item))["content"] == "长" * 20_000


ACTS: list[tuple[str, str, Json]] = [
    ("plan", "blank_text", {"text": " "}),
    ("plan", "text_too_long", {"text": "长" * 20_001}),
    ("plan", "missing_field", {}),
    ("plan", "unknown_field", {"text": "三步", "colour": "red"}),
    ("plan", "invalid_field", {"text": "三步", "expected_done_on": "2026-13-01"}),
    ("plan", "invalid_field", {"text": "三步", "expected_done_on": 1_798_675_200}),
    ("plan", "invalid_field", {"text": ["三步"]}),
    ("plan", "control_character", {"text": "三\0步"}),
    ("plan", "control_character", {"text": "三步", "attachments": ["\ud800"]}),
    ("plan", "unknown_file", {"text": "三步", "attachments": ["没有"]}),
    ("plan", "too_many_files", {"text": "三步", "attachments": [str(n) for n in range(51)]}),
    ("plan", "unknown_file", {"text": "三步", "attachments": [str(uuid.uuid4())]}),
    ("feedback", "invalid_field", {"text": "完成", "final": "true"}),
    ("feedback", "invalid_field", {"text": "完成", "final": 1}),
    ("feedback", "final_or_interim", {"text": "完成", "final": True, "interim_opinion": True}),
    ("receipt", "text_too_long", {"on_behalf_of": "长" * 20_001}),
    ("extension", "not_later_than_due", {"reason": "难", "new_due_on": PAST}),
    ("extension", "date_out_of_range", {"reason": "难", "new_due_on": "9999-12-31"}),
    ("coordination", "blank_text", {"problem": "难", "tried": "", "asked": "请"}),
    (
        "coordination",
        "invalid_field",
        {"problem": "难", "tried": "试", "asked": "请", "level": "市长"},
    ),
    ("delay-explanation", "missing_field", {"reason": "难"}),
]


@pytest.mark.parametrize(("route", "code", "body"), ACTS)
async def test_an_act_that_cannot_be_read_is_refused(
    desk: People, route: str, code: str, body: Json
) -> None:
    item = await desk.issue(directive())
    before = await desk.act("zjj", item, "receipt") if route != "receipt" else item
    path = f"/items/{item['id']}/{route}"
    answer = await desk.send("zjj", "POST", path, content=json.dumps(body), headers=JSON)
    assert problem(answer) == (422, code)
    assert (await desk.read(item))["seq"] == before["seq"]


RAW: list[tuple[bytes, tuple[int, str]]] = [
    (b"{", (400, "malformed_json")),
    (b"{'a': 1}", (400, "malformed_json")),
    (b'{"title": "\xff\xfe"}', (400, "malformed_json")),
    (b'{"title": "' + b"\x00" + b'"}', (400, "malformed_json")),
    (b"[" * 100_000, (400, "malformed_json")),
    (b'{"a":' * 100_000, (400, "malformed_json")),
    (b'{"year": ' + b"9" * 5000 + b"}", (400, "malformed_json")),
    (b"[]", (422, "invalid_body")),
    (b"null", (422, "invalid_body")),
    (b"42", (422, "invalid_body")),
    (b'"text"', (422, "invalid_body")),
]
POSTED = ("/items", "/items/{id}/receipt", "/calendar/preview", "/inbox/read", "/auth/password")


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize(("raw", "expected"), RAW, ids=range(len(RAW)))
async def test_what_is_no_json_object_is_refused_everywhere(
    desk: People, path: str, raw: bytes, expected: tuple[int, str]
) -> None:
    where = path.format(id=uuid.uuid4())
    answer = await desk.send("office", "POST", where, content=raw, headers=JSON)
    assert problem(answer) == expected


async def test_json_of_any_depth_is_an_answer_and_no_crash(desk: People) -> None:
    for depth in (30, 100, 199, 200, 201, 300, 500, *range(880, 1010, 3)):
        raw = b'{"milestones": ' + b"[" * depth + b"]" * depth + b"}"
        answer = await desk.send("office", "POST", "/items", content=raw, headers=JSON)
        assert problem(answer)[0] in {400, 422}


def _three_megabytes() -> bytes:
    return json.dumps(ordinary(content="x" * 3_000_000)).encode()


async def test_three_megabytes_are_too_much_declared_or_not(desk: People) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        whole = _three_megabytes()
        for start in range(0, len(whole), 65_536):
            yield whole[start : start + 65_536]

    async with nothing_made(desk):
        for content in (_three_megabytes(), in_pieces()):
            for path in ("/items", f"/items/{uuid.uuid4()}/receipt", "/calendar/preview"):
                answer = await desk.send("office", "POST", path, content=content, headers=JSON)
                assert problem(answer) == (413, "body_too_large")
                content = in_pieces() if not isinstance(content, bytes) else content


async def test_a_file_may_be_larger_but_not_without_end(desk: People) -> None:
    kept = await desk.upload("zjj", "大附件.zip", b"x" * 3_000_000)
    assert kept["size"] == 3_000_000
    answer = await desk.send(
        "zjj", "POST", "/files", files={"file": ("过大.zip", b"x" * (21 * 1024 * 1024))}
    )
    assert problem(answer) == (413, "body_too_large")


QUERIES: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
    ("/items", {"cursor": "zzz"}, (422, "bad_cursor")),
    ("/items", {"cursor": "9" * 5000}, (422, "bad_cursor")),
    ("/items", {"cursor": ""}, (422, "bad_cursor")),
    ("/inbox", {"cursor": "zzz"}, (422, "bad_cursor")),
    ("/items", {"limit": 0}, (422, "invalid_field")),
    ("/items", {"limit": 201}, (422, "invalid_field")),
    ("/items", {"limit": "9" * 5000}, (422, "invalid_field")),
    ("/items", {"status": "lost"}, (422, "invalid_field")),
    ("/items", {"lamp": "blue"}, (422, "invalid_field")),
    ("/items", {"due_before": "2026-13-01"}, (422, "invalid_field")),
    ("/items", {"year": "二〇二六"}, (422, "invalid_field")),
    ("/items", {"q": "长" * 201}, (422, "invalid_field")),
    ("/items", {"colour": "red"}, (422, "unknown_field")),
    ("/stats", {"group_by": "colour"}, (422, "invalid_field")),
    ("/calendar/1999", {}, (422, "invalid_field")),
    ("/calendar/" + "9" * 5000, {}, (422, "invalid_field")),
    ("/calendar/next", {}, (422, "invalid_field")),
    ("/files/zzz", {}, (422, "invalid_field")),
    ("/policies/nope", {}, (404, "not_found")),
    ("/items/%00", {}, (404, "not_found")),
    ("/items/%ED%A0%80", {}, (404, "not_found")),
    ("/items/" + "x" * 3000, {}, (404, "not_found")),
    ("/nowhere", {}, (404, "not_found")),
    ("/static/nowhere.js", {}, (404, "not_found")),
    ("/", {}, (404, "not_found")),
]


@pytest.mark.parametrize(("path", "params", "expected"), QUERIES)
async def test_a_question_that_makes_no_sense_is_refused(
    desk: People, path: str, params: dict[str, Any], expected: tuple[int, str]
) -> None:
    assert problem(await desk.get("office", path, **params)) == expected


async def test_text_that_cannot_be_stored_finds_nothing(desk: People) -> None:
    for params in ({"q": "老\0旧"}, {"unit": "Z\0"}):
        answer = await desk.get("office", "/items", **params)
        assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_a_wrong_method_says_which_are_right(desk: People) -> None:
    for method, path, allow in (
        ("DELETE", "/items", "GET, POST"),
        ("PUT", f"/items/{uuid.uuid4()}", "GET"),
        ("PATCH", "/me", "GET"),
    ):
        answer = await desk.send("office", method, path)
        assert problem(answer) == (405, "method_not_allowed")
        assert set(answer.headers["allow"].split(", ")) <= set(allow.split(", "))


async def test_a_calendar_must_be_one(desk: People) -> None:
    good = {"year": 2098, "notice": "国办发明电〔2097〕7号", "rest_days": [], "work_days": []}
    for changed, code in (
        ({"year": 2097}, "year_mismatch"),
        ({"notice": " "}, "bad_calendar"),
        ({"notice": "国办\0"}, "control_character"),
        ({"notice": "\ud800"}, "control_character"),
        ({"rest_days": ["2097-01-01"]}, "bad_calendar"),
        ({"rest_days": ["2098-01-04"], "work_days": ["2098-01-04"]}, "bad_calendar"),
        ({"work_days": ["2098-01-03"]}, "bad_calendar"),
        ({"rest_days": "2098-01-01"}, "invalid_field"),
        ({"colour": "red"}, "unknown_field"),
    ):
        content = json.dumps(good | changed)
        answer = await desk.send("office", "PUT", "/calendar/2098", content=content, headers=JSON)
        assert problem(answer) == (422, code)
    assert (await desk.get("office", "/calendar/2098")).json()["provisional"] is True


async def test_a_unit_must_be_one(desk: People) -> None:
    for code, body, refused in (
        ("NEW", {"name": ""}, "bad_name"),
        ("NEW", {"name": "区\0局"}, "control_character"),
        ("NEW", {"name": "长" * 201}, "bad_name"),
        ("NEW", {"name": "区民政局"}, "unit_name_taken"),
        ("NEW", {"name": "新局", "deputies": "deputy"}, "invalid_field"),
        ("NEW", {"name": "新局", "deputies": [""]}, "bad_name"),
        ("NEW", {"name": "新局", "leader": "x"}, "unknown_field"),
        ("N W", {"name": "新局"}, "invalid_field"),
        ("N" * 41, {"name": "新局"}, "invalid_field"),
    ):
        assert problem(await desk.put("office", f"/units/{code}", body)) == (422, refused)
    assert "NEW" not in {unit["code"] for unit in (await desk.get("zjj", "/units")).json()["items"]}


async def test_a_date_to_count_from_must_be_one(desk: People) -> None:
    for start, code in (
        ("2026-10-01T09:00:00", "naive_datetime"),
        ("2026-10-01T00:00:00", "naive_datetime"),
        ("2026-02-30", "invalid_field"),
        ("明天", "invalid_field"),
        (20_261_001, "invalid_field"),
        (None, "invalid_field"),
        ("1999-12-31", "date_out_of_range"),
        ("9999-12-31T23:59:59-12:00", "date_out_of_range"),
        ("0001-01-01T00:00:00+14:00", "date_out_of_range"),
    ):
        body = {"rule": "ordinary_result", "start": start}
        assert problem(await desk.post("zjj", "/calendar/preview", body)) == (422, code)
    unknown = {"rule": "someday", "start": "2026-10-01"}
    assert problem(await desk.post("zjj", "/calendar/preview", unknown)) == (422, "invalid_field")


HOUR = timedelta(hours=1)


def _tokens(stack: Stack, good: str) -> Iterator[str]:
    """Tokens that stand for nobody; ``good`` is one of the office's."""
    ours, now = Tokens(stack.environment["DUBAN_SECRET_KEY"], HOUR), datetime.now(ZONE)
    read = ours.read(good)
    assert read is not None
    session = read.session_id
    yield "x"
    yield "x.y.z"
    yield "eyJhbGciOiJub25lIn0.eyJzdWIiOiJvZmZpY2UiLCJleHAiOjk5OTk5OTk5OTl9."
    yield ours.issue("office", session, now - HOUR - timedelta(minutes=5))
    yield ours.issue("office", uuid.uuid4(), now)
    yield ours.issue("nobody", session, now)
    yield ours.issue("chief", session, now)
    yield Tokens("another system's secret key, long enough", HOUR).issue("office", session, now)
    yield ours.issue("office", session, now)[:-4] + "AAAA"


async def test_without_a_good_token_nothing_is_answered(desk: People, stack: Stack) -> None:
    schema = (await desk.get("office", "/openapi.json")).json()
    guarded = [
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        if "security" in operation
    ]
    assert len(guarded) > 30
    for method, path in guarded:
        where = re.sub(r"\{year\}", "2026", re.sub(r"\{(seq)\}", "1", path))
        where = re.sub(r"\{\w+\}", str(uuid.uuid4()), where)
        answer = await desk.send(None, method, where)
        assert problem(answer) == (401, "not_signed_in"), (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"
    for token in _tokens(stack, desk.tokens["office"]):
        headers = {"Authorization": f"Bearer {token}"}
        assert problem(await desk.send(None, "GET", "/me", headers=headers)) == (
            401,
            "not_signed_in",
        )
    basic = {"Authorization": "Basic b2ZmaWNlOng="}
    assert problem(await desk.send(None, "GET", "/me", headers=basic))[0] == 401


async def test_signing_in_says_no_more_than_it_must(desk: People) -> None:
    answers = [
        await desk.client.post("/auth/token", data={"username": username, "password": password})
        for username, password in (
            ("office", "wrong password"),
            ("nobody at all", PASSWORD),
            ("off\0ice", PASSWORD),
            ("", PASSWORD),
            ("x" * 50_000, "y" * 50_000),
        )
    ]
    assert [problem(answer) for answer in answers[:3]] == [(401, "bad_credentials")] * 3
    assert len({answer.text for answer in answers[:3]}) == 1
    assert problem(answers[3])[0] in {401, 422}
    assert problem(answers[4]) == (401, "bad_credentials")
    assert problem(await desk.client.post("/auth/token", json={"username": "office"})) == (
        422,
        "missing_field",
    )


async def test_an_idempotency_key_has_a_length(desk: People) -> None:
    async with nothing_made(desk):
        for key in ("", "x" * 201):
            answer = await desk.send("office", "POST", "/items", key=key, json=ordinary())
            assert problem(answer) == (422, "bad_idempotency_key")
