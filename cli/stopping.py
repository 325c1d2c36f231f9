"""Being told to stop, by Ctrl-C or by whoever started the command."""

import asyncio
import signal
from collections.abc import Awaitable

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def told_to_stop() -> asyncio.Event:
    """Set from now on when one of the signals comes."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, told.set)
    return told


async def done_unless(told: asyncio.Event, work: Awaitable[None]) -> bool:
    """Await ``work`` unless told to stop before it is done; whether it was done."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(told.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            return True
        return False
    finally:
        for task in (working, stopping):
            task.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)
