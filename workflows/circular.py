"""``Circular``: the life of one circular, from its draft until nothing can be said against it any
more, as a durable workflow.

It sleeps until the next alarm or a message, and records what happened. What *should* happen is
decided in :mod:`domain.circular_life` alone. Signals it takes none: a person signs for everything.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from pydantic import TypeAdapter, ValidationError
from temporalio import workflow
from temporalio.common import RawValue

with workflow.unsafe.imports_passed_through():
    from activities.circulars import CircularActivities
    from domain.circular_acts import CIRCULAR_ACTS, CircularBody, CircularCommand
    from domain.circular_life import TELLING, answered, begin, decide, next_alarm, ring
    from domain.circular_records import (
        CircularLine,
        CircularProjection,
        SealedCircularAct,
        line_of,
    )
    from domain.circular_state import Circular, Happened
    from domain.circulars import STAGE_NAMES
    from domain.errors import DomainError, Forbidden, Invalid, Refused
    from domain.ladder import Alarm
    from domain.seal import body_hash
    from domain.text import instant_text
    from workflows import ids, policies
    from workflows.details import NO_UPDATES_HERE
    from workflows.gate import as_failure, decoded, seals
    from workflows.messages import ActResult, CarriedCircular, CircularInput, Seen
    from workflows.reading import read

_SEALED = TypeAdapter(SealedCircularAct)
BODIES: dict[str, TypeAdapter[CircularBody]] = {
    name: TypeAdapter(act.body) for name, act in CIRCULAR_ACTS.items()
}
OBSTACLES = "核对提请协调的事项是否已有答复"


class _Misled(Exception):
    """The timer fired, and the time is still before it: a query that met a worker new to the
    circular (see :class:`workflows.item.ItemWorkflow`). It ends this worker's copy alone."""


