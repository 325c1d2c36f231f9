"""Finding items: filters, pages, search, and figures that add up."""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import pytest_asyncio

from tests.people import ZONE, Json, People, dated, days_ahead, directive, ordinary

SIGNED = {"approved": True, "comment": "同意"}
RESULT = {"text": "已完成", "final": True}
ACCEPTED = {"accepted": True, "comment": "属实"}


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Some items with a word of their own, by what they are."""

    word: str
    items: dict[str, Json]

    def names(self, heads: list[Json]) -> set[str]:
        """Which of them a list shows."""
        ids = {item["id"]: name for name, item in self.items.items()}
        return {ids[head["id"]] for head in heads}


@pytest_asyncio.fixture(scope="session")
async def shelf(desk: People) -> Shelf:
    """One item of each sort."""
    word = f"甲{uuid.uuid4().hex}乙"
    title = f"整治行动 {word}"
    bodies = {
        "far": dated(title=title, category="A1"),
        "near": dated(title=title, due_on=days_ahead(1)),
        "late": ordinary(title=title, issued_at="2026-10-10T09:00:00+08:00"),
        "directive": directive(title=title, lead_unit="JTJ", co_units=["MZJ"]),
        "closed": dated(title=title, content="已办的老事"),
        "closed late": ordinary(title=title, issued_at="2026-09-18T09:00:00+08:00"),
        "ended": dated(title=title, lead_unit="MZJ", category="F"),
        "put off": dated(title=title, lead_unit="JTJ"),
    }
    items = dict(
        zip(bodies, await asyncio.gather(*(desk.issue(b) for b in bodies.values())), strict=True)
    )
    for name in ("closed", "closed late"):
        await desk.act("zjj", items[name], "receipt")
        await desk.act("zjj", items[name], "feedback", **RESULT)
        await desk.act("deputy", items[name], "sign-off", **SIGNED)
        items[name] = await desk.act("office", items[name], "review", **ACCEPTED)
    items["ended"] = await desk.act("office", items["ended"], "termination", reason="取消")
    items["put off"] = await desk.act("office", items["put off"], "suspension", reason="等")
    return Shelf(word=word, items=items)


EVERY = {"far", "near", "late", "directive", "closed", "closed late", "ended", "put off"}
OF_ZJJ = {"far", "near", "late", "closed", "closed late"}
FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, EVERY),
    ({"status": "issued"}, {"far", "near", "late", "directive"}),
    ({"status": "closed"}, {"closed", "closed late"}),
    ({"status": "terminated"}, {"ended"}),
    ({"status": "suspended"}, {"put off"}),
    ({"lamp": "red"}, {"late"}),
    ({"lamp": "grey"}, {"closed", "closed late", "ended", "put off"}),
    ({"unit": "ZJJ"}, OF_ZJJ),
    ({"unit": "MZJ"}, {"directive", "ended"}),
    ({"unit": "NOPE"}, set()),
    ({"category": "A1"}, {"far"}),
    ({"category": "F"}, {"ended"}),
    ({"kind": "directive"}, {"directive"}),
    ({"kind": "dated"}, {"far", "near", "closed", "ended", "put off"}),
    ({"lapsed": True}, {"late", "closed late"}),
    ({"lapsed": False}, EVERY - {"late", "closed late"}),
    ({"due_before": "2026-10-17"}, {"late", "closed late"}),
    ({"due_before": "2026-10-16"}, {"closed late"}),
    ({"due_after": "2026-10-16", "due_before": "2026-10-17"}, {"late"}),
    ({"year": 2026, "lamp": "red"}, {"late"}),
    ({"year": 1999}, set()),
    ({"status": "closed", "lapsed": False}, {"closed"}),
    ({"unit": "ZJJ", "kind": "ordinary", "lamp": "red"}, {"late"}),
]


@pytest.mark.parametrize(("filters", "expected"), FILTERS)
async def test_filters_find_what_fits(
    desk: People, shelf: Shelf, filters: dict[str, Any], expected: set[str]
) -> None:
    page = (await desk.get("office", "/items", q=shelf.word, **filters)).json()
    assert shelf.names(page["items"]) == expected
    assert page["next_cursor"] is None


async def test_lamps_part_the_open_items(desk: People, shelf: Shelf) -> None:
    lamps = {
        lamp: shelf.names(
            (await desk.get("office", "/items", q=shelf.word, lamp=lamp)).json()["items"]
        )
        for lamp in ("green", "yellow", "red", "grey")
    }
    assert set.union(*lamps.values()) == EVERY
    assert sum(map(len, lamps.values())) == len(EVERY)
    assert "far" in lamps["green"]
    assert "near" in lamps["yellow"]
    for lamp, names in lamps.items():
        for name in names:
            assert (await desk.read(shelf.items[name]))["lamp"] == lamp


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("zjj", OF_ZJJ),
        ("jtj", {"directive", "put off"}),
        ("mzj", {"directive", "ended"}),
        ("deputy", OF_ZJJ | {"directive", "put off"}),
        ("deputy2", {"directive", "put off", "ended"}),
        ("chief", EVERY),
        ("admin", set()),
    ],
)
async def test_everybody_finds_what_is_theirs(
    desk: People, shelf: Shelf, who: str, expected: set[str]
) -> None:
    page = (await desk.get(who, "/items", q=shelf.word)).json()
    assert shelf.names(page["items"]) == expected


async def test_search_looks_in_title_content_number_and_unit(desk: People, shelf: Shelf) -> None:
    closed = shelf.items["closed"]
    for query, expected in (
        (shelf.word, EVERY),
        (shelf.word.upper(), EVERY),
        (f"整治 {shelf.word}", EVERY),
        (f"整治行动{shelf.word}", set()),
        (f"{shelf.word} 已办的老事", {"closed"}),
        (f"{shelf.word} 民政", {"ended"}),
        (f"{shelf.word} {closed['number']}", {"closed"}),
        (f"  {shelf.word}\t", EVERY),
        (f"{shelf.word} 没有的词", set()),
        (f"{shelf.word} %", set()),
        (f"{shelf.word} _", set()),
    ):
        page = (await desk.get("office", "/items", q=query)).json()
        assert shelf.names(page["items"]) == expected, query


async def test_pages_show_everything_once_the_newest_first(desk: People, shelf: Shelf) -> None:
    whole = (await desk.get("office", "/items", q=shelf.word)).json()["items"]
    seen: list[Json] = []
    cursor: Json = {}
    while True:
        page = (await desk.get("office", "/items", q=shelf.word, limit=3, **cursor)).json()
        assert len(page["items"]) <= 3
        seen += page["items"]
        if not seen[3:]:
            # What is issued meanwhile does not move the pages.
            await desk.issue(title="插队事项")
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert [head["id"] for head in seen] == [head["id"] for head in whole]
    assert len({head["id"] for head in seen}) == len(EVERY)


async def test_a_cursor_shows_nobody_more_than_is_theirs(desk: People, shelf: Shelf) -> None:
    page = (await desk.get("office", "/items", q=shelf.word, limit=1)).json()
    mine = await desk.get("jtj", "/items", q=shelf.word, cursor=page["next_cursor"])
    assert shelf.names(mine.json()["items"]) <= {"directive", "put off"}
    assert (await desk.get("admin", "/items", cursor=page["next_cursor"])).json()["items"] == []


@pytest.mark.parametrize("who", ["office", "zjj", "deputy2", "admin"])
@pytest.mark.parametrize("group_by", ["unit", "leader", "category", "kind", "status", "period"])
@pytest.mark.parametrize("year", [None, datetime.now(ZONE).year])
async def test_figures_add_up(
    desk: People, shelf: Shelf, who: str, group_by: str, year: int | None
) -> None:
    asked: dict[str, Any] = {"group_by": group_by} | ({"year": year} if year else {})
    stats = (await desk.get(who, "/stats", **asked)).json()
    total = stats["total"]
    for row in (*stats["items"], total):
        assert row["issued"] == row["open"] + row["closed"] + row["terminated"]
        assert row["closed_on_time"] <= row["closed"]
        assert row["overdue_now"] <= row["open"]
    for figure in total["lines"]:
        assert total[figure] == sum(row[figure] for row in stats["items"])
    assert (total["issued"] == 0) is (who == "admin")


async def test_every_figure_can_be_listed(desk: People, shelf: Shelf) -> None:
    """What the figures of a unit say is what its lists show."""
    row = next(
        row
        for row in (await desk.get("office", "/stats", group_by="status")).json()["items"]
        if row["key"] == "terminated"
    )
    # A draft that was withdrawn was never handed out, and is in no figure.
    ended = await _all(desk, "office", status="terminated", issued_from="2000-01-01")
    assert row["issued"] == len(ended)
    total = (await desk.get("jtj", "/stats")).json()["total"]
    assert total["issued"] == len(await _all(desk, "jtj"))
    assert total["closed"] == len(await _all(desk, "jtj", status="closed"))
    assert total["lapsed"] == len(await _all(desk, "jtj", lapsed=True))
    assert total["overdue_now"] == len(await _all(desk, "jtj", lamp="red"))


async def _all(desk: People, who: str, **filters: Any) -> list[Json]:
    found: list[Json] = []
    cursor: Json = {}
    while True:
        page = (await desk.get(who, "/items", limit=200, **filters, **cursor)).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}
