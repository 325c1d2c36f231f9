"""What a test that does not end is waiting for, noted shortly before its time is up."""

import asyncio
import gc
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = str(Path(__file__).parent.parent)
SHARE = 0.75
"""Of the time that a test has: after that much of it, it is taken to hang."""
MOST_FRAMES = 6


@contextmanager
def watched(name: str, seconds: float, tell: Callable[[str], None]) -> Iterator[None]:
    """For a block that has ``seconds``: ``tell`` where each of its tasks stands if it uses most of
    them up."""
    timer = threading.Timer(seconds * SHARE, lambda: tell(f"{name} hangs:\n{standing()}"))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def standing() -> str:
    """Where every unfinished task stands, our own lines of it."""
    found = []
    for task in gc.get_objects():
        if isinstance(task, asyncio.Task) and not task.done():
            lines = [
                f"{frame.f_code.co_filename.removeprefix(ROOT)}:{frame.f_lineno} "
                f"{frame.f_code.co_name}"
                for frame in task.get_stack(limit=MOST_FRAMES)
            ]
            inner = _awaited(task)
            found.append(f"  {task.get_name()}: {' < '.join([*inner, *lines])}")
    return "\n".join(found)


def _awaited(task: "asyncio.Task[object]") -> list[str]:
    """What the task awaits, the innermost first."""
    found: list[str] = []
    waits: object = task.get_coro()
    while waits is not None:
        frame = getattr(waits, "cr_frame", None) or getattr(waits, "ag_frame", None)
        if frame is not None:
            summary = traceback.extract_stack(frame, limit=1)[-1]
            found.append(f"{summary.filename.removeprefix(ROOT)}:{frame.f_lineno} {summary.name}")
            waits = getattr(waits, "cr_await", None) or getattr(waits, "ag_await", None)
        else:
            # A step of an asynchronous generator says of what only to the garbage collector.
            steps = (one for one in gc.get_referents(waits) if hasattr(one, "ag_frame"))
            waits = next(steps, None)
    return found[::-1][:MOST_FRAMES]
