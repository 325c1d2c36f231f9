"""The whole system with payload encryption, whose keys can be changed while items are open."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.client import Client, WorkflowHandle

from domain.items import Role
from embedded import Stack, StackOptions
from embedded.virtual_time import VirtualTime
from runtime.settings import Settings
from runtime.temporal import connect
from store import passwords, units, users
from store.session import Database
from tests.people import ACCOUNTS, PASSWORD, UNITS, Json, People
from workflows.ids import workflow_id

VARIABLE = "DUBAN_PAYLOAD_KEYS"


def key(key_id: str, filling: int | None = None) -> str:
    """``id:key``, the key random unless it is to be made of one byte."""
    raw = os.urandom(32) if filling is None else bytes([filling]) * 32
    return f"{key_id}:{base64.b64encode(raw).decode()}"


class Vault:
    """A stack, the people who work with it, and a client as our own processes have it."""

    def __init__(self, stack: Stack, desk: People, client: Client) -> None:
        self.stack = stack
        self.desk = desk
        self.client = client

    @property
    def keys(self) -> str:
        """The keys that worker and API have now."""
        return self.stack.environment.get(VARIABLE, "")

    async def use(self, keys: str) -> None:
        """Have worker and API run with these keys, as after a change of the environment."""
        if keys == self.keys:
            return
        self.stack.environment[VARIABLE] = keys
        await asyncio.gather(*(self.stack.restart(name) for name in ("worker-1", "api")))
        self.client = await connect(settings_of(self.stack))
        self.desk.clock = VirtualTime(self.client)

    def handle(self, item: Json) -> WorkflowHandle[Any, Any]:
        """The workflow of an item."""
        return self.client.get_workflow_handle(workflow_id(item["id"]))

    @property
    def temporal_files(self) -> list[Path]:
        """Everything that Temporal has on disk."""
        folder = self.stack.options.data_dir / "temporal"
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert {"temporal.db", "temporal.db-wal"} <= {path.name for path in files}
        return files

    @property
    def logs(self) -> list[Path]:
        """What every service has printed."""
        return list((self.stack.options.data_dir / "logs").iterdir())


@asynccontextmanager
async def opened(folder: Path, keys: str) -> AsyncIterator[Vault]:
    """A new system that runs with these keys, everybody signed in."""
    async with Stack(StackOptions(data_dir=folder / "var", virtual_time=True)) as stack:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv(VARIABLE, keys)
            await stack.start()
        await _register(stack)
        client = await connect(settings_of(stack))
        async with httpx.AsyncClient(base_url=f"{stack.api_url}/api/v1", timeout=30) as http:
            desk = await People.signed_in(http, VirtualTime(client))
            yield Vault(stack, desk, client)


def settings_of(stack: Stack) -> Settings:
    """The settings of the stack's own processes."""
    names = {name.removeprefix("DUBAN_").lower(): text for name, text in stack.environment.items()}
    return Settings.model_validate(names)


async def _register(stack: Stack) -> None:
    digest = await passwords.hash_password(PASSWORD)
    database = Database(settings_of(stack).async_database_url)
    async with database.write() as connection:
        for code, name, deputies in UNITS:
            await units.put_unit(connection, code, name, deputies)
        for username, name, role, unit in ACCOUNTS:
            await users.add_user(
                connection,
                username,
                role=Role(role),
                name=name,
                password_hash=digest,
                unit_code=unit,
            )
    await database.dispose()
