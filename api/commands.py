"""Creating items and doing acts: one durable write to Temporal, then a bounded wait for the row.

Used by the routes and the command line alike. Nothing here writes an item's rows: every
change goes command → workflow → projection (design §3.4, §3.16).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import Succession
from activities.queries import Standing, standing
from api.errors import Unavailable, temporal_down
from api.references import References, acting, true_seq
from domain.acts import ACTS
from domain.calendar import YEARS_AHEAD, CalendarYear, WorkingCalendar
from domain.errors import DomainError, Forbidden, Invalid, Refused, within
from domain.issue import Issue, preview_of, sealed
from domain.items import ENDED, Actor, Facts, Json
from domain.lifecycle import evolve_all
from domain.opening import check_facts
from domain.records import Snapshot, snapshot_of
from domain.revival import Revival
from domain.revival import sealed as sealed_revival
from domain.seal import SealedAct, Seals, body_hash
from domain.succession import HandOver
from store import policies, reads, successions
from store.listen import Commits
from store.rows import EntryRow, ItemRow, SuccessionRow
from store.session import Database
from workflows import details, ids
from workflows.calendar import CalendarRolloutWorkflow
from workflows.gate import revive
from workflows.item import ItemWorkflow
from workflows.messages import ActResult, AddParts, ItemInput, Rollout
from workflows.policies import TASK_TIMEOUT
from workflows.reading import read_body
from workflows.succession import LeaderSuccessionWorkflow

WAIT = 3.0
# A question that no worker takes must not wait until things are under way again (decision 0008).
ANSWERS_WITHIN = timedelta(seconds=1)
PARTS = TypeAdapter(AddParts)
# A run that is just being carried on answers NOT_FOUND; the next run takes the same request.
ATTEMPTS = 5
LAST_PAUSE = 0.5
PAUSE = 0.1
KINDS: dict[str, type[DomainError]] = {"Forbidden": Forbidden, "Invalid": Invalid}


def not_accepted() -> Unavailable:
    """Nothing durable happened in time."""
    return Unavailable(
        "not_accepted_in_time",
        "系统未能及时受理，请稍后再试一次，不会重复办理（用同一 Idempotency-Key）。",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What came of a command: the row, and whether it covers the command yet (else 202).

    ``preview`` stands in for a row that does not exist yet.
    """

    item_id: str
    row: ItemRow | None
    covered: bool
    preview: Snapshot | None = None
    calendar: WorkingCalendar = WorkingCalendar()


