"""Requests to the API: sent again where that is safe, and refused in one line."""

import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, Self

import httpx

from cli.desk import session as sessions
from cli.desk.session import PREFIX, Access, Session
from cli.errors import CliError
from domain.items import Json

AGAIN = frozenset({429, 502, 503, 504})
"""Answers after which the same request may be sent again."""
UNSURE = frozenset({500, 502, 503, 504})
"""Answers that leave open whether it was done."""
UNAUTHORIZED = 401
ACCEPTED = 202
TIMEOUT = 30.0
PATIENCE = 15.0
PAUSE = 1.0
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)


class Problem(CliError):
    """The API said no: RFC 9457, its detail and its code in one line."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{detail}[{code}]")
        self.status = status
        self.code = code


class Unanswered(CliError):
    """There was no answer. ``sent``: it may have been done all the same."""

    def __init__(self, text: str, *, sent: bool) -> None:
        super().__init__(text)
        self.sent = sent


class Api:
    """The API, asked by whoever is signed in."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._http = _http(access.url)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **params: Any) -> Json:  # noqa: ANN401 - what a query may hold
        """A reading, as answered; parameters that are ``None`` are not asked for."""
        asked = {name: _word(value) for name, value in params.items() if value is not None}
        return _content(self._sent("GET", path, repeatable=True, params=asked))

    def pages(self, path: str, **params: Any) -> Iterator[Json]:  # noqa: ANN401
        """Every entry of a list, page by page."""
        cursor = None
        while True:
            page = self.get(path, **{**params, "cursor": cursor})
            yield from page["items"]
            if (cursor := page["next_cursor"]) is None:
                return

    def change(self, method: str, path: str, body: Json | None = None) -> Json:
        """A change that has no key: sent once, and again only where it was never received."""
        return self._once(method, path, json=body)

    def upload(self, name: str, content: bytes) -> Json:
        """A file handed over, as it is kept."""
        return self._once("POST", "/files", files={"file": (name, content)})

    def _once(self, method: str, path: str, **sent: Any) -> Json:  # noqa: ANN401 - as httpx takes it
        try:
            return _content(self._sent(method, path, repeatable=False, **sent))
        except Unanswered as error:
            if not error.sent:
                raise
            raise CliError(f"{error}可能已经办理，请先查看，再决定是否重做。") from None

    def act(self, path: str, body: Json, key: str) -> tuple[Json, bool]:
        """What is done once for ``key`` however often it is sent, and whether it is on record.

        Raises :class:`CliError` that names the key where it may have been done.
        """
        headers = {"Idempotency-Key": key}
        with _key_told(key):
            answer = self._sent("POST", path, repeatable=True, json=body, headers=headers)
            return _content(answer), answer.status_code != ACCEPTED

    def _sent(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool,
        headers: dict[str, str] | None = None,
        **sent: Any,  # noqa: ANN401 - as httpx takes it
    ) -> httpx.Response:
        def send() -> httpx.Response:
            bearer = {"Authorization": f"Bearer {self._access.token}"}
            return self._http.request(method, path, headers={**bearer, **(headers or {})}, **sent)

        answer = _patiently(send, repeatable=repeatable)
        if answer.status_code == UNAUTHORIZED and self._renewed():
            answer = _patiently(send, repeatable=repeatable)
        return answer

    def _renewed(self) -> bool:
        """Whether there is another token now, in the place of one that has expired."""
        if self._access.session is None:
            return False
        with sessions.alone():
            now = sessions.load()
            if now is None or now.refresh_token is None or now.url != self._access.url:
                return False
            if now.access_token == self._access.token:
                now = _refreshed(self._http, now)
                if now is None:
                    return False
                sessions.save(now)
        self._access = replace(self._access, token=now.access_token, session=now)
        return True


def signed_in(url: str, form: dict[str, str]) -> Json:
    """Tokens for a password or a secret. Raises :class:`CliError`."""
    with _http(url) as http:
        answer = _patiently(lambda: http.post("/auth/token", data=form), repeatable=False)
        return _content(answer)


