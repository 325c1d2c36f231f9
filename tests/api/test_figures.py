"""Figures through the API: each opens to its lines, each line to the entries that prove it, and
nobody reads more of them than of the items themselves. Ledgers answer and are exported alike."""

import csv
import io
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import openpyxl
import pytest_asyncio

from domain.figures import FAULT_NAMES, FaultKind
from domain.items import Role
from store import passwords, users
from store.session import Database
from tests.people import PASSWORD, ZONE, Json, People, dated, days_ahead, directive, ordinary

SIGNED = {"approved": True, "comment": "同意"}
ACCEPTED = {"accepted": True, "comment": "属实"}
UNITS = {"FGA": ("数字甲局", "figa"), "FGB": ("数字乙局", "figb")}


@dataclass(frozen=True, kw_only=True)
class Year:
    """Items with a word of their own, by what became of them."""

    word: str
    items: dict[str, Json]

    def names(self, lines: list[Json]) -> list[str]:
        """Which of them are listed, as often as they are."""
        ids = {item["id"]: name for name, item in self.items.items()}
        return sorted(ids[line["item"]["id"]] for line in lines)


@pytest_asyncio.fixture(scope="module")
async def year(desk: People, database: Database) -> Year:
    """Two units of their own, and one item of each fate."""
    digest = await passwords.hash_password(PASSWORD)
    for code, (name, username) in UNITS.items():
        put = await desk.put("office", f"/units/{code}", {"name": name, "deputies": ["deputy"]})
        assert put.status_code == 200, put.text
        async with database.write() as conn:
            await users.add_user(
                conn,
                username,
                role=Role.UNIT,
                name=f"{name}某",
                password_hash=digest,
                unit_code=code,
            )
    await desk.sign_in("figa", "figb")
    word = f"数{uuid.uuid4().hex}字"
    bodies = {
        "new": dated(lead_unit="FGA"),
        "late": ordinary(lead_unit="FGA", issued_at="2026-10-10T09:00:00+08:00"),
        "reworked": dated(lead_unit="FGA"),
        "on paper": dated(lead_unit="FGA"),
        "moved": dated(lead_unit="FGA"),
        "wrong": dated(lead_unit="FGA"),
        "joined": dated(lead_unit="FGB", co_units=["FGA"]),
        "directive": directive(lead_unit="FGA", original_text="绝密批示"),
    }
    items = {name: await desk.issue(body, title=f"{name} {word}") for name, body in bodies.items()}
    file = await desk.upload("figa", "结果.pdf", b"%PDF-1.7")
    for name in ("late", "reworked", "on paper", "moved"):
        await desk.act("figa", items[name], "receipt")
    for name, more in (("reworked", {}), ("on paper", {"attachments": [file["id"]]})):
        await desk.act("figa", items[name], "feedback", text="办结", final=True, **more)
        await desk.act("deputy", items[name], "sign-off", **SIGNED)
    await desk.act("office", items["on paper"], "review", **ACCEPTED)
    await desk.act("office", items["reworked"], "review", accepted=False, comment="漏项")
    await desk.act("figa", items["reworked"], "feedback", text="补办", final=True)
    await desk.act("deputy", items["reworked"], "sign-off", **SIGNED)
    await desk.act("office", items["reworked"], "review", **ACCEPTED)
    for form in ("phone", "covert"):
        await desk.act("office", items["moved"], "reminders", form=form, to="某", said="快")
    await desk.act("figa", items["moved"], "extension", reason="雨", new_due_on=days_ahead(70))
    await desk.act("figa", items["wrong"], "return", reason="不属本单位")
    await desk.act("office", items["wrong"], "return/decision", **ACCEPTED)
    return Year(word=word, items=items)


