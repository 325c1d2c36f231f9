"""Somebody at a browser: signs in, reads pages and fills in forms by what stands on them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import Browser, ConsoleMessage, Page, Response, expect

from tests.people import PASSWORD

WAITS_MS = 20_000
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


def _is_wrong(said: ConsoleMessage) -> bool:
    """Whether a page's own doing is at fault: a form that is refused is answered with 4xx."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")


@dataclass(slots=True)
class Person:
    """One of several people, each with a browser of their own. ``heard`` are the errors that a
    page's script or its security policy raised."""

    page: Page
    base: str
    heard: list[str] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def at(
        cls,
        browser: Browser,
        base: str,
        who: str,
        *,
        size: dict[str, int],
        script: bool = True,
        password: str = PASSWORD,
        lands: str = "办公桌",
    ) -> "AsyncIterator[Person]":
        """``who``, signed in, for a block; the page ``lands`` comes first."""
        context = await browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            java_script_enabled=script,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        page = await context.new_page()
        page.set_default_timeout(WAITS_MS)
        person = cls(page=page, base=base)
        page.on("pageerror", lambda error: person.heard.append(str(error)))
        page.on(
            "console",
            lambda said: person.heard.append(said.text) if _is_wrong(said) else None,
        )
        try:
            await person.sign_in(who, password, lands)
            yield person
        finally:
            await context.close()

    async def sign_in(self, who: str, password: str, lands: str) -> None:
        """By the page, as everybody does."""
        await self.go("/sign-in")
        await self.page.get_by_label("用户名").fill(who)
        await self.page.get_by_label("密码").fill(password)
        await self.press("登录")
        await expect(self.page.get_by_role("heading", name=lands)).to_be_visible()

    async def go(self, path: str) -> Response:
        """Open a page."""
        answer = await self.page.goto(f"{self.base}{path}")
        assert answer is not None
        return answer

    async def press(self, name: str) -> None:
        """Press the button of that name."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def follow(self, name: str) -> None:
        """Follow the link of that name."""
        await self.page.get_by_role("link", name=name, exact=True).first.click()

    async def fill(self, **fields: str) -> None:
        """Fill in fields by their labels."""
        for label, said in fields.items():
            await self.page.get_by_label(label).first.fill(said)

    async def sees(self, text: str) -> None:
        """Wait until it stands on the page."""
        await expect(self.page.get_by_text(text).first).to_be_visible()

    async def act(self, item: str, title: str, **fields: str) -> None:
        """Do an act from the item's page that has a form of its own."""
        await self.go(f"/items/{item}")
        await self.follow(title)
        await self.fill(**fields)
        await self.press(title)
        await self.sees(f"已{title}。")
