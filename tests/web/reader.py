"""Somebody who asks for pages without a browser: what the server itself answers."""

import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.people import PASSWORD

_MARK = re.compile(r'name="csrf" value="([0-9a-f]+)"')
_KEY = re.compile(r'name="key" value="([0-9a-f-]+)"')


@dataclass(slots=True)
class Reader:
    """One browser's cookies, and the mark that stands in this visitor's forms."""

    client: httpx.AsyncClient
    mark: str = ""

    @classmethod
    @asynccontextmanager
    async def at(cls, base: str, who: str | None = None) -> "AsyncIterator[Reader]":
        """``who``, signed in, or nobody, for a block."""
        async with httpx.AsyncClient(base_url=base, timeout=30) as client:
            reader = cls(client)
            if who is not None:
                await reader.sign_in(who)
            yield reader

    async def sign_in(self, who: str) -> httpx.Response:
        """By the page."""
        self.mark = mark_of(await self.get("/sign-in"))
        answer = await self.post("/sign-in", username=who, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"] == "/"
        self.mark = mark_of(await self.get("/password"))
        return answer

    async def get(self, path: str) -> httpx.Response:
        """A page; redirections are not followed."""
        return await self.client.get(path)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """A form of this visitor's, with a key of its own unless one is given."""
        return await self.send(path, {"csrf": self.mark, "key": str(uuid.uuid4()), **fields})

    async def send(self, path: str, form: dict[str, Any], **more: Any) -> httpx.Response:
        """A form as it stands."""
        return await self.client.post(path, data=form, **more)


def mark_of(answer: httpx.Response) -> str:
    """The mark in a page's forms."""
    found = _MARK.search(answer.text)
    assert found is not None, answer.text
    return found[1]


def key_of(answer: httpx.Response) -> str:
    """What makes the page's form be done once."""
    found = _KEY.search(answer.text)
    assert found is not None, answer.text
    return found[1]