async def opened(desk: People, who: str, path: str) -> list[Json]:
    """All lines behind an address, page by page."""
    found: list[Json] = []
    more, whole = "", path.removeprefix("/api/v1")
    while True:
        answer = await desk.send(who, "GET", f"{whole}&limit=5{more}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        more = f"&cursor={page['next_cursor']}"


async def test_every_figure_opens_to_lines_that_timelines_prove(desk: People, year: Year) -> None:
    told = {
        item["id"]: {entry["seq"] for entry in await desk.timeline(item)}
        for item in year.items.values()
    }
    for group_by in ("unit", "leader", "period"):
        stats = (await desk.get("office", "/stats", group_by=group_by, q=year.word)).json()
        for row in (*stats["items"], stats["total"]):
            for figure, path in row["lines"].items():
                if not row[figure]:
                    continue
                lines = await opened(desk, "office", path)
                assert sum(line["amount"] for line in lines) == row[figure], (group_by, figure)
                for line in lines:
                    assert set(line["entries"]) <= told[line["item"]["id"]]
    total = stats["total"]
    wanted = {
        "issued": 7, "open": 5, "closed": 2, "due": 1, "settled": 3, "closed_on_time": 2,
        "lapsed": 1, "overdue_now": 1, "extensions": 1, "returns": 1, "reminders": 1,
        "misassigned": 1, "circulars": 0, "terminated": 0,
    }  # fmt: skip
    assert {name: total[name] for name in wanted} == wanted
    assert (total["on_time_rate"], total["mean_days"]) == (0.6667, 0.0)
    lines = await opened(desk, "office", total["lines"]["returns"])
    assert year.names(lines) == ["reworked"]
    [entry] = [e for e in await desk.timeline(lines[0]["item"]) if e["seq"] in lines[0]["entries"]]
    assert (entry["act"], entry["body"]["accepted"]) == ("review", False)


async def test_the_three_musts(desk: People, year: Year) -> None:
    answer = (await desk.get("office", "/integrity", q=year.word)).json()
    assert answer["clean"] is False
    found = {
        check["figure"]: year.names(await opened(desk, "office", check["lines"]))
        for check in answer["checks"]
    }
    assert found == {
        "unsigned": ["directive", "joined", "new"],
        "no_result": ["late"],
        "no_report": ["reworked"],
    }
    assert [check["count"] for check in answer["checks"]] == [3, 1, 1]
    long_ago = await desk.get("office", "/integrity", q=year.word, issued_until="2026-10-09")
    assert long_ago.json()["clean"] is True
    october = await desk.get("office", "/integrity", q=year.word, issued_until="2026-10-10")
    assert [check["count"] for check in october.json()["checks"]] == [0, 1, 0]


async def test_faults_by_unit(desk: People, year: Year) -> None:
    answer = (await desk.get("office", "/faults", q=year.word)).json()
    [row] = answer["items"]
    counted = {name: row[name] for name in ("unit", "late", "rework", "misassigned", "missed")}
    # Entered long after its receipt was due, the late one was not received in time either.
    assert counted == {"unit": "FGA", "late": 1, "rework": 1, "misassigned": 1, "missed": 1}
    assert answer["uncovered_clauses"] >= 0
    lines = await opened(desk, "office", row["lines"])
    assert [(line["kind"], year.names([line])) for line in lines] == [
        ("misassigned", ["wrong"]),
        ("rework", ["reworked"]),
        *[(line["kind"], ["late"]) for line in lines if year.names([line]) == ["late"]],
    ]
    for line in lines:
        assert line["entry"] in {e["seq"] for e in await desk.timeline(line["item"])}
    assert (await desk.get("figb", "/faults", q=year.word)).json()["items"] == []
    own = (await desk.get("figa", "/faults", q=year.word)).json()
    # What was taken back from a unit is not there for it any more.
    assert (own["items"][0]["misassigned"], own["uncovered_clauses"]) == (0, None)


async def test_the_burden_of_a_week(desk: People, year: Year) -> None:
    today = datetime.now(ZONE).date().isoformat()
    asked: dict[str, Any] = {"unit": "FGA", "since": today, "until": today}
    [week] = (await desk.get("office", "/burden", **asked)).json()["items"]
    # The covert check asked nothing of anybody.
    assert week["asked"]["reminder"] == 1
    lines = await opened(desk, "office", week["lines"])
    assert len(lines) == week["reports"] + week["reminders"]
    assert year.items["moved"]["id"] in {line["item_id"] for line in lines}
    assert (await desk.get("figb", "/burden", **asked)).json()["items"] == []
    assert (await desk.get("figb", "/burden/lines", **asked)).json()["items"] == []
    wrong = await desk.get("office", "/burden", since="2026-02-01", until="2026-01-01")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_period")


async def test_the_time_ledger_adds_up(desk: People, year: Year) -> None:
    for group_by in ("unit", "leader"):
        answer = (await desk.get("office", "/time-ledger", group_by=group_by, q=year.word)).json()
        holders = ("unit", "deputy", "office", "approver", "suspended")
        for row in (*answer["items"], answer["total"]):
            for measure in ("seconds", "working_seconds"):
                parts = sum(row[holder][measure] for holder in holders)
                assert parts == row["total"][measure]
            lines = await opened(desk, "office", row["lines"])
            assert len(lines) == row["count"]
            # Between the two requests what is open runs on.
            longer = sum(line["total"]["seconds"] for line in lines) - row["total"]["seconds"]
            assert 0 <= longer <= 60 * len(lines)
            for line in lines:
                ends = [span["end"] for span in line["spans"]]
                starts = [span["start"] for span in line["spans"]]
                assert group_by == "leader" or row is answer["total"] or starts == sorted(starts)
                assert ends == sorted(ends)
    late = year.items["late"]
    [line] = (await desk.get("office", "/time-ledger/lines", q=late["title"])).json()["items"]
    [span] = line["spans"]
    assert (span["holder"], span["start"]) == ("unit", "2026-10-10T09:00:00+08:00")


async def table(desk: People, who: str, path: str, **asked: Any) -> list[dict[str, str]]:
    """The rows of a file; as a workbook it has the same."""
    answer = await desk.get(who, path, format="csv", **asked)
    assert answer.status_code == 200, answer.text
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    book = await desk.get(who, path, format="xlsx", **asked)
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    told = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [str(cell) for cell in told[0]] == rows[0]
    assert len(told) == len(rows)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


async def test_faults_burden_and_time_are_exported_as_they_are_shown(
    desk: People, year: Year
) -> None:
    asked: dict[str, Any] = {"q": year.word}
    [shown] = (await desk.get("office", "/faults", **asked)).json()["items"]
    [row] = await table(desk, "office", "/faults/export", **asked)
    assert [row["当时承办的单位"], *[row[FAULT_NAMES[kind]] for kind in FaultKind]] == [
        shown["unit_name"],
        *[str(shown[kind]) for kind in FaultKind],
    ]
    lines = await opened(desk, "office", shown["lines"])
    rows = await table(desk, "office", "/faults/lines/export", **asked)
    assert [(one["编号"], one["情形"]) for one in rows] == [
        (line["item"]["number"], line["name"]) for line in lines
    ]
    late = await table(desk, "office", "/faults/lines/export", fault="late", **asked)
    assert [one["情形"] for one in late] == [FAULT_NAMES[FaultKind.LATE]]
    assert await table(desk, "figb", "/faults/lines/export", **asked) == []

    today = datetime.now(ZONE).date().isoformat()
    days: dict[str, Any] = {"unit": "FGA", "since": today, "until": today}
    [week] = (await desk.get("office", "/burden", **days)).json()["items"]
    [row] = await table(desk, "office", "/burden/export", **days)
    assert [row["须报送"], row["催办和提醒"]] == [str(week["reports"]), str(week["reminders"])]
    lines = await opened(desk, "office", week["lines"])
    rows = await table(desk, "office", "/burden/lines/export", **days)
    assert [(one["编号"], one["要求"]) for one in rows] == [
        (line["item_number"], line["name"]) for line in lines
    ]
    assert await table(desk, "figb", "/burden/lines/export", **days) == []

    for group_by in ("unit", "leader"):
        by = {"group_by": group_by, **asked}
        times = (await desk.get("office", "/time-ledger", **by)).json()
        rows = await table(desk, "office", "/time-ledger/export", **by)
        assert [one["事项数"] for one in rows] == [
            str(one["count"]) for one in (*times["items"], times["total"])
        ]
    lines = await opened(desk, "office", times["total"]["lines"])
    rows = await table(desk, "office", "/time-ledger/lines/export", **asked)
    assert [(one["编号"], one["在谁手中"], one["自"]) for one in rows] == [
        (line["item"]["number"], span["holder_name"], f"{began:%Y-%m-%d %H:%M:%S}")
        for line in lines
        for span in line["spans"]
        for began in [datetime.fromisoformat(span["start"])]
    ]


async def test_ledgers_answer_and_are_exported_alike(desk: People, year: Year) -> None:
    known = {one["name"] for one in (await desk.get("office", "/ledgers")).json()["items"]}
    assert known >= {"items", "directives", "meetings", "proposals", "reminders", "responsible"}
    for name in known - {"responsible", "circulars", "deductions"}:
        rows = await opened(desk, "office", f"/ledgers/{name}?q={year.word}")
        shown = (await desk.get("office", f"/ledgers/{name}", q=year.word)).json()
        table = await desk.get("office", f"/ledgers/{name}/export", format="csv", q=year.word)
        lines = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
        assert [line["编号"] for line in lines] == [row["number"] for row in rows]
        headings = ["序号", *(column["heading"] for column in shown["columns"])]
        assert table.text.lstrip("\ufeff").splitlines()[0].split(",") == headings
        assert "绝密批示" not in table.text + str(rows)
    whole = await desk.get("office", "/ledgers/items/export", q=year.word)
    [sheet] = openpyxl.load_workbook(io.BytesIO(whole.content)).worksheets
    assert sheet["A1"].value.startswith(f"总台账　条件：检索＝{year.word}　导出：")
    again = await desk.get("office", "/items/export", q=year.word)
    assert len(again.content) > 0
    assert again.headers["content-type"] == whole.headers["content-type"]
    mine = await opened(desk, "figb", f"/ledgers/items?q={year.word}")
    assert [row["title"] for row in mine] == [year.items["joined"]["title"]]
    reminded = await opened(desk, "figa", f"/ledgers/reminders?q={year.word}")
    assert [row["form"] for row in reminded] == ["电话催报"]
    assert (await desk.get("office", "/ledgers/none")).status_code == 404
    refused = await desk.get("office", "/ledgers/responsible", year=2026)
    assert refused.json()["code"] == "filter_not_applicable"
