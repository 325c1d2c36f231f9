"""The directory: units, the deputy leaders in charge, and who of them cannot be told."""

import uuid

from tests.people import People


def _code() -> str:
    return f"U-{uuid.uuid4().hex[:8]}"


async def test_a_unit_is_registered_changed_and_listed(desk: People) -> None:
    code = _code()
    body = {"name": f"新设单位 {code}", "deputies": ["deputy2", "deputy"]}
    put = await desk.put("office", f"/units/{code}", body)
    assert put.status_code == 200
    unit = {"code": code, "name": body["name"], "deputies": ["deputy", "deputy2"], "warnings": []}
    assert put.json() | unit == put.json()
    renamed = await desk.put("admin", f"/units/{code}", {"name": f"更名单位 {code}"})
    assert renamed.json()["deputies"] == ["deputy", "deputy2"], "nobody is dismissed by silence"
    body = {"name": f"更名单位 {code}", "deputies": []}
    changed = await desk.put("admin", f"/units/{code}", body)
    assert (changed.json()["name"], changed.json()["deputies"]) == (f"更名单位 {code}", [])
    listed = (await desk.get("zjj", "/units")).json()["items"]
    assert changed.json() in listed
    assert [u["code"] for u in listed] == sorted(u["code"] for u in listed)


async def test_a_deputy_who_cannot_be_told_is_warned_of(desk: People) -> None:
    code = _code()
    for deputies, expected in (
        ([], {"no_deputy"}),
        (["nobody-yet"], {"no_account"}),
        (["office"], {"no_account"}),
        (["deputy"], set()),
    ):
        body = {"name": f"单位 {code}", "deputies": deputies}
        put = await desk.put("office", f"/units/{code}", body)
        assert {warning["code"] for warning in put.json()["warnings"]} == expected


async def test_an_item_is_issued_to_a_unit_by_its_full_name(desk: People) -> None:
    code = _code()
    name = f"全称单位 {code}"
    await desk.put("office", f"/units/{code}", {"name": name, "deputies": ["deputy2"]})
    item = await desk.issue(lead_unit=name, co_units=["区民政局", "MZJ"])
    assert (item["lead_unit"], item["lead_unit_name"], item["co_units"]) == (code, name, ["MZJ"])
    assert (await desk.read(item, "deputy2"))["id"] == item["id"]
