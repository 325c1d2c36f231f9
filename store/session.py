"""The connection pool and the two kinds of transaction; nothing else in the system commits."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NewType

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

ReadConnection = NewType("ReadConnection", AsyncConnection)
"""Sees one unchanging state of the database and can change nothing."""
WriteConnection = NewType("WriteConnection", ReadConnection)
"""One transaction, committed when its block ends well."""

# All below the 20 s that a recording activity has, so that the database speaks first.
CONNECT_SECONDS = 5
WAIT_FOR_POOL_SECONDS = 10
SERVER_LIMITS = {
    "statement_timeout": "10000",
    "lock_timeout": "10000",
    "idle_in_transaction_session_timeout": "60000",
}
ANSWER_SECONDS = 15
"""After this a server that went silent (a broken network) is given up."""


class Database:
    """The pool of one process. ``url`` is in the form ``postgresql+asyncpg://…``; ``timezone``
    says when a day begins (``current_date``)."""

    def __init__(self, url: str, *, pool_size: int = 10, timezone: str = "Asia/Shanghai") -> None:
        self.url = url
        self._engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=WAIT_FOR_POOL_SECONDS,
            pool_pre_ping=True,
            # What an item says belongs in no log: errors name the statement, not its values.
            hide_parameters=True,
            json_serializer=_json,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": ANSWER_SECONDS,
                "server_settings": {
                    "application_name": "duban",
                    "timezone": timezone,
                    **SERVER_LIMITS,
                },
            },
        )
        self._reading = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadConnection]:
        """A read-only transaction: every statement in it sees the same moment. To see what
        others have recorded meanwhile, open another."""
        with _unbroken():
            async with self._reading.connect() as connection:
                yield ReadConnection(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[WriteConnection]:
        """A transaction that is committed when the block ends, rolled back when it raises."""
        with _unbroken():
            async with self._engine.begin() as connection:
                yield WriteConnection(ReadConnection(connection))

    async def dispose(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


@contextmanager
def _unbroken() -> Iterator[None]:
    """A connection that breaks while it is being set up is a ``ConnectionError`` like one that
    cannot be made; SQLAlchemy passes the driver's own error on."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ConnectionError(f"{type(error).__name__}: {error}") from error
    except DBAPIError as error:
        _keep_first_line(error)
        raise


def _keep_first_line(error: BaseException | None) -> None:
    """What PostgreSQL adds as DETAIL quotes the row, and belongs in no log."""
    while error is not None:
        if error.args and isinstance(error.args[0], str):
            error.args = (error.args[0].partition("\n")[0], *error.args[1:])
        if isinstance(error, asyncpg.PostgresError):
            error.detail = None
        if isinstance(error, DBAPIError) and error.orig is not None:
            _keep_first_line(error.orig)
        error = error.__cause__


def _json(value: Any) -> str:  # noqa: ANN401 - whatever a JSON column holds
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
