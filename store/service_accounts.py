"""Accounts of machines: a client id, a secret of which only the hash is kept, and scopes."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, Select, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from domain.errors import Invalid
from domain.items import Actor, Role
from domain.text import plain_name
from store import sessions
from store.digests import digest
from store.session import ReadConnection, WriteConnection
from store.tables import service_accounts as accounts
from store.users import check_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccountRow:
    """A machine that may sign in, without its secret; not ``usable`` once revoked or expired."""

    client_id: str
    name: str
    role: Role
    unit_code: str | None
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    usable: bool

    @property
    def actor(self) -> Actor:
        """As who acts."""
        return Actor(
            username=self.client_id,
            name=self.name,
            role=self.role,
            unit=self.unit_code,
            machine=True,
        )


async def add(
    conn: WriteConnection,
    client_id: str,
    *,
    name: str,
    role: Role,
    unit_code: str | None,
    scopes: Sequence[str],
    expires_at: datetime | None,
    created_by: str,
) -> tuple[ServiceAccountRow, str]:
    """A new account that ``domain.machines.check_machine`` has found good, and its secret, which
    nobody can read again. Raises ``Invalid``."""
    await check_unit(conn, role, unit_code)
    secret = secrets.token_urlsafe(32)
    row = {
        "client_id": client_id,
        "name": plain_name(name, "名称"),
        "role": role.value,
        "unit_code": unit_code,
        "scopes": sorted(set(scopes)),
        "secret_hash": digest(secret),
        "expires_at": expires_at,
        "created_by": created_by,
    }
    new = insert(accounts).values(row).on_conflict_do_nothing().returning(accounts.c.client_id)
    if (await conn.execute(new)).scalar_one_or_none() is None:
        raise Invalid(
            "client_id_taken", f"服务账号“{client_id}”已存在；撤销过的编号也不再使用，请另选编号。"
        )
    added = await account(conn, client_id)
    assert added is not None
    return added, secret


async def account(conn: ReadConnection, client_id: str) -> ServiceAccountRow | None:
    """A service account, usable or not."""
    found = await conn.execute(_accounts().where(accounts.c.client_id == client_id))
    row = found.mappings().one_or_none()
    return None if row is None else _account(row)


async def all_accounts(conn: ReadConnection) -> list[ServiceAccountRow]:
    """Every service account there ever was, by client id."""
    rows = await conn.execute(_accounts().order_by(accounts.c.client_id))
    return [_account(row) for row in rows.mappings()]


async def revoke(conn: WriteConnection, client_id: str) -> bool:
    """End an account and its sessions for ever; whether it was there and not revoked yet."""
    which = and_(accounts.c.client_id == client_id, accounts.c.revoked_at.is_(None))
    values = {"revoked_at": func.clock_timestamp()}
    done = await conn.execute(update(accounts).where(which).values(values))
    await sessions.end_all(conn, client_id, "account_revoked")
    return bool(done.rowcount)


async def verify(conn: ReadConnection, client_id: str, secret: str) -> ServiceAccountRow | None:
    """The account, if usable and this is its secret."""
    query = select(accounts.c.secret_hash).where(accounts.c.client_id == client_id)
    known = await conn.scalar(query)
    right = hmac.compare_digest(known or digest(""), digest(secret))
    found = await account(conn, client_id)
    return found if known and right and found is not None and found.usable else None


def _accounts() -> Select[tuple[object, ...]]:
    alive = and_(
        accounts.c.revoked_at.is_(None),
        or_(accounts.c.expires_at.is_(None), accounts.c.expires_at > func.clock_timestamp()),
    )
    return select(accounts, alive.label("usable"))


def _account(row: RowMapping) -> ServiceAccountRow:
    kept = {name: row[name] for name in ServiceAccountRow.__dataclass_fields__}
    return ServiceAccountRow(**{**kept, "role": Role(row["role"]), "scopes": tuple(row["scopes"])})
