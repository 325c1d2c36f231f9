"""Sending messages on the channels outside the system."""

import asyncio
from typing import Generic, Protocol, TypeVar

from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError

from activities.item_ids import SENDER_WORKFLOW, sender_id
from activities.messages import Line, Tried
from domain.channels import Channel, Message

SEND_SECONDS = 20.0
"""Less than the activity has, so that no attempt is under way any more when the next one begins."""
NO_ANSWER = "对方在规定时间内没有答复"


class Undelivered(Exception):
    """A channel did not take a message. What it says names neither address nor secret."""


class Sending(Protocol):
    """A message that is to go out now."""

    @property
    def channel(self) -> Channel:
        """By which channel."""
        ...

    @property
    def username(self) -> str:
        """To whom."""
        ...

    @property
    def address(self) -> str:
        """Where to, sealed."""
        ...

    @property
    def message(self) -> Message | None:
        """What; ``None`` is a test message."""
        ...


S = TypeVar("S", bound=Sending)


class Outbox(Protocol[S]):
    """What sending needs of the store."""

    async def lines(self) -> list[Line]:
        """To whom something may be sent now."""
        ...

    async def prepare(self, line: Line) -> S | None:
        """The next message of a line, its attempt counted; ``None`` when nothing may go now."""
        ...

    async def trial(self, line: Line) -> S | None:
        """A test message; ``None`` where the channel is off or has no address."""
        ...

    async def sent(self, sending: S) -> None:
        """Taken."""
        ...

    async def failed(self, sending: S, why: str) -> None:
        """Not taken."""
        ...


class Courier(Protocol):
    """What carries messages out."""

    async def carry(self, sending: Sending) -> None:
        """Hand a message over. Raises :class:`Undelivered`."""
        ...


class ChannelActivities(Generic[S]):
    """The activities of ``NoticeDispatch``, ``NoticeSender`` and ``ChannelTrial``."""

    def __init__(self, client: Client, outbox: Outbox[S], courier: Courier) -> None:
        self._client = client
        self._outbox = outbox
        self._courier = courier

    @activity.defn(name="dispatch_notices")
    async def dispatch(self) -> int:
        """See to it that every line on which something may go now has its sender; how many."""
        lines = await self._outbox.lines()
        for line in lines:
            await self._client.start_workflow(
                SENDER_WORKFLOW,
                line,
                id=sender_id(line.username, line.channel),
                task_queue=activity.info().task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            )
        return len(lines)

    @activity.defn(name="send_next")
    async def send(self, line: Line) -> bool:
        """Send the next message of a line, and note it once it is taken: dying in between repeats
        it, under the same key. Whether there was one. Raises what Temporal tries again."""
        sending = await self._outbox.prepare(line)
        if sending is None:
            return False
        why = await self._carried(sending)
        if why is not None:
            await self._outbox.failed(sending, why)
            raise ApplicationError(why, type=Undelivered.__name__)
        await self._outbox.sent(sending)
        return True

    @activity.defn(name="send_trial")
    async def trial(self, line: Line) -> Tried:
        """Send a test message, once."""
        sending = await self._outbox.trial(line)
        if sending is None:
            return Tried(sent=False, why="该渠道没有启用，或者没有填写地址")
        why = await self._carried(sending)
        return Tried(sent=why is None, why=why or "")

    async def _carried(self, sending: Sending) -> str | None:
        """Why a message was not taken; ``None``: it was."""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._courier.carry(sending)
        except Undelivered as error:
            return str(error)
        except TimeoutError:
            return NO_ANSWER
        return None
