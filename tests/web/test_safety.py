"""What attackers, other sites and long nights do to the pages, and that nothing comes of it."""

import re
import uuid
from collections.abc import Callable
from html.parser import HTMLParser

import httpx
import pytest
from playwright.async_api import Browser, Dialog, expect

from domain.acts import ACTS
from domain.items import Role
from embedded import Stack
from store import units
from store.session import Database
from tests.api.accounts import Somebody, bearing, somebody
from tests.people import PASSWORD, Json, People, dated, ordinary
from tests.web.desk import DESKTOP, Person
from tests.web.reader import Reader, key_of, mark_of
from web.forms import Field, Kind, fields_of
from web.pages.registering import FIELDS
from web.sessions import COOKIE

POISON = (
    "<script>alert('坏')</script>\"><img src=x onerror=alert(1)><svg onload=alert(2)>"
    '</textarea></title></option>\'{{7*7}}${7*7}javascript:alert(3)<a href="javascript:alert(4)">'
)
UNIT = "WEB"
_OURS = re.compile(r"/|#|http://127\.0\.0\.1:\d+/namespaces/\w+/workflows/[\w-]+$")
"""Our own addresses, and a workflow in Temporal's UI."""


class _Seen(HTMLParser):
    """What a browser would make of a page: its elements and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    @property
    def harmful(self) -> list[tuple[str, dict[str, str]]]:
        """What no page of ours has."""
        return [
            (tag, attributes)
            for tag, attributes in self.elements
            if tag in {"img", "iframe", "object", "style", "base"}
            or (tag == "script" and not attributes.get("src", "").startswith("/static/"))
            or any(name.startswith("on") or name == "style" for name in attributes)
            or any(
                not _OURS.match(attributes.get(name, "/"))
                for name in ("href", "src", "action", "formaction")
            )
        ]

    def said(self, name: str) -> str:
        """The value of the input of that name."""
        found = (a for tag, a in self.elements if tag == "input" and a.get("name") == name)
        return next(found)["value"]


def inputs_of(answer: httpx.Response) -> dict[str, str]:
    """What the page's inputs say, by name."""
    elements = _Seen(answer.text).elements
    return {a["name"]: a["value"] for tag, a in elements if tag == "input" and a.get("value")}


def harmless(answer: httpx.Response) -> str:
    """The answer's text, once it is seen that nothing in it does anything."""
    assert _Seen(answer.text).harmful == []
    return answer.text


async def _unit(database: Database) -> None:
    async with database.write() as connection:
        await units.put_unit(connection, UNIT, "页面单位", ["deputy"])


async def _clerk(desk: People, database: Database) -> Somebody:
    """Somebody of a unit of this test's own, whose sessions nobody else uses."""
    await _unit(database)
    return await somebody(desk, database, Role.UNIT, UNIT)


def _poisoned(fields: tuple[Field, ...]) -> dict[str, str]:
    """The poison in everything that takes text."""
    found: dict[str, str] = {}
    for field in fields:
        inner = field.fields or (None,)
        for below in inner:
            name = {
                Kind.ROWS: f"{field.name}.0.{below.name if below else ''}",
                Kind.GROUP: f"{field.name}.{below.name if below else ''}",
            }.get(field.kind, field.name)
            found[name] = POISON
    return found


