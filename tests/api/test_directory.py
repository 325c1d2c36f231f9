"""The directory as one table: judged row by row, imported whole or not at all, exported so that
importing it again changes nothing."""

import csv
import io
from typing import Any

import python_calamine

from domain.items import Role
from ledger.roster import UNIT_COLUMNS
from store.session import Database
from tests.api.directory import account, day, mark, unit
from tests.people import Json, People

SORTS = ("镇", "街道", "开发区", "部门", "其他")
Line = dict[str, str]


def district(tag: str, units: int = 60) -> list[Line]:
    """A district's directory without a mistake."""
    return [
        {
            "单位代码": f"{tag}-{n:02}",
            "单位全称": f"{tag}第{n}单位",
            "类别": SORTS[n % 5],
            "对象类型": "本级部门",
            "第一责任人": f"甲{tag}{n}",
            "第一责任人电话": f"1380000{n:04}",
            "单位分管负责人": f"乙{tag}{n}",
            "单位分管负责人电话": f"0533-618{n:04}",
            "具体责任人": f"丙{tag}{n}",
            "区政府分管领导": "副区长 赵刚" if n % 2 else "deputy、副区长 吴洁（deputy2）",
        }
        for n in range(1, units + 1)
    ]


def as_csv(lines: list[Line]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, UNIT_COLUMNS)
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig")


async def send(
    desk: People, data: bytes, name: str = "名册.csv", *, commit: bool = False, who: str = "office"
) -> Any:
    params = {"commit": "true"} if commit else {}
    return await desk.send(
        who, "POST", "/directory/import", files={"file": (name, data)}, params=params
    )


async def report(desk: People, data: bytes, name: str = "名册.csv") -> Json:
    answer = await send(desk, data, name)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def export(desk: People, format: str) -> bytes:
    answer = await desk.get("office", "/directory/export", format=format)
    assert answer.status_code == 200
    return answer.content


async def codes(desk: People) -> set[str]:
    return {row["code"] for row in (await desk.get("office", "/units")).json()["items"]}


async def test_sixty_units_with_planted_mistakes_are_all_found_and_nothing_is_imported(
    desk: People,
) -> None:
    tag = mark()
    lines = district(tag)
    planted: dict[int, tuple[Line, str]] = {
        3: ({"第一责任人": "", "第一责任人电话": ""}, "principal_missing"),
        7: ({"类别": "乡村"}, "unknown_sort"),
        11: ({"具体责任人电话": "打不通"}, "bad_phone"),
        13: ({"区政府分管领导": "副区长 查无此人"}, "unknown_leader"),
        17: ({"单位代码": f"{tag}-02"}, "duplicate_unit"),
        19: ({"单位全称": f"{tag}第1单位"}, "duplicate_unit"),
        23: (
            {"第一责任人": f"甲{tag}1", "第一责任人电话": "13800000001"},
            "duplicate_person",
        ),
        29: ({"单位代码": "住建局"}, "bad_code"),
        31: ({"单位全称": ""}, "name_missing"),
        37: ({"启用日期": "明年"}, "bad_date"),
        41: ({"单位全称": "区住房和城乡建设局"}, "unit_name_taken"),
        43: ({"第一责任人": ""}, "name_missing"),
        47: ({"对象类型": "企业"}, "unknown_object_type"),
        53: ({"第一责任人账号": "zjj"}, "not_the_unit_s_account"),
        59: ({"启用日期": "2026-05-01", "停用日期": "2026-04-01"}, "bad_period"),
    }
    for n, (changed, _) in planted.items():
        lines[n - 1] |= changed
    found = await report(desk, as_csv(lines))
    wrong = {
        row["row"] - 1: {problem["code"] for problem in row["problems"]}
        for row in found["rows"]
        if row["outcome"] == "wrong"
    }
    assert wrong.keys() == planted.keys(), "every mistake, and no row that has none"
    assert all(code in wrong[n] for n, (_, code) in planted.items()), wrong
    assert (found["new"], found["wrong"], found["committed"]) == (45, 15, False)
    refused = await send(desk, as_csv(lines), commit=True)
    assert (refused.status_code, refused.json()["code"]) == (422, "directory_has_problems")
    assert "第 4 行" in refused.json()["detail"]
    assert not any(code.startswith(tag) for code in await codes(desk))


