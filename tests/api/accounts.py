"""Accounts of a test's own, whose sign-ins and mistakes disturb nobody else."""

import uuid
from dataclasses import dataclass, field

import asyncpg
import httpx

from domain.items import OfficePost, Role
from embedded import Stack
from store import passwords, users
from store.session import Database
from tests.people import PASSWORD, Json, People

_DIGESTS: list[str] = []


@dataclass(slots=True)
class Somebody:
    """A person with an account, and the address they sign in from."""

    desk: People
    username: str
    address: str = field(default_factory=lambda: f"203.0.113.{uuid.uuid4().int % 250}")

    async def sign_in(self, password: str = PASSWORD, **headers: str) -> httpx.Response:
        """Tries to."""
        return await self.desk.client.post(
            "/auth/token",
            data={"username": self.username, "password": password},
            headers={"X-Forwarded-For": self.address, **headers},
        )

    async def tokens(self, **headers: str) -> Json:
        """Signs in, which must succeed."""
        answer = await self.sign_in(**headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def send(self, tokens: Json, method: str, path: str, **sent: object) -> httpx.Response:
        """A request with these tokens."""
        return await bearing(self.desk, tokens["access_token"], method, path, **sent)

    async def works(self, tokens: Json) -> bool:
        """Whether these tokens still stand for the person."""
        answer = await self.send(tokens, "GET", "/me")
        assert answer.status_code in {200, 401}, answer.text
        return answer.status_code == 200

    async def refresh(self, tokens: Json) -> httpx.Response:
        """Asks for new ones."""
        body = {"refresh_token": tokens["refresh_token"]}
        return await self.desk.client.post("/auth/refresh", json=body)


async def bearing(
    desk: People, token: str, method: str, path: str, **sent: object
) -> httpx.Response:
    """A request with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return await desk.client.request(method, path, headers=headers, **sent)  # type: ignore[arg-type]


async def somebody(
    desk: People,
    database: Database,
    role: Role = Role.CHIEF,
    unit: str | None = None,
    post: OfficePost | None = None,
) -> Somebody:
    """Somebody new, with everybody's password."""
    digest = await _digest()
    username = f"{role}-{uuid.uuid4().hex[:10]}"
    async with database.write() as connection:
        await users.add_user(
            connection,
            username,
            role=role,
            name="某人",
            password_hash=digest,
            unit_code=unit,
            post=post,
        )
    return Somebody(desk, username)


async def _digest() -> str:
    if not _DIGESTS:
        _DIGESTS.append(await passwords.hash_password(PASSWORD))
    return _DIGESTS[0]


async def earlier(stack: Stack, table: str, column: str, interval: str, where: str) -> None:
    """Sets an instant of a row back in time, so that nobody has to wait; as the owner, since the
    application itself may not."""
    owner = await asyncpg.connect(stack.environment["DUBAN_MIGRATE_DATABASE_URL"])
    done = await owner.execute(
        f"UPDATE {table} SET {column} = {column} - interval '{interval}' WHERE {where}"
    )
    await owner.close()
    assert done != "UPDATE 0"
