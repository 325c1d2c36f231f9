"""Asking the API in this process, as whoever looks at a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from starlette.types import ASGIApp

from api.app import PREFIX
from domain.items import Json


class Problem(Exception):
    """What the API answered instead (RFC 9457): ``detail`` is Chinese, and for people to read."""

    def __init__(self, status: int, code: str, detail: str, headers: Mapping[str, str]) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The API at ``base``, asked with one access token from one address."""

    api: ASGIApp
    base: str
    token: str | None
    address: str
    agent: str = ""

    async def get(self, path: str, **query: Any) -> Any:  # noqa: ANN401 - whatever JSON it is
        """The answer to a question; parameters that are ``None`` or empty are not asked for."""
        return (await self.answer("GET", path, query=query)).json()

    async def post(self, path: str, body: Json | None = None, key: str | None = None) -> Any:  # noqa: ANN401
        """The answer to a request to do something, once for each ``key``."""
        return self._json(await self.answer("POST", path, json=body or {}, key=key))

    async def put(self, path: str, body: Json, *, new: bool = False) -> Any:  # noqa: ANN401
        """The answer to a request to set something; ``new`` asks that it be not there yet."""
        return self._json(await self.answer("PUT", path, json=body, new=new))

    async def patch(self, path: str, body: Json) -> Any:  # noqa: ANN401
        """The answer to a request to change something."""
        return self._json(await self.answer("PATCH", path, json=body))

    async def delete(self, path: str) -> None:
        """Take something away."""
        await self.answer("DELETE", path)

    async def upload(self, path: str, name: str, content: bytes, **more: str) -> Any:  # noqa: ANN401
        """The answer to a file."""
        return self._json(
            await self.answer("POST", path, files={"file": (name, content)}, data=more)
        )

    async def form(self, path: str, **fields: str) -> Any:  # noqa: ANN401
        """The answer to a plain form."""
        return self._json(await self.answer("POST", path, data=fields))

    async def answer(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        key: str | None = None,
        cookie: str | None = None,
        new: bool = False,
        **sent: Any,  # noqa: ANN401 - json, data, files, as httpx takes them
    ) -> httpx.Response:
        """The whole answer. Raises :class:`Problem`."""
        headers = {"user-agent": self.agent}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        if key is not None:
            headers["idempotency-key"] = key
        if new:
            headers["if-none-match"] = "*"
        if cookie is not None:
            headers["cookie"] = cookie
        asked = {
            name: in_address(v) for name, v in (query or {}).items() if v is not None and v != ""
        }
        transport = httpx.ASGITransport(self.api, client=(self.address, 0))
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            answer = await client.request(
                method,
                f"{self.base}{PREFIX}{path}",
                params=asked,
                headers=headers,
                timeout=None,
                **sent,
            )
        if answer.status_code >= 400:
            told = answer.json()
            raise Problem(answer.status_code, told["code"], told["detail"], answer.headers)
        return answer

    @staticmethod
    def _json(answer: httpx.Response) -> Any:  # noqa: ANN401
        return answer.json() if answer.content else None


def address_part(said: str) -> str:
    """``said`` as one part of an address: neither a question nor a way up begins in it."""
    return quote(said, safe="").replace(".", "%2E")


def in_address(value: object) -> str:
    """A value as it stands in an address."""
    return str(value).lower() if isinstance(value, bool) else str(value)