@workflow.defn(name=ids.CIRCULAR_WORKFLOW)
class CircularWorkflow:
    """One circular. Handlers decide and return at once; the main loop does the rest."""

    @workflow.init
    def __init__(self, start: CircularInput) -> None:
        self._input = start
        self._began = workflow.now()
        self._entries: list[CircularLine] = []
        self._orders: list[int] = []
        self._seen: dict[str, Seen] = {}
        self._refused_cancellation = False
        self._asked_at = workflow.now()
        if start.carried:
            self._circular = start.carried.circular
            self._seen = {seen.request_id: seen for seen in start.carried.seen}
            return
        assert start.begin is not None
        assert start.begin.at is not None
        try:
            happened = begin(
                start.circular_id, command_of("draft_circular", start.begin), start.begin.at
            )
        except DomainError as error:
            raise as_failure(error) from None
        self._circular = happened.after
        self._entries.append(line_of(happened))

    @workflow.run
    async def run(self, start: CircularInput) -> str:
        """The life of the circular; answers the stage it ended in."""
        info = workflow.info()
        own_id = ids.circular_workflow_id(self._circular.id)
        if info.workflow_id != own_id or (start.carried and not info.continued_run_id):
            raise as_failure(Forbidden("unsigned_command"))
        self._show()
        while not self._is_over():
            await self._uncancelled()
            await workflow.wait_condition(workflow.all_handlers_finished)
        if not self._circular.ended:
            self._continue()
        return self._circular.stage.value

    async def _uncancelled(self) -> None:
        """A circular ends by an act. A cancellation from the Temporal UI changes nothing."""
        life = asyncio.create_task(self._live())
        while not life.done():
            try:
                await workflow.wait_condition(life.done)
            except asyncio.CancelledError:
                # Without a request it is this worker making room. One comes at most once.
                if self._refused_cancellation or workflow.cancellation_reason() is None:
                    raise
                self._refused_cancellation = True
        await life

    async def _live(self) -> None:
        while not self._is_over():
            if self._entries:
                await self._record()
            elif self._orders:
                await self._tell_items()
            elif self._must_ask():
                await self._ask_for_obstacles()
            else:
                await self._sleep()

    async def _sleep(self) -> None:
        """Until something is done, or the next alarm rings."""
        wake = self._next_wake()
        delay = max((wake.at - workflow.now()).total_seconds(), 0)
        try:
            await workflow.wait_condition(
                self._is_busy, timeout=delay, timeout_summary=wake.summary
            )
            return
        except TimeoutError:
            pass
        if wake.at - workflow.now() > policies.CLOCK_ROUNDING:
            raise _Misled("流程在本工作进程中的副本已作废，请稍后再查询。")
        self._happen(ring(self._circular, max(workflow.now(), wake.at)))

    def _next_wake(self) -> Alarm:
        """The next alarm, the next question, or the day on which this run is carried on."""
        wakes = [Alarm(at=self._began + policies.LONGEST_RUN, summary=policies.CARRY_ON)]
        if alarm := next_alarm(self._circular):
            wakes.append(alarm)
        if self._circular.held_for_obstacles:
            wakes.append(Alarm(at=self._ask_at(), summary=OBSTACLES))
        return min(wakes, key=lambda wake: wake.at)

    def _ask_at(self) -> datetime:
        return self._asked_at + policies.OBSTACLES_ASKED_EVERY

    def _must_ask(self) -> bool:
        return bool(self._circular.held_for_obstacles) and workflow.now() >= self._ask_at()

    @workflow.update(dynamic=True, description=NO_UPDATES_HERE)
    async def act(self, name: str, args: Sequence[RawValue]) -> ActResult:
        """An act through the API. What :meth:`check_act` let pass cannot fail here."""
        sealed = _sealed(name, args)
        if seen := self._seen.get(sealed.request_id):
            return ActResult(seq=seen.seq, body_hash=seen.body_hash)
        command = command_of(name, sealed)
        try:
            happened = decide(self._circular, command, workflow.now())
        except DomainError as error:
            raise as_failure(error) from None
        self._happen(happened)
        return self._remember(sealed.request_id, command.body_hash or "")

    @act.validator
    def check_act(self, name: str, args: Sequence[RawValue]) -> None:
        """Refuses without a trace in history: what is unproven, repeated otherwise, or against the
        rules."""
        try:
            sealed, known = _sealed(name, args), seals()
            if known is None or not sealed.holds(known, self._circular.id, name):
                raise Forbidden("unsigned_command")
            command = command_of(name, sealed)
            if seen := self._seen.get(sealed.request_id):
                if seen.body_hash != command.body_hash:
                    raise Refused("idempotency_conflict")
                return
            decide(self._circular, command, workflow.now())
        except DomainError as error:
            raise as_failure(error) from None

    @workflow.query(name="state")
    def state(self) -> Circular:
        """The circular as it is now, before any record of it."""
        return self._circular

    def _happen(self, happened: list[Happened]) -> None:
        for one in happened:
            self._circular = one.after
            self._entries.append(line_of(one))
            if one.act in TELLING:
                self._orders.append(one.seq)
        self._show()

    async def _record(self) -> None:
        """One activity for all that has happened since the last."""
        entries, circular = tuple(self._entries), self._circular
        del self._entries[: len(entries)]
        recorded = await workflow.execute_activity_method(
            CircularActivities.record,
            CircularProjection(
                circular=circular,
                entries=entries,
                opening=self._input.begin if entries[0].seq == 1 else None,
            ),
            start_to_close_timeout=policies.RECORD_TIMEOUT,
            retry_policy=policies.UNTIL_RECORDED,
            cancellation_type=workflow.ActivityCancellationType.ABANDON,
            summary=entries[-1].title,
        )
        if recorded.number and not self._circular.number:
            self._circular = replace(self._circular, number=recorded.number)
            self._show()

    async def _tell_items(self) -> None:
        await workflow.execute_activity_method(
            CircularActivities.tell,
            args=[self._circular.id, self._orders[0]],
            start_to_close_timeout=policies.ROLLOUT_TIMEOUT,
            heartbeat_timeout=policies.ROLLOUT_HEARTBEAT,
            retry_policy=policies.UNTIL_RECORDED,
            summary="告知所涉事项",
        )
        del self._orders[0]

    async def _ask_for_obstacles(self) -> None:
        self._asked_at = workflow.now()
        waiting = await workflow.execute_activity_method(
            CircularActivities.waiting,
            tuple(one.item_id for one in self._circular.held_for_obstacles),
            start_to_close_timeout=policies.RECORD_TIMEOUT,
            retry_policy=policies.UNTIL_RECORDED,
            summary=OBSTACLES,
        )
        self._happen(answered(self._circular, tuple(waiting), workflow.now()))

    def _show(self) -> None:
        """What operators see in the Temporal UI: no personal data, no free text."""
        circular, alarm = self._circular, next_alarm(self._circular)
        rings = f"{instant_text(alarm.at, circular.as_of)} {alarm.summary}" if alarm else "无"
        lines = (
            f"**期号**：{circular.number or '（待编号）'}",
            f"**状态**：{STAGE_NAMES[circular.stage]}",
            f"**条目**：{len(circular.draft.entries)} 条",
            f"**扣分**：{len(circular.deductions)} 项",
            f"**下一提醒**：{rings}",
        )
        workflow.set_current_details("\n".join(f"- {line}" for line in lines))

    def _remember(self, request_id: str, digest: str) -> ActResult:
        result = ActResult(seq=self._circular.seq, body_hash=digest)
        self._seen[request_id] = Seen(request_id=request_id, body_hash=digest, seq=result.seq)
        while len(self._seen) > policies.REMEMBERED_REQUESTS:
            del self._seen[next(iter(self._seen))]
        return result

    def _is_busy(self) -> bool:
        return bool(self._entries or self._orders)

    def _is_over(self) -> bool:
        """Whether all is on record and told, and it has ended or goes on in a fresh run."""
        return not self._is_busy() and (self._circular.ended or self._has_grown_long())

    def _has_grown_long(self) -> bool:
        info = workflow.info()
        most = self._input.most_events or policies.MOST_EVENTS
        return (
            info.is_continue_as_new_suggested()
            or info.get_current_history_length() >= most
            or workflow.now() >= self._began + policies.LONGEST_RUN
        )

    def _continue(self) -> NoReturn:
        """Carry the circular into a fresh run."""
        carried = CarriedCircular(circular=self._circular, seen=tuple(self._seen.values()))
        workflow.continue_as_new(
            CircularInput(
                circular_id=self._circular.id,
                carried=carried,
                most_events=self._input.most_events,
            )
        )


def command_of(name: str, sealed: SealedCircularAct) -> CircularCommand:
    """What an update asks for. Raises :class:`Invalid`."""
    return CircularCommand(
        act=name,
        body=read(BODIES[name], sealed.body),
        actor=sealed.actor,
        raw=sealed.body,
        request_id=sealed.request_id,
        body_hash=body_hash(sealed.body),
        draft=sealed.draft,
        terms=sealed.terms,
    )


def _sealed(name: str, args: Sequence[RawValue]) -> SealedCircularAct:
    """Raises :class:`Invalid` when the update is unknown or was not sealed by the API."""
    if name not in CIRCULAR_ACTS:
        raise Invalid("unknown_act")
    try:
        return _SEALED.validate_python(decoded(args))
    except (Invalid, ValidationError) as error:
        raise Forbidden("unsigned_command") from error
