"""The real parts, started once for the whole run: PostgreSQL, Temporal, a worker and the API."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from hypothesis import settings
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from domain.directory import POST_NAMES, TRIO
from domain.items import Role
from embedded import Stack, StackOptions
from embedded.virtual_time import VirtualTime
from runtime.settings import Settings
from store import passwords, persons, posts, units, users
from store.session import Database, WriteConnection
from tests.hanging import watched
from tests.people import ACCOUNTS, PASSWORD, UNITS, People
from tests.surroundings import surroundings
from tests.world import matrix

__all__ = ["matrix"]

# How long an example takes is no finding.
settings.register_profile("duban", deadline=None)
settings.load_profile("duban")

LONGEST = (
    "tests/e2e/test_faults.py",
    "tests/bench/",
    "tests/security/test_rotation.py",
    "tests/api/test_conformance.py",
    "tests/api/test_matrix.py",
    "tests/year/",
    "tests/embedded/test_whole.py",
)
"""Begun first, the longest one after the other, so that no process is left with one at the end."""
FIGURES = pytest.StashKey[list[str]]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """After everything has been shuffled."""
    items.sort(key=lambda item: _place(item.nodeid))


def _place(nodeid: str) -> int:
    begun = [place for place, name in enumerate(LONGEST) if nodeid.startswith(name)]
    return begun[0] if begun else len(LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """Say of a test that hangs what it is waiting for."""
    marker = item.get_closest_marker("timeout")
    seconds = marker.args[0] if marker else float(item.config.getini("timeout"))
    lines = item.config.stash.setdefault(FIGURES, [])
    with watched(item.nodeid, seconds, lines.append):
        return (yield)


@pytest.fixture(scope="session")
def figures(pytestconfig: pytest.Config) -> list[str]:
    """Lines to be printed at the end of the run."""
    return pytestconfig.stash.setdefault(FIGURES, [])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of a run in parallel hands its figures over."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["figures"] = session.config.stash.get(FIGURES, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take them over."""
    handed = getattr(node, "workeroutput", {}).get("figures", [])
    node.config.stash.setdefault(FIGURES, []).extend(handed)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print them."""
    for line in config.stash.get(FIGURES, []):
        terminalreporter.write_line(line)


@pytest_asyncio.fixture(scope="session")
async def stack(tmp_path_factory) -> AsyncIterator[Stack]:
    """The whole system with virtual time, on free ports."""
    folder: Path = tmp_path_factory.mktemp("stack")
    async with Stack(StackOptions(data_dir=folder / "var", virtual_time=True)) as running:
        with surroundings():
            await running.start()
        yield running


@pytest_asyncio.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """The application's own database."""
    opened = Database(_settings(stack).async_database_url)
    yield opened
    await opened.dispose()


@pytest_asyncio.fixture(scope="session")
async def temporal(stack: Stack) -> Client:
    """A client as an operator has it."""
    return await Client.connect(stack.temporal_address, data_converter=pydantic_data_converter)


@pytest_asyncio.fixture(scope="session")
async def clock(temporal: Client) -> VirtualTime:
    """Moves single items forward in time."""
    return VirtualTime(temporal)


@pytest_asyncio.fixture(scope="session")
async def desk(stack: Stack, database: Database, clock: VirtualTime) -> AsyncIterator[People]:
    """Everybody who works with the system, signed in through the API."""
    digest = await passwords.hash_password(PASSWORD)
    async with database.write() as connection:
        for code, name, deputies in UNITS:
            await units.put_unit(connection, code, name, deputies)
            if deputies:
                await _trio(connection, code)
        for username, name, role, unit in ACCOUNTS:
            await users.add_user(
                connection,
                username,
                role=Role(role),
                name=name,
                password_hash=digest,
                unit_code=unit,
            )
    async with httpx.AsyncClient(base_url=f"{stack.api_url}/api/v1", timeout=30) as client:
        yield await People.signed_in(client, clock)


async def _trio(connection: WriteConnection, code: str) -> None:
    """Three people who answer for a unit."""
    for post in TRIO:
        person = persons.Person(name=f"{code}{POST_NAMES[post]}", phone="0533-6180000")
        number = await persons.person_for_post(connection, code, person)
        await posts.appoint(connection, code, post, number, None)


def _settings(stack: Stack) -> Settings:
    names = {name.removeprefix("DUBAN_").lower(): text for name, text in stack.environment.items()}
    return Settings.model_validate(names)
