"""``SupervisionItem`` and ``YearTask``: the life of one item, from 登记 to 销号, as a durable
workflow. The two differ in name: a year-round task is an item whose slots open by the clock.

Read :meth:`ItemWorkflow.run` first, then :meth:`ItemWorkflow._live`: it sleeps until the next alarm
or a message, and records what happened. What *should* happen is decided in
:mod:`domain.lifecycle` alone.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.common import RawValue, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.family import FamilyActivities
    from activities.items import ItemActivities
    from activities.messages import SlotOpening
    from domain.clocks import Clock
    from domain.errors import DomainError, Forbidden, Refused
    from domain.family import is_worth_telling, news_of, not_begun
    from domain.issue import Issue, digest_of, opened, preview_of
    from domain.items import Event, Facts, Item
    from domain.ladder import Alarm
    from domain.lifecycle import evolve, next_alarm, ring
    from domain.orders import is_order
    from domain.parts import Part, PartState
    from domain.records import Entry, Projection, Snapshot, changed_between, entry_of, snapshot_of
    from domain.revival import digest_of as digest_of_revival
    from domain.year import OPEN_SLOT
    from workflows import ids, policies
    from workflows.details import HOW_TO_SIGNAL, NO_UPDATES_HERE, details, summary
    from workflows.gate import (
        Request,
        as_failure,
        decide_signal,
        decide_update,
        issues_of,
        prove,
        read_update,
        refuse_cancellation,
        revive,
    )
    from workflows.messages import ActResult, Carried, ItemInput, Seen
    from workflows.portions import portion


@dataclass(frozen=True, slots=True, kw_only=True)
class _OnRecord:
    """What the database has been told already, and need not be sent again."""

    facts: Facts | None = None
    clocks: tuple[Clock, ...] = ()
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """What the first record of an item, or of a new run of it, is checked by."""

    seal: str | None = None
    digest: str | None = None
    revived_from: int | None = None


class _Misled(Exception):
    """The alarm rang, and the time is still before it. A query that meets a worker new to the item
    has the SDK replay what no task has brought yet, with the time of the task before. To decide
    then would put the alarm off by as long again, and leave a history that cannot be replayed.
    Raised, it ends the query and this worker's copy of the item; history shows nothing of it."""


