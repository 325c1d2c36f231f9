"""Bearer tokens: short-lived, signed with a key of their own derived from the secret key."""

import hashlib
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

LIFETIME = timedelta(hours=8)
ALGORITHM = "HS256"


class Tokens:
    """Issues and reads bearer tokens."""

    def __init__(self, secret: str) -> None:
        self._key = OctKey.import_key(hashlib.sha256(b"token\n" + secret.encode()).digest())

    def issue(self, username: str, now: datetime) -> str:
        """A token that names ``username`` until ``now`` + 8 hours."""
        claims = {"sub": username, "exp": int((now + LIFETIME).timestamp())}
        return jwt.encode({"alg": ALGORITHM}, claims, self._key)

    def username(self, token: str) -> str | None:
        """Whom the token names, or ``None`` when it is forged or has expired."""
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
        except (JoseError, ValueError):
            return None
        subject = claims.get("sub")
        return subject if isinstance(subject, str) else None
