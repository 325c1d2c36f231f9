"""A browser for all tests of pages."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from tests.browser import launched
from tests.people import People


@pytest_asyncio.fixture(scope="session", autouse=True)
async def everybody(desk: People) -> None:
    """The people who sign in by the pages are there before anybody does."""


@pytest_asyncio.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser, started once."""
    async with launched() as browser:
        yield browser