class Commands:
    """Everything that changes an item."""

    def __init__(
        self,
        *,
        client: Client,
        database: Database,
        references: References,
        commits: Commits,
        seals: Seals,
        task_queue: str,
    ) -> None:
        self._client = client
        self._database = database
        self._references = references
        self._commits = commits
        self._seals = seals
        self._task_queue = task_queue

    async def create(
        self,
        *,
        actor: Actor,
        key: str,
        raw: Json,
        facts: Facts,
        issued_at: datetime | None,
        now: datetime,
        draft: bool = False,
        parent: ItemRow | None = None,
        kept_under: str = "",
    ) -> CommandResult:
        """Register and issue an item, or register it only (``draft``), once per ``actor`` and
        ``key``; as a part of ``parent`` where there is one. ``kept_under`` is whose key it is where
        it is not the actor's own.

        Raises ``Invalid`` for facts that cannot be issued, ``Refused('idempotency_conflict')`` for
        a key used with another body.
        """
        keeper = kept_under or actor.username
        if earlier := await self.created(keeper, key, raw):
            return earlier
        digest = body_hash(raw)
        issue = await self._issue(
            actor, key, digest, facts, issued_at, now, draft=draft, keeper=keeper
        )
        if parent is None:
            return await self.start(issue)
        await self._add_parts(actor, parent, key, raw, (issue,))
        return await self._begun(issue, await self._commits.wait_for(issue.item_id, 1, WAIT))

    async def preview(
        self, *, actor: Actor, facts: Facts, issued_at: datetime | None, now: datetime
    ) -> Snapshot:
        """What an item would be if it were issued now; nothing is begun. Raises ``Invalid``."""
        issued = (issued_at or now).astimezone(now.tzinfo)
        check_facts(facts, issued, now)
        facts = await self._references.with_names(facts, issued.date())
        nobody = ids.item_id_for(actor.username, "")
        return preview_of(
            await self._begins_with(nobody, facts, issued, now, actor, request_id="", digest="")
        )

    async def split(
        self,
        *,
        actor: Actor,
        parent: ItemRow,
        key: str,
        raw: Json,
        parts: Sequence[Facts],
        now: datetime,
    ) -> CommandResult:
        """Split an item into ``parts``, once per ``actor`` and ``key``: one durable write, after
        which each of them will be. Answers the parent."""
        issues = []
        for n, facts in enumerate(parts, start=1):
            with within(f"parts.{n - 1}"):
                issue = await self._issue(
                    actor,
                    f"{key}/{n}",
                    body_hash([raw, n]),
                    facts,
                    None,
                    now,
                    keeper=actor.username,
                    draft=not parent.handed_out,
                )
                issues.append(issue)
        done = await self._add_parts(actor, parent, key, raw, tuple(issues))
        begun = [self._commits.wait_for(issue.item_id, 1, WAIT) for issue in issues]
        return replace(done, covered=all([done.covered, *await asyncio.gather(*begun)]))

    async def _add_parts(
        self, actor: Actor, parent: ItemRow, key: str, raw: Json, issues: tuple[Issue, ...]
    ) -> CommandResult:
        request_id = ids.update_id_for(actor.username, parent.id, "parts", key)
        body = PARTS.dump_python(AddParts(asked=raw, parts=issues), mode="json")
        digest = body_hash([raw, None])
        if earlier := await self._done(parent.id, request_id, digest):
            return earlier
        unsealed = SealedAct(body=body, actor=actor.himself, request_id=request_id)
        return await self._update(parent, "add_parts", unsealed, digest)

    async def _issue(
        self,
        actor: Actor,
        key: str,
        digest: str,
        facts: Facts,
        issued_at: datetime | None,
        now: datetime,
        *,
        keeper: str,
        draft: bool = False,
    ) -> Issue:
        """What an item begins with, sealed; ``keeper`` is whose key it is."""
        item_id = ids.item_id_for(keeper, key)
        issued = (issued_at or now).astimezone(now.tzinfo)
        try:
            check_facts(facts, issued, now)
            facts = await self._references.with_names(facts, issued.date())
        except Invalid:
            # Sent again: it may have begun, unrecorded as yet, while its limit still lay ahead.
            if await self._begun_with(ids.workflow_id(item_id, facts.kind)) != digest:
                raise
        request_id = ids.update_id_for(keeper, item_id, "items", key)
        issue = await self._begins_with(
            item_id, facts, issued, now, actor, request_id=request_id, digest=digest
        )
        return sealed(replace(issue, draft=draft), self._seals)

    async def _begins_with(
        self,
        item_id: str,
        facts: Facts,
        issued: datetime,
        now: datetime,
        actor: Actor,
        *,
        request_id: str,
        digest: str,
    ) -> Issue:
        async with self._database.read() as connection:
            calendar = await reads.calendar(connection)
            policy = await policies.in_force(connection, issued.date())
        return Issue(
            item_id=item_id,
            facts=facts,
            issued_at=issued,
            entered_at=now,
            actor=actor.himself,
            calendar=calendar.slice(issued.year, issued.year + YEARS_AHEAD),
            policy=policy,
            request_id=request_id,
            body_hash=digest,
        )

    async def created(self, keeper: str, key: str, raw: Json) -> CommandResult | None:
        """The item that has been issued already with that key of ``keeper``'s, as it now is.

        Raises ``Refused('idempotency_conflict')`` where the body was another.
        """
        item_id = ids.item_id_for(keeper, key)
        row = await self._references.row(item_id)
        if row is None:
            return None
        check_same(row.body_hash, body_hash(raw))
        return CommandResult(item_id=item_id, row=row, covered=True)

    async def start(self, issue: Issue, *, delay: timedelta | None = None) -> CommandResult:
        """Start the workflow and wait for its first record."""
        workflow = ids.workflow_id(issue.item_id, issue.facts.kind)
        try:
            async with in_time():
                await self._client.start_workflow(
                    ids.workflow_type(issue.facts.kind),
                    ItemInput(issue=issue),
                    id=workflow,
                    task_queue=self._task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    memo={ids.BODY_HASH: issue.body_hash},
                    search_attributes=ids.search_attributes(preview_of(issue)),
                    static_summary=details.summary(issue.facts),
                    start_delay=delay,
                    task_timeout=TASK_TIMEOUT,
                )
        except WorkflowAlreadyStartedError:
            # By the same request, sent twice; whether it is the same can be asked of the workflow
            # alone while there is no row.
            check_same(await self._begun_with(workflow), issue.body_hash)
        recorded = not delay and await self._commits.wait_for(issue.item_id, 1, WAIT)
        return await self._begun(issue, recorded)

    async def _begun(self, issue: Issue, recorded: bool) -> CommandResult:
        """A new item's row; where there is none yet, what it will be."""
        row = await self._references.row(issue.item_id) if recorded else None
        return CommandResult(
            item_id=issue.item_id,
            row=row,
            covered=row is not None,
            preview=None if row else preview_of(issue),
            calendar=issue.calendar,
        )

    async def _begun_with(self, workflow: str) -> str | None:
        """The hash of the body with which an item's workflow was begun; ``None`` if it was not."""
        return await self._memo(workflow, ids.BODY_HASH)

    async def _memo(self, workflow: str, name: str) -> str | None:
        """What the present run of a workflow was started with under ``name``."""
        handle = self._client.get_workflow_handle(workflow)
        try:
            async with in_time():
                found = await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        noted: str | None = await found.memo_value(name, None, type_hint=str)
        return noted

    async def act(
        self,
        *,
        actor: Actor,
        item_id: str,
        act: str,
        route: str,
        raw: Json,
        key: str,
        target_seq: int | None = None,
    ) -> CommandResult:
        """Do one act on a visible item, once per actor, item, route and ``key``.

        Raises what the rules refuse; ``NotFound`` for an item that is not there for ``actor``.
        """
        row = await self._references.visible(actor, item_id)
        target_seq = true_seq(row, actor, target_seq)
        body = read_body(act, raw)
        raw, new_unit = await self._references.named_unit(body, raw)
        raw, absent = await self._references.stood_in_for(actor, body, raw)
        request_id = ids.update_id_for(actor.username, item_id, route, key)
        digest = body_hash([raw, target_seq])
        if earlier := await self._done(item_id, request_id, digest):
            return earlier
        actor = acting(actor, body, absent)
        await self._references.check_files(actor, body)
        unsealed = SealedAct(
            body=raw,
            actor=actor.himself,
            request_id=request_id,
            target_seq=target_seq,
            unit_name=new_unit.name,
            responsible=new_unit.responsible,
            terms=await self._references.terms(row, body),
        )
        if ACTS[act].revives and row.status in ENDED:
            return await self._revive(row, act, unsealed, digest)
        return await self._update(row, act, unsealed, digest)

    async def roll_out(self, year: CalendarYear, actor: Actor) -> None:
        """Have every open item count on ``year``: durably, going on after this returns."""
        async with in_time():
            await self._client.start_workflow(
                CalendarRolloutWorkflow.run,
                Rollout(year=year, actor=actor.himself),
                id=ids.rollout_id(year),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                static_summary=f"{year.year}年放假安排，重新计算在办事项的期限",
            )

    async def succeed(
        self, *, change: HandOver, begins_at: datetime, actor: Actor
    ) -> SuccessionRow | None:
        """Have a leader's fields and what waits for him pass to his successor: one durable write,
        once for the two and the day. The succession as recorded; ``None`` while it is under way."""
        succession_id = ids.succession_id_for(change.predecessor, change.successor, change.on)
        if earlier := await self._succession(succession_id):
            return earlier
        succession = Succession(
            id=succession_id,
            change=change,
            begins_at=begins_at,
            actor=actor.himself,
        )
        with contextlib.suppress(WorkflowAlreadyStartedError):
            async with in_time():
                await self._client.start_workflow(
                    LeaderSuccessionWorkflow.run,
                    succession,
                    id=ids.succession_workflow_id(succession_id),
                    task_queue=self._task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    static_summary="区政府分管领导变更，移交待签事项",
                )
        await self._commits.wait_for(succession_id, 1, WAIT)
        return await self._succession(succession_id)

    async def _succession(self, succession_id: str) -> SuccessionRow | None:
        async with self._database.read() as connection:
            return await successions.one(connection, succession_id)

    async def change_edition(
        self, *, actor: Actor, item_id: str, edition: str, reason: str, key: str
    ) -> CommandResult:
        """Move an open item to another edition of the rules (design §3.19)."""
        row = await self._references.visible(actor, item_id)
        async with self._database.read() as connection:
            policy = await policies.edition(connection, edition)
        if policy is None:
            raise Invalid(
                "unknown_edition", f"没有“{edition[:60]}”这一版规则，可用 GET /policies 查看。"
            )
        raw = {"policy": policies.SETTINGS.dump_python(policy, mode="json"), "reason": reason}
        request_id = ids.update_id_for(actor.username, row.id, "edition", key)
        digest = body_hash([raw, None])
        if earlier := await self._done(row.id, request_id, digest):
            return earlier
        unsealed = SealedAct(body=raw, actor=actor.himself, request_id=request_id)
        return await self._update(row, "change_edition", unsealed, digest)

    async def live(self, item_id: str, kind: str = "") -> Snapshot | None:
        """An item of that kind as its workflow knows it now; ``None`` while it does not come to
        rest: then the record has to do."""
        handle = self._client.get_workflow_handle(ids.workflow_id(item_id, kind))
        deadline = time.monotonic() + WAIT
        async with in_time():
            while await standing(handle) is not Standing.AT_REST:
                if time.monotonic() > deadline - LAST_PAUSE:
                    return None
                await asyncio.sleep(LAST_PAUSE / 10)
            snapshot: Snapshot = await handle.query(
                "state", result_type=Snapshot, rpc_timeout=ANSWERS_WITHIN
            )
        return snapshot

    async def _done(self, item_id: str, request_id: str, digest: str) -> CommandResult | None:
        """What came of a request that has been done already; ``None`` if it is not on record."""
        earlier = await self._entry(item_id, request_id)
        if earlier is None:
            return None
        check_same(earlier.body_hash, digest)
        # Read only now: a row read before may be older than that entry.
        return CommandResult(item_id=item_id, row=await self._references.row(item_id), covered=True)

    async def _entry(self, item_id: str, request_id: str) -> EntryRow | None:
        async with self._database.read() as connection:
            return await reads.entry_by_request(connection, item_id, request_id)

    async def _update(
        self, item: ItemRow, name: str, unsealed: SealedAct, digest: str
    ) -> CommandResult:
        deadline = time.monotonic() + WAIT
        result = await self._accepted(item, name, self._seals.sealed(unsealed, item.id, name))
        check_same(result.body_hash, digest)
        left = max(deadline - time.monotonic(), 0.05)
        covered = await self._commits.wait_for(item.id, result.seq, left)
        return CommandResult(
            item_id=item.id, row=await self._references.row(item.id), covered=covered
        )

    async def _revive(
        self, row: ItemRow, act: str, unsealed: SealedAct, digest: str
    ) -> CommandResult:
        """Call an ended item back (T30, T31): a new run under the same id, which begins from the
        last on record. Of several at once exactly one does."""
        for attempt in range(ATTEMPTS):
            begun = sealed_revival(await self._references.revival(row, act, unsealed), self._seals)
            if begun.item.seq != row.seq:
                return await self._decided(begun, digest)
            if await self._called_back(begun, digest):
                return await self._revived(begun, digest)
            await asyncio.sleep(PAUSE * (attempt + 1))
        raise not_accepted()

    async def _called_back(self, begun: Revival, digest: str) -> bool:
        """Whether the new run has been started, now or by the same request before; ``False`` while
        another run of the item is not over. Raises what the rules refuse."""
        item = begun.item
        after = evolve_all(item, revive(begun))
        await self._references.check_parent(after)
        workflow = ids.workflow_id(item.id, item.facts.kind)
        try:
            async with in_time():
                await self._client.start_workflow(
                    ids.workflow_type(item.facts.kind),
                    ItemInput(revived=begun),
                    id=workflow,
                    task_queue=self._task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                    memo={ids.BODY_HASH: digest, ids.REQUEST: begun.act.request_id},
                    search_attributes=ids.search_attributes(snapshot_of(after)),
                    static_summary=details.summary(item.facts),
                    task_timeout=TASK_TIMEOUT,
                )
        except WorkflowAlreadyStartedError:
            if await self._memo(workflow, ids.REQUEST) != begun.act.request_id:
                return False
            check_same(await self._memo(workflow, ids.BODY_HASH), digest)
        return True

    async def _revived(self, begun: Revival, digest: str) -> CommandResult:
        """What came of a new run: it is on record, or will be, or another was before it. Raises
        ``Refused`` where the record would not have it."""
        item = begun.item
        if await self._commits.wait_for(item.id, item.seq + 1, WAIT):
            return await self._decided(begun, digest)
        if refused := await self._off_record(begun):
            raise refused
        row = await self._references.row(item.id)
        return CommandResult(item_id=item.id, row=row, covered=False)

    async def _off_record(self, begun: Revival) -> Refused | None:
        """Why the run that this request began has failed, if it has."""
        workflow = ids.workflow_id(begun.item.id, begun.item.facts.kind)
        if await self._memo(workflow, ids.REQUEST) != begun.act.request_id:
            return None
        handle = self._client.get_workflow_handle(workflow)
        async with in_time():
            if (await handle.describe()).status is not WorkflowExecutionStatus.FAILED:
                return None
            try:
                await handle.result()
            except WorkflowFailureError as error:
                cause: BaseException | None = error.cause
                while isinstance(cause, ActivityError):
                    cause = cause.cause
                if isinstance(cause, ApplicationError) and cause.type:
                    return Refused(cause.type, cause.message)
        return None

    async def _decided(self, begun: Revival, digest: str) -> CommandResult:
        """The item has moved on: by this very request, or by another. Raises ``Refused``."""
        if done := await self._done(begun.item.id, begun.act.request_id, digest):
            return done
        raise Refused("revived_meanwhile")

    async def _accepted(self, item: ItemRow, name: str, sealed: SealedAct) -> ActResult:
        """The workflow's answer. An update not accepted in time is not durable: 503, and the
        caller tries again with the same key."""
        handle = self._client.get_workflow_handle(ids.workflow_id(item.id, item.kind))
        for attempt in range(ATTEMPTS):
            try:
                return await self._ask(handle, name, sealed)
            except WorkflowUpdateFailedError as error:
                raise refusal(error) from error
            except WorkflowUpdateRPCTimeoutOrCancelledError as error:
                raise not_accepted() from error
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                if done := await self._ended_by(item.id, sealed.request_id):
                    return done
                await asyncio.sleep(PAUSE * (attempt + 1))
        raise not_accepted()

    async def _ask(
        self, handle: WorkflowHandle[ItemWorkflow, str], name: str, sealed: SealedAct
    ) -> ActResult:
        async with in_time():
            update = await handle.start_update(
                name,
                sealed,
                id=sealed.request_id,
                wait_for_stage=WorkflowUpdateStage.COMPLETED,
                result_type=ActResult,
            )
            result: ActResult = await update.result()
        return result

    async def _ended_by(self, item_id: str, request_id: str) -> ActResult | None:
        """Told apart: an item that has ended, perhaps by this very request sent a second time, and
        (``None``) a run that is just being carried on. Raises ``Refused`` with the status."""
        row = await self._references.row(item_id)
        if row is None or row.status not in ENDED:
            return None
        if entry := await self._entry(item_id, request_id):
            return ActResult(seq=entry.seq, body_hash=entry.body_hash or "")
        raise Refused(row.status)


@contextlib.asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Calls of Temporal, together within ``WAIT``: its client by itself goes on trying for ten
    seconds and more. Raises ``Unavailable``."""
    try:
        async with asyncio.timeout(WAIT):
            yield
    except (TimeoutError, RuntimeError) as error:
        # RuntimeError is the client's word for a server that it has not reached once.
        raise temporal_down() from error


def check_same(earlier: str | None, digest: str) -> None:
    """Raises ``Refused('idempotency_conflict')`` where a request comes again with another body."""
    if earlier != digest:
        raise Refused("idempotency_conflict")


def refusal(error: WorkflowUpdateFailedError) -> DomainError:
    """What the rules said in the workflow."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type is None:
        return not_accepted()
    kind = KINDS.get(str(cause.details[0]) if cause.details else "", Refused)
    return kind(cause.type, cause.message)
