"""A receiver of webhooks on this machine that refuses for a while."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.people import Json


@dataclass(slots=True, kw_only=True)
class Sink:
    """What was taken, in order: path, headers in lower case, body; ``refusals`` more it refuses."""

    refusals: int = 0
    refused: int = 0
    port: int = 0
    taken: list[tuple[str, dict[str, str], Json]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook?token=geheim-token"

    @property
    def bodies(self) -> list[Json]:
        """The bodies taken."""
        return [body for _, _, body in self.taken]

    async def until(self, count: int) -> list[Json]:
        """The bodies taken, once there are so many; the test's own limit ends a vain wait."""
        while len(self.taken) < count:
            self.changed.clear()
            await self.changed.wait()
        return self.bodies

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines) if k}
        body: Any = await reader.readexactly(int(headers.get("content-length", 0)))
        if self.refusals:
            self.refusals -= 1
            self.refused += 1
            writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        else:
            self.taken.append((first.split()[1], headers, json.loads(body)))
            writer.write(b"HTTP/1.1 204 Taken\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        self.changed.set()


@asynccontextmanager
async def sink(refusals: int = 0) -> AsyncIterator[Sink]:
    """A sink that listens while the block runs."""
    found = Sink(refusals=refusals)
    server = await asyncio.start_server(found.answer, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found
