"""One system with payload encryption for all of these tests; each says which keys it needs."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.security.vault import Vault, key, opened

K1 = key("k1")
"""The key the system is opened with."""


@pytest_asyncio.fixture(scope="session")
async def building(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Vault]:
    """The system itself."""
    async with opened(tmp_path_factory.mktemp("vault"), K1) as vault:
        yield vault


@pytest_asyncio.fixture
async def vault(building: Vault) -> Vault:
    """The system under the key it was opened with, whatever a test before has left."""
    await building.use(K1)
    return building