async def test_a_good_directory_is_imported_whole_and_read_again_changes_nothing(
    desk: People,
) -> None:
    tag = mark()
    lines = district(tag)
    dry = await report(desk, as_csv(lines))
    assert (dry["new"], dry["wrong"], dry["committed"]) == (60, 0, False)
    assert not any(code.startswith(tag) for code in await codes(desk))
    done = await send(desk, as_csv(lines), commit=True)
    assert (done.status_code, done.json()["committed"]) == (200, True)
    first = (await desk.get("office", f"/units/{tag}-01")).json()
    assert (first["sort_name"], first["vacant"], first["deputies"]) == ("街道", [], ["deputy"])
    second = (await desk.get("office", f"/units/{tag}-02")).json()
    assert second["deputies"] == ["deputy", "deputy2"]
    assert (await report(desk, as_csv(lines)))["unchanged"] == 60
    lines[0]["具体责任人"] = "新来的人"
    lines[1]["区政府分管领导"] = "deputy2"
    changed = await report(desk, as_csv(lines))
    assert (changed["changed"], changed["unchanged"]) == (2, 58)
    assert changed["rows"][0]["changes"] == [f"具体责任人：丙{tag}1改为新来的人"]
    assert (await send(desk, as_csv(lines), commit=True)).json()["committed"]
    posts = (await desk.get("office", f"/units/{tag}-01/posts", history=True)).json()["items"]
    assert [(p["person"]["name"], p["until"]) for p in posts if p["post"] == "handler"] == [
        ("新来的人", None),
        (f"丙{tag}1", day(-1)),
    ]


async def test_an_export_read_again_changes_nothing(desk: People, database: Database) -> None:
    code = await unit(desk, "deputy", "deputy2", active_from="2020-01-01", sort="zone")
    await unit(desk, "without-an-account")
    await account(desk, database, Role.DEPUTY, "副区长 丁（挂职）")
    leader = await account(desk, database, Role.DEPUTY, "副区长 戊")
    await desk.put("office", f"/leaders/{leader}/subjects", {"subjects": ["城建", "防汛"]})
    for post in ("principal", "handler"):
        body = {"name": "=cmd|'/c calc'!A0", "phone": "+86 533 6181234"}
        assert (await desk.put("office", f"/units/{code}/posts/{post}", body)).status_code == 200
    for format in ("xlsx", "csv"):
        data = await export(desk, format)
        again = await report(desk, data, f"名册.{format}")
        assert (again["new"], again["changed"], again["wrong"]) == (0, 0, 0), [
            row for row in again["rows"] if row["outcome"] != "unchanged"
        ]
        assert (await send(desk, data, f"名册.{format}", commit=True)).status_code == 200
    history = (await desk.get("office", f"/units/{code}/posts", history=True)).json()["items"]
    assert len(history) == 2


async def test_no_cell_of_an_export_is_a_formula(desk: People) -> None:
    code = await unit(desk)
    for post, name in (("principal", "=1+1"), ("supervisor", "@SUM(A1)"), ("handler", "-2")):
        await desk.put("office", f"/units/{code}/posts/{post}", {"name": name})
    rows = csv.reader(io.StringIO((await export(desk, "csv")).decode("utf-8-sig")))
    (line,) = (row for row in rows if row[0] == code)
    assert {"'=1+1", "'@SUM(A1)", "'-2"} <= set(line)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(await export(desk, "xlsx")))
    for name in book.sheet_names:
        for row in book.get_sheet_by_name(name).to_python():
            for cell in row:
                assert not str(cell).startswith(("=", "+", "-", "@")), cell