async def test_every_form_gives_back_as_text_what_was_filled_in(stack: Stack, desk: People) -> None:
    item = (await desk.issue(dated()))["id"]
    async with Reader.at(stack.api_url, "office") as office:
        answer = await office.post("/items/new", **_poisoned(FIELDS), wants="issue")
        assert answer.status_code == 422
        assert harmless(answer).count("&lt;script&gt;") >= 10
        for name, spec in ACTS.items():
            form = _poisoned(fields_of(spec.body)) | {"seq": POISON, "on_behalf_of": POISON}
            answer = await office.post(f"/items/{item}/acts/{name}", **form)
            assert answer.status_code in {403, 409, 422}, (name, answer.status_code)
            assert "&lt;script&gt;" in harmless(answer), name
        asked = "?" + str(httpx.QueryParams({"q": POISON, "title": POISON, "done": POISON}))
        for path in ("/items", "/items/new", f"/items/{item}", "/inbox", "/", "/no" + asked):
            harmless(await office.get(path + asked))
        # What stands in the address is no number, no date and no status: the API says so.
        for name in ("status", "lamp", "cursor", "due_after", "unit", "year"):
            refused = await office.get(f"/items?{httpx.QueryParams({name: POISON})}")
            assert refused.status_code in {200, 422}, name
            harmless(refused)
    async with Reader.at(stack.api_url) as nobody:
        page = await nobody.get(f"/sign-in{asked}&next={POISON}")
        nobody.mark = mark_of(page)
        harmless(page)
        answer = await nobody.post("/sign-in", username=POISON, password=POISON, next=POISON)
        assert "&lt;script&gt;" in harmless(answer)
    assert len(await desk.timeline({"id": item})) == 1


def _into(asked: list[str]) -> Callable[[Dialog], None]:
    return lambda dialog: asked.append(dialog.message)


async def test_what_is_on_record_stays_text_in_a_browser(
    browser: Browser, stack: Stack, desk: People
) -> None:
    source = {"type": "批示", "leader": POISON, "reference": POISON}
    body = ordinary(
        kind="milestones",
        title=f"毒 {POISON}",
        content=POISON,
        basis=POISON,
        original_text=POISON,
        source=source,
        milestones=[{"name": POISON, "due_on": dated()["due_on"], "unit": "ZJJ"}],
    )
    made = await desk.post("office", "/items", body)
    assert made.status_code == 201, made.text
    item: Json = made.json()
    await desk.act("zjj", item, "receipt")
    kept = await desk.upload("zjj", "<img src=x onerror=alert(1)>.pdf", b"%PDF-1.7")
    await desk.act("zjj", item, "feedback", text=POISON, attachments=[kept["id"]])
    await desk.act("office", item, "reminders", form="phone", said=POISON, to=POISON)
    for who in ("office", "zjj", "deputy"):
        async with Person.at(browser, stack.api_url, who, size=DESKTOP) as person:
            asked: list[str] = []
            person.page.on("dialog", _into(asked))
            for path in (
                f"/items/{item['id']}",
                f"/items/{item['id']}/acts/submit_feedback",
                "/items?q=毒",
                "/inbox",
                "/",
            ):
                await person.go(path)
                page = person.page
                assert await page.locator("main img, main script, main svg[onload]").count() == 0
                if path.startswith("/items/") and "acts" not in path:
                    await expect(page.locator("h1")).to_contain_text("{{7*7}}${7*7}javascript")
            assert asked == []
            assert [said for said in person.heard if "409" not in said] == []
    async with Reader.at(stack.api_url, "zjj") as zjj:
        got = await zjj.get(f"/files/{kept['id']}")
        assert got.headers["content-disposition"].startswith("attachment;")
        assert got.headers["x-content-type-options"] == "nosniff"


async def test_a_form_that_is_not_ours_does_nothing(stack: Stack, desk: People) -> None:
    item = await desk.issue()
    to = f"/items/{item['id']}/acts/receive"
    async with (
        Reader.at(stack.api_url, "zjj") as zjj,
        Reader.at(stack.api_url, "zjj") as again,
        Reader.at(stack.api_url, "office") as office,
    ):
        key = {"key": str(uuid.uuid4())}
        for form, headers in (
            (key, {}),
            (key | {"csrf": ""}, {}),
            (key | {"csrf": "0" * 64}, {}),
            (key | {"csrf": office.mark}, {}),
            (key | {"csrf": again.mark}, {}),
            (key | {"csrf": zjj.mark}, {"Sec-Fetch-Site": "cross-site"}),
            (key | {"csrf": zjj.mark}, {"Sec-Fetch-Site": "same-site"}),
        ):
            answer = await zjj.send(to, form, headers=headers)
            assert answer.status_code == 403, (form, headers)
        for path in ("/sign-out", "/inbox", "/password", "/items/new"):
            answer = await zjj.send(path, {"csrf": office.mark})
            assert answer.status_code == 403, path
        assert len(await desk.timeline(item)) == 1
        ours = {"Sec-Fetch-Site": "same-origin"}
        assert (await zjj.send(to, key | {"csrf": zjj.mark}, headers=ours)).status_code == 303
    # Nobody is signed in by somebody else's page either.
    async with Reader.at(stack.api_url) as nobody:
        await nobody.get("/sign-in")
        answer = await nobody.send("/sign-in", {"username": "zjj", "password": PASSWORD})
        assert answer.status_code == 422
        assert COOKIE not in nobody.client.cookies


