"""Workflows as nobody must write them; the sandbox of the real worker has to stop every one."""

import random
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path

from temporalio import workflow

taken_up = 0


@workflow.defn
class ReadsTheClock:
    """What :class:`workflows.item.ItemWorkflow` would be with the wrong ``now``."""

    @workflow.run
    async def run(self) -> str:
        """Never answers."""
        return datetime.now(UTC).isoformat()


@workflow.defn
class ReadsTheOtherClock:
    """Seconds of the machine."""

    @workflow.run
    async def run(self) -> float:
        """Never answers."""
        return time.time()


@workflow.defn
class ThrowsDice:
    """Not the same on replay."""

    @workflow.run
    async def run(self) -> float:
        """Never answers."""
        return random.random()


@workflow.defn
class MakesAnId:
    """Another one on replay."""

    @workflow.run
    async def run(self) -> str:
        """Never answers."""
        return str(uuid.uuid4())


@workflow.defn
class ReadsAFile:
    """What is on this machine's disk."""

    @workflow.run
    async def run(self) -> str:
        """Never answers."""
        return Path(__file__).read_text()


@workflow.defn
class RemembersOthers:
    """Counts in its module how often it ran: in a sandbox always for the first time."""

    @workflow.run
    async def run(self) -> int:
        """How often this module has run a workflow."""
        global taken_up
        taken_up += 1
        return taken_up


IMPURE = (ReadsTheClock, ReadsTheOtherClock, ThrowsDice, MakesAnId, ReadsAFile)
