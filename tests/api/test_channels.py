"""Messages outside the system, over a real sink: once each, in order, 补发 where they were late."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
import pytest_asyncio
from temporalio.client import Client

from domain.channels import Rules, next_sending_time
from domain.items import Role
from store import passwords, reads, units, users
from store.session import Database
from tests.people import PASSWORD, ZONE, Json, People, dated
from tests.sink import Sink, sink
from workflows.channels import NoticeDispatchWorkflow

UNIT = "CH-UNIT"
WHO = "ch-unit"
EVERYTHING = ["normal", "urgent", "extra_urgent"]


@pytest_asyncio.fixture(scope="module")
async def people(desk: People, database: Database) -> AsyncIterator[People]:
    """A unit of its own, so that nobody else's messages come in between."""
    digest = await passwords.hash_password(PASSWORD)
    async with database.write() as connection:
        await units.put_unit(connection, UNIT, "消息渠道测试单位", ["deputy"])
        await users.add_user(
            connection, WHO, role=Role.UNIT, name="测试", password_hash=digest, unit_code=UNIT
        )
    await desk.sign_in(WHO)
    yield desk
    await desk.put(WHO, "/me/channels", {"channels": []})


async def called_on(people: People, receiver: Sink, **other) -> None:
    chosen = {"channel": "webhook", "address": receiver.url, **other}
    answer = await people.put(WHO, "/me/channels", {"channels": [chosen]})
    assert answer.status_code == 200, answer.text


async def look(temporal: Client) -> None:
    """What the schedule does every half minute."""
    await temporal.execute_workflow(
        NoticeDispatchWorkflow.run, id="look-now", task_queue="supervision"
    )


async def issued(people: People, count: int, **other) -> list[Json]:
    body = dated(lead_unit=UNIT, urgency="extra_urgent")
    return [await people.issue(body, title=f"第{n}件", **other) for n in range(count)]


async def sendings(people: People, **wanted) -> list[Json]:
    answer = await people.get("office", "/sendings", username=WHO, limit=200, **wanted)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_each_arrives_once_in_order_and_what_was_refused_meanwhile_is_marked(
    people: People, temporal: Client
) -> None:
    async with sink(refusals=3) as receiver:
        await called_on(people, receiver)
        items = await issued(people, 3)
        await look(temporal)
        bodies = await receiver.until(3)
        on_time = await issued(people, 1)
        await look(temporal)
        bodies = await receiver.until(4)
    assert receiver.refused == 3
    told = [one["messages"][0]["number"] for one in bodies]
    assert told == [item["number"] for item in [*items, *on_time]]
    assert [one["late"] for one in bodies] == [True, True, True, False]
    assert bodies[0]["title"] == "【补发】督查事项下达"
    assert (items[0]["number"] in bodies[0]["text"], "期限" in bodies[0]["text"]) == (True, True)
    assert all(items[0]["content"] not in str(body) for body in bodies)
    keys = [headers["idempotency-key"] for _, headers, _ in receiver.taken]
    assert len(set(keys)) == 4
    rows = [row for item in items for row in await sendings(people, item_id=item["id"])]
    assert [(row["state"], row["late"], row["number"]) for row in rows] == [
        ("sent", True, item["number"]) for item in items
    ]
    assert rows[0]["attempts"] == 4
    assert [row["attempts"] for row in rows[1:]] == [1, 1]


async def test_an_ordinary_message_waits_for_working_time(
    people: People, temporal: Client, database: Database
) -> None:
    """Whatever the hour at which the tests run."""
    async with sink() as receiver:
        await called_on(people, receiver)
        before = datetime.now(ZONE)
        item = await people.issue(dated(lead_unit=UNIT))
        await look(temporal)
        (urgent,) = await issued(people, 1)
        await look(temporal)
        async with database.read() as connection:
            calendar = await reads.calendar(connection)
        at_once = next_sending_time(before, "normal", calendar, Rules().hours) == before
        bodies = await receiver.until(2 if at_once else 1)
        (row,) = await sendings(people, item_id=item["id"])
    assert row["state"] == ("sent" if at_once else "waiting")
    told = [one["messages"][0]["number"] for one in bodies]
    assert told == [item["number"], urgent["number"]][0 if at_once else 1 :]
    await people.put(WHO, "/me/channels", {"channels": []})
    (row,) = await sendings(people, item_id=item["id"])
    assert row["state"] == ("sent" if at_once else "quiet")