async def test_a_form_left_open_overnight(stack: Stack, desk: People, database: Database) -> None:
    clerk = await _clerk(desk, database)
    item = await desk.issue(dated(lead_unit=UNIT))
    to = f"/items/{item['id']}/acts/return_assignment"
    async with Reader.at(stack.api_url, clerk.username) as reader:
        form = {
            "csrf": reader.mark,
            "key": key_of(await reader.get(to)),
            "reason": "夜里写的 <进展>",
        }
        await desk.send("admin", "DELETE", f"/users/{clerk.username}/sessions")

        evening = await reader.send(to, form)
        assert evening.status_code == 200
        assert "您刚才填写的内容没有丢失" in evening.text
        seen = _Seen(evening.text)
        assert seen.said("kept.reason") == "夜里写的 <进展>"
        assert seen.said("kept.key") == form["key"]
        assert "kept.csrf" not in evening.text
        kept = {
            a["name"]: a["value"]
            for tag, a in seen.elements
            if tag == "input" and a.get("type") == "hidden"
        }
        mistaken = await reader.send(
            "/sign-in", kept | {"username": clerk.username, "password": "不是这个密码"}
        )
        assert (mistaken.status_code, _Seen(mistaken.text).said("kept.reason")) == (
            422,
            "夜里写的 <进展>",
        )
        morning = await reader.send(
            "/sign-in", kept | {"username": clerk.username, "password": PASSWORD}
        )
        assert morning.status_code == 200
        assert "夜里写的 &lt;进展&gt;" in morning.text
        assert len(await desk.timeline(item)) == 1
        again = {
            a["name"]: a["value"]
            for tag, a in _Seen(morning.text).elements
            if tag == "input" and a.get("name")
        }
        # Sent, and sent once more: done once.
        for _ in range(2):
            assert (await reader.send(to, again)).status_code == 303
        record = [entry["act"] for entry in await desk.timeline(item)]
        assert record.count("return_assignment") == 1
        # The page of yesterday, sent from another window with the mark of yesterday.
        stale = await reader.send(to, form)
        assert stale.status_code == 403
        assert "请返回重新打开页面" in stale.text
        assert len(await desk.timeline(item)) == len(record)


async def test_nobody_is_led_to_another_site(stack: Stack) -> None:
    for to in (
        *("//evil.example/", "https://evil.example/", "/\\evil.example", "\\/evil", "evil.example"),
        *("javascript:alert(1)", "/\t/evil.example", "/\n//evil.example", " //evil.example"),
    ):
        async with Reader.at(stack.api_url) as reader:
            reader.mark = mark_of(await reader.get(f"/sign-in?{httpx.QueryParams({'next': to})}"))
            said = {"username": "jtj", "password": PASSWORD, "next": to}
            answer = await reader.post("/sign-in", **said)
            assert (answer.status_code, answer.headers["location"]) == (303, "/"), to
            again = await reader.get(f"/sign-in?{httpx.QueryParams({'next': to})}")
            assert again.headers["location"] == "/", to
    async with Reader.at(stack.api_url) as reader:
        reader.mark = mark_of(await reader.get("/sign-in"))
        said = {"username": "jtj", "password": PASSWORD, "next": "/items?lamp=red"}
        answer = await reader.post("/sign-in", **said)
        assert answer.headers["location"] == "/items?lamp=red"
    async with Reader.at(stack.api_url) as reader:
        reader.mark = mark_of(await reader.get("/sign-in"))
        said = {"username": "jtj", "password": PASSWORD, "kept_path": "https://evil.example/"}
        assert "evil.example" not in (await reader.post("/sign-in", **said)).text


