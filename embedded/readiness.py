"""Asking a child over HTTP whether it is ready, without a proxy and without a library."""

import asyncio

ANSWER_WITHIN = 5.0


async def answers_ok(host: str, port: int, path: str) -> bool:
    """Whether ``GET path`` is answered with 200."""
    try:
        async with asyncio.timeout(ANSWER_WITHIN):
            status = await _status_line(host, port, path)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
    return status.split()[1:2] == [b"200"]


async def _status_line(host: str, port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        return await reader.readline()
    finally:
        writer.close()
