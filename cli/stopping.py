"""Being told to stop, by Ctrl-C or by whoever started the command."""

import asyncio
import signal

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def told_to_stop() -> asyncio.Event:
    """Set from now on when one of the signals comes."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, told.set)
    return told