async def test_the_cookie(stack: Stack, desk: People, database: Database) -> None:
    clerk = await _clerk(desk, database)
    for headers, secure in (({}, False), ({"X-Forwarded-Proto": "https"}, True)):
        async with Reader.at(stack.api_url) as reader:
            reader.client.headers.update(headers)
            page = await reader.get("/sign-in")
            said = {"username": clerk.username, "password": PASSWORD, "csrf": mark_of(page)}
            visitor = page.headers["set-cookie"]
            # As a browser that came by https would send it.
            sent = {"Cookie": visitor.split(";")[0]}
            answer = await reader.send("/sign-in", said, headers=sent)
            for given in (visitor, answer.headers["set-cookie"]):
                assert "; HttpOnly" in given
                assert "; SameSite=lax" in given
                assert "; Path=/" in given
                assert "Domain" not in given
                assert ("; Secure" in given) == secure
            cookie = answer.headers["set-cookie"].split(";")[0].removeprefix(f"{COOKIE}=")
    # It is good for pages alone, and an access token is good for none.
    assert (await bearing(desk, cookie, "GET", "/me")).status_code == 401
    async with Reader.at(stack.api_url) as reader:
        for held, status in ((cookie, 200), ((await clerk.tokens())["access_token"], 303)):
            got = await reader.client.get("/", headers={"Cookie": f"{COOKIE}={held}"})
            assert got.status_code == status


async def test_signing_out_ends_the_session(stack: Stack, desk: People, database: Database) -> None:
    clerk = await _clerk(desk, database)
    tokens = await clerk.tokens()

    async def sessions() -> int:
        answer = await clerk.send(tokens, "GET", "/auth/sessions")
        return len(answer.json()["items"])

    async with Reader.at(stack.api_url, clerk.username) as reader:
        held = reader.client.cookies[COOKIE]
        before = await sessions()
        answer = await reader.post("/sign-out")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert COOKIE not in reader.client.cookies
        assert await sessions() == before - 1
        # Whoever kept the cookie has nothing of it.
        got = await reader.client.get("/", headers={"Cookie": f"{COOKIE}={held}"})
        assert got.status_code == 303


async def test_every_answer_says_what_a_browser_may_do_with_it(stack: Stack) -> None:
    async with Reader.at(stack.api_url, "zjj") as reader:
        for path in (
            *("/", "/items", "/inbox", "/no-such-page", f"/items/{uuid.uuid4()}", "/items/new"),
            *("/static/duban.js", "/static/duban.css", "/static/none", "/sign-in"),
            *("/items?cursor=no", "/items/export?format=csv", f"/files/{uuid.uuid4()}"),
        ):
            answer = await reader.get(path)
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'")
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"
            assert answer.headers["referrer-policy"] == "same-origin"
            static = path.startswith("/static/duban")
            assert ("no-store" in answer.headers["cache-control"]) != static, path
        for method in ("PUT", "DELETE", "PATCH", "TRACE"):
            assert (await reader.client.request(method, "/items")).status_code == 405


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
async def test_a_session_that_ends_while_somebody_writes(
    browser: Browser, stack: Stack, desk: People, database: Database, script: bool
) -> None:
    clerk = await _clerk(desk, database)
    item = await desk.issue(dated(lead_unit=UNIT))
    async with Person.at(
        browser, stack.api_url, clerk.username, size=DESKTOP, script=script
    ) as person:
        await person.go(f"/items/{item['id']}/acts/return_assignment")
        await person.fill(原因="写了一夜。")
        await desk.send("admin", "DELETE", f"/users/{clerk.username}/sessions")
        await person.press("退件")
        await person.sees("您刚才填写的内容没有丢失")
        await person.fill(用户名=clerk.username, 密码=PASSWORD)
        await person.press("登录")
        await expect(person.page.get_by_role("heading", name="请核对后再次提交")).to_be_visible()
        await person.sees("写了一夜。")
        await person.press("再次提交")
        await person.sees("已退件。")
        assert person.heard == []
    assert [entry["act"] for entry in await desk.timeline(item)].count("return_assignment") == 1
