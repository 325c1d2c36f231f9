"""Editions of the rules: each is loaded once and never changed (design §3.19)."""

from datetime import date

from pydantic import TypeAdapter
from sqlalchemy import insert, select

from domain.errors import Refused
from domain.policy import Policy
from store.locks import POLICIES, exclusively
from store.session import ReadConnection, WriteConnection
from store.tables import policies

SETTINGS = TypeAdapter(Policy)
FIRST = Policy()
"""What the source itself says; in force until a later edition is."""


async def editions(conn: ReadConnection) -> tuple[Policy, ...]:
    """Every edition, by the day from which it is in force."""
    rows = await conn.execute(select(policies.c.settings).order_by(policies.c.effective_on))
    return (FIRST, *(SETTINGS.validate_python(row.settings) for row in rows))


async def edition(conn: ReadConnection, name: str) -> Policy | None:
    """The edition of that name."""
    return next((known for known in await editions(conn) if known.edition == name), None)


async def in_force(conn: ReadConnection, on: date) -> Policy:
    """The edition under which an item issued on that day is issued."""
    return in_force_of(await editions(conn), on)


def in_force_of(known: tuple[Policy, ...], on: date) -> Policy:
    """Of these editions, by their days, the one in force on a day."""
    in_time = [edition for edition in known if edition.effective_on <= on]
    return in_time[-1] if in_time else FIRST


async def put_edition(conn: WriteConnection, policy: Policy, loaded_by: str) -> Policy:
    """Load an edition; the same one again changes nothing.

    Raises ``Refused('edition_exists')`` for other settings under a known name or day.
    """
    await exclusively(conn, POLICIES)
    for known in await editions(conn):
        if known == policy:
            return known
        if policy.edition == known.edition or policy.effective_on == known.effective_on:
            raise Refused("edition_exists", f"{known.edition}版规则已存在，请换版次和施行日期。")
    await conn.execute(
        insert(policies).values(
            edition=policy.edition,
            effective_on=policy.effective_on,
            settings=SETTINGS.dump_python(policy, mode="json"),
            loaded_by=loaded_by,
        )
    )
    return policy
