"""How large a request may be, counted while it arrives."""

from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import TooLarge, of_domain

MOST_JSON = 1024 * 1024
MOST_FILE = 20 * 1024 * 1024
FILES = "/api/v1/files"


class BodyLimit:
    """Answers 413 when a body is too large, without reading the rest of it: larger than ``most``
    bytes, or than what the API's route takes. ``answer`` is what says so."""

    def __init__(
        self,
        app: ASGIApp,
        most: int | None = None,
        answer: Callable[[int], ASGIApp] | None = None,
    ) -> None:
        self._app = app
        self._most = most
        self._answer = answer or _too_large

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass ``receive`` on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most or (MOST_FILE if scope["path"] == FILES else MOST_JSON)
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > most:
            await self._answer(most)(scope, receive, send)
            return
        read, started = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise _Overrun
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _Overrun:
            if not started:
                await self._answer(most)(scope, receive, send)


class _Overrun(BaseException):
    """More arrived than allowed. Not an ``Exception``: no handler between may swallow it."""


def _too_large(most: int) -> ASGIApp:
    return of_domain(TooLarge("body_too_large", f"内容过大，最多 {most // 1024 // 1024} MB。"))
