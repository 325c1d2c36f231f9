"""The real Temporal server, started once, and a house with its own worker for every test."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from domain.seal import Seals
from embedded import Stack, StackOptions
from embedded.virtual_time import VirtualTime
from tests.workflows.house import House


@pytest_asyncio.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The servers alone, with virtual time."""
    folder = tmp_path_factory.mktemp("servers")
    async with Stack(StackOptions(data_dir=folder / "var", virtual_time=True)) as stack:
        await stack.start_servers()
        yield stack


@pytest_asyncio.fixture(scope="session")
async def client(servers: Stack) -> Client:
    """A client as everybody has it."""
    return await Client.connect(servers.temporal_address, data_converter=pydantic_data_converter)


@pytest.fixture
def unopened(client: Client) -> House:
    """A house whose worker has not started yet."""
    return House(client=client, seals=Seals("a key of these tests"), clock=VirtualTime(client))


@pytest_asyncio.fixture
async def house(unopened: House) -> AsyncIterator[House]:
    """A house at work."""
    async with unopened as opened:
        yield opened
