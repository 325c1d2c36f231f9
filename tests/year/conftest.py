"""The test server, which has one clock for all and skips the time in which nothing happens; the
real worker, the real record, the real commands."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.postgres import Urls, pool, server, urls
from tests.year.house import YearHouse

__all__ = ["pool", "server", "urls"]


@pytest_asyncio.fixture
async def house(urls: Urls) -> AsyncIterator[YearHouse]:
    """A district whose years pass in seconds."""
    async with YearHouse.opened(urls.app) as opened:
        yield opened