def connected() -> Api:
    """The API, for whoever is signed in."""
    return Api(sessions.access())


def _http(url: str) -> httpx.Client:
    return httpx.Client(
        base_url=f"{url}{PREFIX}",
        timeout=TIMEOUT,
        headers={"User-Agent": "duban-cli"},
        trust_env=not sessions.is_local(url),  # no proxy leads back to this machine
    )


def _refreshed(http: httpx.Client, session: Session) -> Session | None:
    """The session with new tokens; ``None`` where it has ended."""
    body = {"refresh_token": session.refresh_token}
    answer = _patiently(lambda: http.post("/auth/refresh", json=body), repeatable=False)
    if answer.status_code == UNAUTHORIZED:
        return None
    given = _content(answer)
    return replace(
        session, access_token=given["access_token"], refresh_token=given["refresh_token"]
    )


def _patiently(send: Callable[[], httpx.Response], *, repeatable: bool) -> httpx.Response:
    """The answer, after as many attempts as there is patience for. Raises :class:`Unanswered`."""
    until = time.monotonic() + patience()
    sent = False
    while True:
        pause, answer = PAUSE, None
        try:
            answer = send()
        except _UNSENT as error:
            failure = f"连接不上 {_host(error)}，请核对地址和网络，并确认系统已启动。"
            again = True
        except httpx.TransportError as error:
            failure = f"与 {_host(error)} 的连接中断，没有收到答复。"
            again, sent = repeatable, True
        else:
            pause = _after(answer)
            again = repeatable and answer.status_code in AGAIN
            sent = sent or answer.status_code in UNSURE
        if again and time.monotonic() + pause < until:
            time.sleep(pause)
        elif answer is None:
            raise Unanswered(failure, sent=sent)
        else:
            return answer


def patience() -> float:
    """For how many seconds to go on trying (``DUBAN_WAIT``)."""
    given = os.environ.get("DUBAN_WAIT") or PATIENCE
    try:
        seconds = float(given)
    except ValueError:
        seconds = -1.0
    if not (math.isfinite(seconds) and seconds >= 0):
        raise CliError(f"DUBAN_WAIT 应为秒数，不能是 {given}。")
    return seconds


def _after(answer: httpx.Response) -> float:
    """The pause that an answer asks for."""
    with suppress(KeyError, ValueError):
        return max(float(answer.headers["Retry-After"]), 0.0)
    return PAUSE


@contextmanager
def _key_told(key: str) -> Iterator[None]:
    """Whoever may have done something without knowing is told how to do it again safely."""
    again = f"不知是否已办理。请用同一个键再办一次，不会重复办理：--key {key}"
    try:
        yield
    except Unanswered as error:
        if not error.sent:
            raise
        raise CliError(f"{error}{again}") from None
    except Problem as error:
        if error.status not in UNSURE:
            raise
        raise CliError(f"{error}{again}") from None
    except KeyboardInterrupt:
        print(f"已中断，{again}", file=sys.stderr)
        raise


def _content(answer: httpx.Response) -> Json:
    """The JSON of an answer. Raises :class:`Problem` for a refusal."""
    try:
        content = answer.json() if answer.content else {}
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Problem(answer.status_code, f"http_{answer.status_code}", "答复不是督办系统的答复。")
    if answer.is_success:
        return content
    if answer.status_code == UNAUTHORIZED and content.get("code") == "not_signed_in":
        raise Problem(UNAUTHORIZED, "not_signed_in", "登录已失效，请重新登录：duban login。")
    code = str(content.get("code") or f"http_{answer.status_code}")
    detail = " ".join(str(content.get("detail") or content.get("title") or "未能办理。").split())
    raise Problem(answer.status_code, code, detail)


def _host(error: httpx.TransportError) -> str:
    url = error.request.url
    return f"{url.scheme}://{url.netloc.decode()}"


def _word(value: object) -> str:
    """A value as a query writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