@workflow.defn(name=ids.ITEM_WORKFLOW)
class ItemWorkflow:
    """One supervision item. Handlers decide and return at once; the main loop does the rest."""

    @workflow.init
    def __init__(self, start: ItemInput) -> None:
        self._input = start
        self._began = workflow.now()
        self._entries: list[Entry] = []
        self._signals: list[tuple[str, Sequence[RawValue]]] = []
        self._wake: Alarm | None = None
        self._timer: asyncio.Task[None] | None = None
        self._on_record = _OnRecord()
        self._seen: dict[str, Seen] = {}
        self._refused_cancellation = False
        self._misled = False
        self._lost = False
        self._children: list[workflow.ChildWorkflowHandle[Any, Any]] = []
        self._slots: list[Part] = []
        self._issues: list[Issue] = []
        self._orders: list[int] = []
        if start.carried:
            self._item = start.carried.item
            self._seen = {seen.request_id: seen for seen in start.carried.seen}
            self._on_record = _recorded(self._item)
        elif start.revived:
            self._item = start.revived.item
            self._on_record = _recorded(self._item)
        else:
            assert start.issue is not None
            self._item = self._open(start.issue)
        self._told = news_of(self._item)

    @workflow.run
    async def run(self, start: ItemInput) -> str:  # noqa: ARG002 - read in __init__
        """The life of the item; answers the status it ended in."""
        self._check_origin()
        self._call_back()
        self._happen(ring(self._item, workflow.now()))
        while not self._is_over():
            await self._uncancelled(self._live())
            await workflow.wait_condition(workflow.all_handlers_finished)
        if not self._item.ended:
            self._continue()
        return self._item.status.value

    async def _live(self) -> None:
        while not self._is_over():
            if self._signals:
                await self._admit_signals()
            elif self._entries or self._lost:
                await self._record()
            elif self._slots or self._issues:
                await self._begin_part()
            elif self._orders:
                await self._tell_parts()
            elif self._has_news():
                await self._tell_parent()
            else:
                await workflow.wait_condition(lambda: not self._is_quiet() or self._is_old())

    async def _uncancelled(self, life: Coroutine[None, None, None]) -> None:
        """An item ends by an act. A cancellation from the Temporal UI is put on the timeline as
        refused, and life goes on. Raises :class:`_Misled`."""
        task = asyncio.create_task(life)
        while not task.done():
            try:
                await workflow.wait_condition(lambda: task.done() or self._misled)
            except asyncio.CancelledError:
                # Without a request it is this worker making room in its memory. One comes at most
                # once.
                if self._refused_cancellation or workflow.cancellation_reason() is None:
                    raise
                self._refused_cancellation = True
                self._happen([refuse_cancellation(self._item, workflow.now())])
            if self._misled:
                raise _Misled("流程在本工作进程中的副本已作废，请稍后再查询。")
        await task

    @workflow.update(dynamic=True, description=NO_UPDATES_HERE)
    async def act(self, name: str, args: Sequence[RawValue]) -> ActResult:
        """An act through the API. What :meth:`check_act` let pass cannot fail here: nothing runs
        between the two."""
        request = read_update(name, args)
        if seen := self._seen.get(request.sealed.request_id):
            return ActResult(seq=seen.seq, body_hash=seen.body_hash)
        try:
            events = decide_update(self._item, request, workflow.now())
        except DomainError as error:
            raise as_failure(error) from None
        self._happen(events)
        if request.name == "add_parts":
            self._issues += issues_of(request)
        return self._remember(request)

    @act.validator
    def check_act(self, name: str, args: Sequence[RawValue]) -> None:
        """Refuses without a trace in history: what is unproven, repeated otherwise, or against the
        rules."""
        try:
            request = read_update(name, args)
            prove(self._item, request)
            if seen := self._seen.get(request.sealed.request_id):
                if seen.body_hash != request.body_hash:
                    raise Refused("idempotency_conflict")
                return
            decide_update(self._item, request, workflow.now())
        except DomainError as error:
            raise as_failure(error) from None

    @workflow.signal(dynamic=True, description=HOW_TO_SIGNAL)
    def signal(self, name: str, args: Sequence[RawValue]) -> None:
        """An act from a machine or an operator; the main loop takes it up, in order."""
        self._signals.append((name, args))

    @workflow.query(name="state")
    def state(self) -> Snapshot:
        """The item as it is now, before any record of it."""
        return snapshot_of(self._item)

    def _check_origin(self) -> None:
        """An item begins with an issue, or anew with a revival, whose seal the first record checks;
        only a run of its own carries it on. Everything else was not started by the API."""
        info = workflow.info()
        carried_by_others = self._input.carried and not info.continued_run_id
        own_id = ids.workflow_id(self._item.id, self._item.facts.kind)
        if carried_by_others or info.workflow_id != own_id:
            raise as_failure(Forbidden("unsigned_command"))

    def _call_back(self) -> None:
        """Do what a new run of an ended item begins with (T30, T31)."""
        if self._input.revived is None:
            return
        try:
            self._happen(revive(self._input.revived))
        except DomainError as error:
            raise as_failure(error) from None

    def _open(self, issue: Issue) -> Item:
        item, event = opened(issue)
        self._entries.append(entry_of(event))
        return evolve(item, event)

    def _happen(self, events: list[Event]) -> None:
        for event in events:
            before, self._item = self._item, evolve(self._item, event)
            self._entries.append(entry_of(event, changed_between(before, self._item)))
            self._slots += _opened(event)
            if is_order(event) and any(p.state is PartState.OPEN for p in before.parts):
                self._orders.append(event.seq)
        self._arm()
        self._show()

    def _arm(self) -> None:
        """Keep one timer for the next alarm; one that still fits is left running (2 events)."""
        if self._item.ended:
            return
        wake = self._next_wake()
        if wake == self._wake:
            return
        if self._timer:
            self._timer.cancel()
        self._wake, self._timer = wake, None
        if wake:
            self._timer = asyncio.create_task(self._sleep_until(wake))

    def _next_wake(self) -> Alarm | None:
        """The next alarm, or the day on which this run is carried on if that comes before."""
        alarm, at = next_alarm(self._item), self._carried_on_at()
        if self._is_old() or (alarm and alarm.at <= at):
            return alarm
        return Alarm(at=at, summary=policies.CARRY_ON)

    async def _sleep_until(self, wake: Alarm) -> None:
        delay = (wake.at - workflow.now()).total_seconds()
        await workflow.sleep(max(delay, 0), summary=wake.summary)
        if wake.at - workflow.now() > policies.CLOCK_ROUNDING:
            self._misled = True
            return
        # This task must not be cancelled by the re-arming that its own ringing causes.
        self._wake, self._timer = None, None
        self._happen(ring(self._item, max(workflow.now(), wake.at)))

    async def _record(self) -> None:
        """One activity for all that has happened since the last (design §3.5)."""
        entries, item = portion(self._entries), self._item
        del self._entries[: len(entries)]
        known = self._on_record
        snapshot = snapshot_of(
            item, known_facts=known.facts, known=known.clocks, known_parts=known.parts
        )
        proof = self._proof_of(entries)
        try:
            recorded = await workflow.execute_activity_method(
                ItemActivities.record,
                Projection(
                    snapshot=snapshot,
                    entries=entries,
                    opening_seal=proof.seal,
                    opening_digest=proof.digest,
                    revived_from=proof.revived_from,
                ),
                start_to_close_timeout=policies.RECORD_TIMEOUT,
                heartbeat_timeout=policies.RECORD_HEARTBEAT,
                retry_policy=policies.UNTIL_RECORDED,
                summary=entries[-1].title if entries else "重新入册",
            )
        except ActivityError as error:
            if not policies.is_off_record(error):
                raise
            # The row is gone (an older backup was restored): the next try sends the whole item.
            self._on_record, self._entries[:0] = _OnRecord(), entries
            return
        self._on_record, self._lost = _recorded(item), False
        self._item = self._item.numbered(recorded.number)
        self._show()

    def _proof_of(self, entries: tuple[Entry, ...]) -> _Proof:
        """What proves that the API began with the first of ``entries``, where that began the item
        or this run of it."""
        opening, revived = self._input.issue, self._input.revived
        first = entries[0].seq if entries else None
        if opening and first == 1:
            return _Proof(seal=opening.seal, digest=digest_of(opening))
        if revived and first == revived.item.seq + 1:
            digest = digest_of_revival(revived)
            return _Proof(seal=revived.act.seal, digest=digest, revived_from=revived.item.seq)
        return _Proof()

    async def _begin_part(self) -> None:
        """Start the item of a part that this one was split into, or of a slot whose time has come.
        It lives by itself from then on: this run may be carried on, or end, before it does."""
        if self._issues:
            await self._start_part(self._issues[0])
            del self._issues[0]
            return
        part = self._item.part(self._slots[0].key)
        if part and part.state is PartState.OPEN:
            issue = await self._prepared(part.key)
            if issue is None:
                return
            await self._start_part(issue)
        del self._slots[0]

    async def _start_part(self, issue: Issue) -> None:
        try:
            preview = preview_of(issue)
        except DomainError as error:
            # Its data came from the record: a calendar loaded since may leave it nothing to report.
            self._happen(not_begun(self._item, issue.item_id, error, workflow.now()))
            return
        # It may have been started by this very task, before its history was reset.
        with contextlib.suppress(WorkflowAlreadyStartedError):
            child = await workflow.start_child_workflow(
                ids.workflow_type(issue.facts.kind),
                ItemInput(issue=issue, most_events=self._input.most_events),
                id=ids.workflow_id(issue.item_id, issue.facts.kind),
                parent_close_policy=workflow.ParentClosePolicy.ABANDON,
                cancellation_type=workflow.ChildWorkflowCancellationType.ABANDON,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                task_timeout=policies.TASK_TIMEOUT,
                memo={ids.BODY_HASH: issue.body_hash},
                search_attributes=ids.search_attributes(preview),
                static_summary=summary(issue.facts),
            )
            self._children.append(child)

    async def _prepared(self, key: str) -> Issue | None:
        """What the item of a slot begins with; ``None`` where the task has to be recorded first."""
        try:
            return await workflow.execute_activity_method(
                FamilyActivities.prepare,
                SlotOpening(task_id=self._item.id, key=key, now=workflow.now()),
                start_to_close_timeout=policies.RECORD_TIMEOUT,
                retry_policy=policies.UNTIL_RECORDED,
                summary="准备本期调度",
            )
        except ActivityError as error:
            if not policies.is_off_record(error):
                raise
            self._on_record, self._lost = _OnRecord(), True
            return None

    async def _tell_parts(self) -> None:
        await workflow.execute_activity_method(
            FamilyActivities.tell_parts,
            args=[self._item.id, self._orders[0]],
            start_to_close_timeout=policies.ROLLOUT_TIMEOUT,
            heartbeat_timeout=policies.ROLLOUT_HEARTBEAT,
            retry_policy=policies.UNTIL_RECORDED,
            summary="告知各分项",
        )
        del self._orders[0]

    def _has_news(self) -> bool:
        """Whether the item that this one is a part of does not know how it stands."""
        if self._item.facts.parent_id is None:
            return False
        return is_worth_telling(self._told, news_of(self._item))

    async def _tell_parent(self) -> None:
        news = news_of(self._item)
        await workflow.execute_activity_method(
            FamilyActivities.tell_parent,
            self._item.id,
            start_to_close_timeout=policies.RECORD_TIMEOUT,
            retry_policy=policies.UNTIL_RECORDED,
            summary="告知上级事项",
        )
        self._told = news

    async def _admit_signals(self) -> None:
        """Whether signals are admitted is a setting that may change: it comes by an activity."""
        signals = list(self._signals)
        admission = await workflow.execute_activity_method(
            ItemActivities.admit,
            start_to_close_timeout=policies.RECORD_TIMEOUT,
            retry_policy=policies.UNTIL_RECORDED,
        )
        del self._signals[: len(signals)]
        for name, args in signals:
            now = workflow.now()
            self._happen(decide_signal(self._item, name, args, admission.admitted, now))

    def _show(self) -> None:
        """What operators see in the Temporal UI."""
        snapshot = snapshot_of(self._item)
        wanted = ids.search_attributes(snapshot)
        current = workflow.info().typed_search_attributes
        changed = [
            pair.key.value_set(pair.value) for pair in wanted if current.get(pair.key) != pair.value
        ]
        if changed:
            workflow.upsert_search_attributes(changed)
        workflow.set_current_details(details(snapshot))

    def _remember(self, request: Request) -> ActResult:
        result = ActResult(seq=self._item.seq, body_hash=request.body_hash)
        self._seen[request.sealed.request_id] = Seen(
            request_id=request.sealed.request_id, body_hash=result.body_hash, seq=result.seq
        )
        while len(self._seen) > policies.REMEMBERED_REQUESTS:
            del self._seen[next(iter(self._seen))]
        return result

    def _is_quiet(self) -> bool:
        waiting = self._entries or self._signals or self._slots or self._issues or self._orders
        return not waiting and not self._has_news()

    def _is_over(self) -> bool:
        """Whether all is on record, and the item has ended or goes on in a fresh run."""
        return self._is_quiet() and (self._item.ended or self._has_grown_long())

    def _has_grown_long(self) -> bool:
        info = workflow.info()
        most = self._input.most_events or policies.MOST_EVENTS
        return (
            info.is_continue_as_new_suggested()
            or info.get_current_history_length() >= most
            or self._is_old()
        )

    def _is_old(self) -> bool:
        return workflow.now() >= self._carried_on_at()

    def _carried_on_at(self) -> datetime:
        """At a boundary of periods where there is one: what this run has begun ends in it, so that
        an operator finds both ends of a slot in one history."""
        at = self._began + policies.LONGEST_RUN
        if workflow.now() >= at and any(not child.done() for child in self._children):
            return at + policies.LONGEST_RUN
        return at

    def _continue(self) -> NoReturn:
        """Carry the item into a fresh run."""
        carried = Carried(item=self._item, seen=tuple(self._seen.values()))
        workflow.continue_as_new(ItemInput(carried=carried, most_events=self._input.most_events))


@workflow.defn(name=ids.YEAR_WORKFLOW)
class YearTaskWorkflow(ItemWorkflow):
    """One year-round task. Its slots are parts of the item, opened by the clock; each is a child
    ``SupervisionItem``."""

    @workflow.init
    def __init__(self, start: ItemInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: ItemInput) -> str:
        """The life of the task; answers the status it ended in."""
        return await super().run(start)


def _recorded(item: Item) -> _OnRecord:
    return _OnRecord(facts=item.facts, clocks=item.clocks, parts=item.parts)


def _opened(event: Event) -> list[Part]:
    """The slots that an event of the clock has opened."""
    return list(event.changes.parts) if event.act == OPEN_SLOT else []
