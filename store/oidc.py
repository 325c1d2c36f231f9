"""Sign-ins under way at the provider: each is answered once, within ten minutes."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import and_, delete, func, insert

from store.digests import digest
from store.session import WriteConnection
from store.tables import oidc_requests as requests

ANSWERED_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcRequest:
    """What the provider's answer must fit: ``state`` and ``nonce`` come back, ``verifier`` proves
    that the one who asked fetches the tokens (PKCE)."""

    state: str
    nonce: str
    verifier: str


async def ask(conn: WriteConnection) -> OidcRequest:
    """A new request; those nobody answered in time are dropped."""
    late = requests.c.created_at < func.clock_timestamp() - ANSWERED_WITHIN
    await conn.execute(delete(requests).where(late))
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    new = insert(requests).values(hash=digest(state), nonce=nonce, verifier=verifier)
    await conn.execute(new)
    return OidcRequest(state=state, nonce=nonce, verifier=verifier)


async def answered(conn: WriteConnection, state: str) -> OidcRequest | None:
    """The request with that state, which is then gone; ``None`` for one unknown, answered before
    or too old."""
    young = requests.c.created_at > func.clock_timestamp() - ANSWERED_WITHIN
    gone = delete(requests).where(and_(requests.c.hash == digest(state), young))
    found = (
        await conn.execute(gone.returning(requests.c.nonce, requests.c.verifier))
    ).one_or_none()
    return None if found is None else OidcRequest(state=state, nonce=found[0], verifier=found[1])