async def test_nobody_is_called_who_is_off_or_wants_other_urgencies(
    people: People, temporal: Client
) -> None:
    async with sink() as receiver:
        await called_on(people, receiver, active=False)
        (off,) = await issued(people, 1)
        await called_on(people, receiver, urgencies=["normal"])
        (other,) = await issued(people, 1)
        await people.put(WHO, "/me/channels", {"channels": []})
        (gone,) = await issued(people, 1)
        for item in (off, other, gone):
            assert await sendings(people, item_id=item["id"]) == []
            assert len(await people.inbox(WHO, item)) == 1
    assert receiver.taken == []


async def test_a_test_message_says_whether_it_arrived(people: People) -> None:
    async with sink(refusals=1) as receiver:
        await called_on(people, receiver, active=False)
        path = "/me/channels/webhook/test"
        answer = await people.post(WHO, path)
        assert answer.json() == {"sent": False, "detail": "没有送达：对方答复 503。"}
        answer = await people.post("admin", f"/users/{WHO}/channels/webhook/test")
        assert answer.json()["sent"] is True
        assert receiver.bodies[0]["title"] == "督办测试消息"
    answer = await people.post(WHO, path)
    assert answer.json()["detail"].startswith("没有送达：连接不上")
    answer = await people.post(WHO, "/me/channels/wecom/test")
    assert answer.json()["detail"] == "没有送达：该渠道没有启用，或者没有填写地址。"


async def test_an_address_is_kept_but_never_shown_again(
    people: People, temporal: Client, database: Database
) -> None:
    async with sink() as receiver:
        await called_on(people, receiver)
        answer = await people.get("admin", f"/users/{WHO}/channels")
        shown = {one["channel"]: one for one in answer.json()["items"]}
        assert shown["webhook"]["address"] == f"http://127.0.0.1:{receiver.port}/…"
        assert (shown["webhook"]["available"], shown["email"]["available"]) == (True, False)
        kept = {"channels": [{"channel": "webhook", "urgencies": ["extra_urgent"]}]}
        answer = await people.put("admin", f"/users/{WHO}/channels", kept)
        assert answer.status_code == 200
        assert "geheim" not in answer.text
        await issued(people, 1)
        await look(temporal)
        await receiver.until(1)
        assert receiver.taken[0][0] == "/hook?token=geheim-token"
    async with database.read() as connection:
        query = f"SELECT channel_settings::text FROM channel_settings WHERE username = '{WHO}'"
        (row,) = (await connection.exec_driver_sql(query)).scalars()
    assert "geheim" not in row
    answer = await people.get("admin", "/users/nobody-at-all/channels")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ([{"channel": "webhook", "address": "http://10.1.1.1/"}], "bad_address"),
        ([{"channel": "sms", "address": "110"}], "bad_address"),
        ([{"channel": "email"}], "address_required"),
        ([{"channel": "sms", "address": "13805330000"}] * 2, "channel_twice"),
        ([{"channel": "telegram", "address": "x"}], "invalid_field"),
        ([{"channel": "sms", "address": "13805330000", "urgencies": []}], "invalid_field"),
    ],
)
async def test_what_cannot_be_is_refused(people: People, chosen: list[Json], code: str) -> None:
    answer = await people.put(WHO, "/me/channels", {"channels": chosen})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_sendings_are_listed_page_by_page(people: People, temporal: Client) -> None:
    async with sink() as receiver:
        await called_on(people, receiver)
        await issued(people, 3)
        await look(temporal)
        await receiver.until(3)
    first = (await people.get("admin", "/sendings", username=WHO, limit=2)).json()
    second = await people.get(
        "office", "/sendings", username=WHO, limit=2, cursor=first["next_cursor"]
    )
    ids = [row["id"] for row in (*first["items"], *second.json()["items"])]
    assert ids == sorted(set(ids), reverse=True)
    answer = await people.get("office", "/sendings", username=WHO, state="failed", channel="sms")
    assert answer.json()["items"] == []
    answer = await people.get("office", "/sendings", cursor="x")
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
