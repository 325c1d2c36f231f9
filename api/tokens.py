"""Access tokens: short-lived, signed with a key of their own derived from the secret key."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """What an access token says: who, and in which session."""

    username: str
    session_id: uuid.UUID


class Tokens:
    """Issues and reads tokens that are good for ``lifetime``, and for one ``purpose`` only."""

    def __init__(self, secret: str, lifetime: timedelta, purpose: str = "token") -> None:
        derived = hashlib.sha256(f"{purpose}\n{secret}".encode()).digest()
        self._key = OctKey.import_key(derived)
        self.lifetime = lifetime

    def issue(self, username: str, session_id: uuid.UUID, now: datetime) -> str:
        """A token that names ``username`` and the session until ``now`` + lifetime."""
        expires = int((now + self.lifetime).timestamp())
        claims = {"sub": username, "sid": str(session_id), "exp": expires}
        return jwt.encode({"alg": ALGORITHM}, claims, self._key)

    def read(self, token: str) -> Bearer | None:
        """What the token says, or ``None`` when it is forged or has expired. Whether the session
        still holds, the database knows."""
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
            return Bearer(username=str(claims["sub"]), session_id=uuid.UUID(str(claims["sid"])))
        except (JoseError, ValueError, KeyError):
            return None