async def test_two_leaders_of_one_name_must_be_told_apart(desk: People, database: Database) -> None:
    tag = mark()
    first = await account(desk, database, Role.DEPUTY, f"副区长 {tag}")
    await account(desk, database, Role.DEPUTY, f"副区长 {tag}")
    (line,) = district(tag, 1)
    found = await report(desk, as_csv([line | {"区政府分管领导": f"副区长 {tag}"}]))
    assert found["rows"][0]["problems"][0]["code"] == "same_name"
    assert first in found["rows"][0]["problems"][0]["detail"]
    told = await report(desk, as_csv([line | {"区政府分管领导": f"副区长 {tag}（{first}）"}]))
    assert told["rows"][0]["outcome"] == "new"


async def test_an_account_is_one_person_s(desk: People, database: Database) -> None:
    code = await unit(desk, "deputy")
    clerk = await account(desk, database, Role.UNIT, "丙", code)
    path = f"/units/{code}/posts"
    await desk.put("office", f"{path}/handler", {"name": "丙", "username": clerk})
    other = await desk.put("office", f"{path}/principal", {"name": "甲", "username": clerk})
    assert (other.status_code, other.json()["code"]) == (422, "account_taken")
    line = {"单位代码": code, "单位全称": f"名册单位 {code}", "第一责任人": "甲"}
    (row,) = (await report(desk, as_csv([line | {"第一责任人账号": clerk}])))["rows"]
    assert [problem["code"] for problem in row["problems"]] == ["account_taken"]


async def test_what_is_worth_a_look_keeps_nothing_out(desk: People) -> None:
    tag = mark()
    (line,) = district(tag, 1)
    line |= {"单位分管负责人": "", "单位分管负责人电话": "", "区政府分管领导": ""}
    line |= {"具体责任人": line["第一责任人"], "具体责任人电话": line["第一责任人电话"]}
    line |= {"第一责任人账号": f"later-{tag}"}
    (row,) = (await report(desk, as_csv([line])))["rows"]
    assert row["outcome"] == "new"
    assert [remark["code"] for remark in row["remarks"]] == [
        "trio_incomplete",
        "no_deputy",
        "trio_same_person",
        "no_account",
    ]


async def test_a_file_that_is_no_directory_is_refused_with_what_to_do(desk: People) -> None:
    good = as_csv(district(mark(), 1))
    for data, name, refusal in (
        ("序号,事项\n1,修路\n".encode(), "台账.csv", "not_a_directory"),
        (b"", "空.csv", "empty_file"),
        (good[:200] + b"\xff\xfe\xff" + good[200:], "坏.csv", "broken_encoding"),
        (b"%PDF-1.7 no table", "名册.csv", "not_a_ledger"),
    ):
        answer = await send(desk, data, name)
        assert (answer.status_code, answer.json()["code"]) == (422, refusal), answer.text
    wide = ",".join(UNIT_COLUMNS).encode("gb18030") + "\nX-1,某单位".encode("gb18030")
    assert (await report(desk, wide))["notes"] == ["文件编码为 GB18030"]


async def test_only_the_office_and_the_administrator_import_and_export(desk: People) -> None:
    data = as_csv(district(mark(), 1))
    for who in ("zjj", "deputy", "chief"):
        assert (await send(desk, data, who=who)).status_code == 403
        assert (await desk.get(who, "/directory/export")).status_code == 403
    assert (await send(desk, data, who="admin")).status_code == 200


async def test_persons_are_registered_changed_and_found(desk: People) -> None:
    name = f"人员{mark()}"
    body = {"name": name, "phone": "13900000000", "note": "联络员"}
    made = await desk.post("office", "/persons", body)
    assert made.status_code == 201, made.text
    again = await desk.post("office", "/persons", body)
    assert (again.status_code, again.json()["code"]) == (422, "duplicate_person")
    path = f"/persons/{made.json()['id']}"
    changed = await desk.put("admin", path, {**body, "phone": "13900000009"})
    assert changed.json()["phone"] == "13900000009"
    listed = (await desk.get("office", "/persons", q=name)).json()
    assert listed == {"items": [changed.json()], "next_cursor": None}
    assert (await desk.get("zjj", path)).status_code == 404
    assert (await desk.put("zjj", path, body)).status_code == 404
    assert (await desk.post("zjj", "/persons", body)).status_code == 403
