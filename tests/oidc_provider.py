"""A small OpenID provider on loopback, with real keys, that can be told to answer amiss."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

Json = dict[str, Any]


class Provider:
    """Signs ``username`` in without asking.

    ``changed`` replaces claims of the next id tokens, ``signing`` the key they are signed with
    (bytes: an HMAC); ``metadata`` and ``down`` spoil the rest.
    """

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.client_id = "duban"
        self.client_secret = "a secret of the provider's: 督办?&="
        self.key = RSAKey.generate_key(2048, {"kid": "k1"}, auto_kid=False)
        self.reset()

    def reset(self) -> None:
        """As an honest provider."""
        self.username = "somebody"
        self.changed: Json = {}
        self.metadata: Json = {}
        self.signing: Any = self.key
        self.algorithm = "RS256"
        self.down = False
        self.asked: list[Json] = []
        self._codes: dict[str, Json] = {}

    def discovery(self) -> Json:
        """What the provider says of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            **self.metadata,
        }

    def authorize(self, query: Json) -> str:
        """Where the browser is sent back to."""
        self.asked.append(query)
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: Json, authorization: str) -> Json | None:
        """The tokens for a code, once, to who can prove to be the one that asked."""
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or authorization != self._basic():
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return None
        return {"access_token": "theirs", "token_type": "Bearer", "id_token": self._id_token(asked)}

    def _basic(self) -> str:
        pair = f"{self.client_id}:{self.client_secret}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"

    def _id_token(self, asked: Json) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "4711",
            "aud": self.client_id,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "preferred_username": self.username,
            **self.changed,
        }
        header = {"alg": self.algorithm, "kid": "k1"}
        given = {name: value for name, value in claims.items() if value is not None}
        if isinstance(self.signing, bytes):
            return _by_hand(header, given, self.signing)
        return jwt.encode(header, given, self.signing, algorithms=[self.algorithm])


class _Handler(BaseHTTPRequestHandler):
    provider: Provider

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if self.provider.down:
            self._answer(502, {})
        elif path.path == "/.well-known/openid-configuration":
            self._answer(200, self.provider.discovery())
        elif path.path == "/jwks":
            self._answer(200, dict(KeySet([self.provider.key]).as_dict(private=False)))
        elif path.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.provider.authorize(_flat(path.query)))
            self.end_headers()
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        form = _flat(self.rfile.read(int(self.headers["Content-Length"])).decode())
        tokens = self.provider.token(form, self.headers.get("Authorization", ""))
        self._answer(400 if tokens is None else 200, tokens or {"error": "invalid_grant"})

    def _answer(self, status: int, body: Json) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def _by_hand(header: Json, claims: Json, key: bytes) -> str:
    """A token that no library would make: an HMAC with whatever key; none with an empty one."""

    def part(value: bytes) -> bytes:
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    signed = b".".join(part(json.dumps(value).encode()) for value in (header, claims))
    seal = hmac.new(key, signed, hashlib.sha256).digest() if key else b""
    return b".".join((signed, part(seal))).decode()


def _flat(query: str) -> Json:
    return {name: values[0] for name, values in parse_qs(query).items()}


@contextmanager
def running() -> Iterator[Provider]:
    """A provider that answers on a free port."""

    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = Handler.provider = Provider(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
