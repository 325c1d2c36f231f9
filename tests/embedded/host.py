"""A process that runs a stack's servers until told to stop: ``host.py DATA_DIR``.

It prints one line of JSON when they are ready, or ``StackError`` and its code.
"""

import asyncio
import json
import signal
import sys
from pathlib import Path

from embedded import Stack, StackError, StackOptions


async def host(folder: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Stack(StackOptions(data_dir=folder)) as stack:
        await stack.start_servers()
        pids = {name: stack.pid(name) for name in stack.services}
        print(json.dumps({"pids": pids, "environment": stack.environment}), flush=True)
        await stop.wait()


if __name__ == "__main__":
    try:
        asyncio.run(host(Path(sys.argv[1])))
    except StackError as error:
        print(json.dumps({"error": error.code, "detail": error.detail}), flush=True)
        sys.exit(1)
