"""One system with payload encryption for all of these tests; each says which keys it needs."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.security.vault import Vault, key, opened

K1 = key("k1")
K2 = key("k2")
BOTH = f"{K1},{K2}"
"""What the system is opened with: the items that other tests have left can be read."""


@pytest_asyncio.fixture(scope="session")
async def building(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Vault]:
    """The system itself."""
    async with opened(tmp_path_factory.mktemp("vault"), BOTH) as vault:
        yield vault


@pytest_asyncio.fixture
async def vault(building: Vault) -> Vault:
    """The system under the keys it was opened with, whatever a test before has left."""
    await building.use(BOTH)
    return building
