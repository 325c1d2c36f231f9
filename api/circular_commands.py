"""Drafting circulars and doing acts on them: one durable write to Temporal, then a bounded wait for
the record, as with items (api/commands.py)."""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from api.commands import (
    ATTEMPTS,
    PAUSE,
    WAIT,
    check_same,
    in_time,
    not_accepted,
    refusal,
)
from api.errors import not_found
from api.references import References, acting, unit_named
from domain.calendar import YEARS_AHEAD
from domain.circular_acts import DraftCircular, EntryBody, Terms
from domain.circular_life import STAGE_CODES, begin
from domain.circular_records import SealedCircularAct
from domain.circulars import CircularEntry, Draft, Ground
from domain.errors import Invalid, Refused, within
from domain.items import Actor, Json
from domain.seal import Seals, body_hash
from runtime.settings import Settings
from store import circular_proposals, circulars, office, points, policies, reads
from store.circulars import CircularRow
from store.listen import Commits
from store.session import Database, ReadConnection
from workflows import ids
from workflows.circular import BODIES, CircularWorkflow, command_of
from workflows.messages import ActResult, CircularInput
from workflows.policies import TASK_TIMEOUT
from workflows.reading import read

DRAFT = TypeAdapter(DraftCircular)
DRAFTING = frozenset({"draft_circular", "revise_circular"})
COUNTING = frozenset({"issue_circular", "deduct_further"})
"""What counts days and points, and tells everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CircularResult:
    """What came of a command: the circular as recorded, and whether that covers it yet (else
    202)."""

    circular_id: str
    row: CircularRow | None
    covered: bool


class CircularCommands:
    """Everything that changes a circular."""

    def __init__(
        self,
        *,
        client: Client,
        database: Database,
        references: References,
        commits: Commits,
        seals: Seals,
        settings: Settings,
    ) -> None:
        self._client = client
        self._database = database
        self._references = references
        self._commits = commits
        self._seals = seals
        self._settings = settings

    async def draft(self, *, actor: Actor, key: str, raw: Json, now: datetime) -> CircularResult:
        """A new draft, once for ``actor`` and ``key``. Raises what the rules refuse."""
        circular_id = ids.circular_id_for(actor.username, key)
        digest = body_hash(raw)
        if earlier := await self._row(circular_id):
            check_same(earlier.body_hash, digest)
            return CircularResult(circular_id=circular_id, row=earlier, covered=True)
        act = SealedCircularAct(
            body=raw,
            actor=actor.himself,
            request_id=ids.update_id_for(actor.username, circular_id, "circulars", key),
            draft=await self._resolved(actor, raw, None),
            at=now,
        ).sealed_by(self._seals, circular_id, "draft_circular")
        begin(circular_id, command_of("draft_circular", act), now)
        await self._start(circular_id, act, digest)
        covered = await self._commits.wait_for(circular_id, 1, WAIT)
        return await self._result(circular_id, covered=covered)

    async def _start(self, circular_id: str, act: SealedCircularAct, digest: str) -> None:
        workflow = ids.circular_workflow_id(circular_id)
        try:
            async with in_time():
                await self._client.start_workflow(
                    CircularWorkflow.run,
                    CircularInput(circular_id=circular_id, begin=act),
                    id=workflow,
                    task_queue=self._settings.task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                    memo={ids.BODY_HASH: digest},
                    static_summary="通报",
                    task_timeout=TASK_TIMEOUT,
                )
        except WorkflowAlreadyStartedError:
            async with in_time():
                found = await self._client.get_workflow_handle(workflow).describe()
            check_same(await found.memo_value(ids.BODY_HASH, None, type_hint=str), digest)

    async def act(
        self, *, actor: Actor, circular_id: str, act: str, raw: Json, key: str, now: datetime
    ) -> CircularResult:
        """Do one act on a visible circular, once per actor, circular, act and ``key``.

        Raises what the rules refuse; ``NotFound`` for a circular that is not there for ``actor``.
        """
        async with self._database.read() as connection:
            row = await circulars.one(connection, circular_id, actor)
        if row is None:
            raise not_found()
        body = read(BODIES[act], raw)
        raw, absent = await self._references.stood_in_for(actor, body, raw)
        request_id = ids.update_id_for(actor.username, circular_id, act, key)
        digest = body_hash(raw)
        if await self._done(circular_id, request_id, digest):
            return await self._result(circular_id, covered=True)
        sealed = SealedCircularAct(
            body=raw,
            actor=acting(actor, body, absent).himself,
            request_id=request_id,
            draft=await self._resolved(actor, raw, circular_id) if act in DRAFTING else None,
            terms=await self._terms(act, row, now),
        ).sealed_by(self._seals, circular_id, act)
        deadline = time.monotonic() + WAIT
        result = await self._accepted(circular_id, act, sealed)
        check_same(result.body_hash, digest)
        left = max(deadline - time.monotonic(), 0.05)
        covered = await self._commits.wait_for(circular_id, result.seq, left)
        return await self._result(circular_id, covered=covered)

    async def _accepted(self, circular_id: str, name: str, sealed: SealedCircularAct) -> ActResult:
        handle = self._client.get_workflow_handle(ids.circular_workflow_id(circular_id))
        for attempt in range(ATTEMPTS):
            try:
                async with in_time():
                    update = await handle.start_update(
                        name,
                        sealed,
                        id=sealed.request_id,
                        wait_for_stage=WorkflowUpdateStage.COMPLETED,
                        result_type=ActResult,
                    )
                    answer: ActResult = await update.result()
                return answer
            except WorkflowUpdateFailedError as error:
                raise refusal(error) from error
            except WorkflowUpdateRPCTimeoutOrCancelledError as error:
                raise not_accepted() from error
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                if done := await self._ended_by(circular_id, sealed):
                    return done
                await asyncio.sleep(PAUSE * (attempt + 1))
        raise not_accepted()

    async def _ended_by(self, circular_id: str, sealed: SealedCircularAct) -> ActResult | None:
        """Told apart: a circular that has ended, perhaps by this very request sent a second time,
        and (``None``) a run that is just being carried on."""
        row = await self._row(circular_id)
        if row is None or not row.circular.ended:
            return None
        async with self._database.read() as connection:
            event = await circulars.event_by_request(connection, circular_id, sealed.request_id)
        if event is not None:
            return ActResult(seq=event.seq, body_hash=event.body_hash or "")
        closed = row.circular.closed
        raise Refused("circular_closed" if closed else STAGE_CODES[row.circular.stage])

    async def _done(self, circular_id: str, request_id: str, digest: str) -> bool:
        async with self._database.read() as connection:
            event = await circulars.event_by_request(connection, circular_id, request_id)
        if event is None:
            return False
        check_same(event.body_hash, digest)
        return True

    async def _row(self, circular_id: str) -> CircularRow | None:
        async with self._database.read() as connection:
            return await circulars.one(connection, circular_id)

    async def _result(self, circular_id: str, *, covered: bool) -> CircularResult:
        row = await self._row(circular_id)
        return CircularResult(circular_id=circular_id, row=row, covered=covered and row is not None)

    async def _terms(self, act: str, row: CircularRow, now: datetime) -> Terms:
        """What an act needs from outside, as of today."""
        today = now.date()
        async with self._database.read() as connection:
            terms = Terms(policy=await policies.in_force(connection, today))
            if act not in COUNTING:
                return terms
            calendar = await reads.calendar(connection)
            table = await points.in_force(connection, today.year)
            concerned = [entry.item_id for entry in row.circular.draft.entries]
            return replace(
                terms,
                calendar=calendar.slice(today.year, today.year + YEARS_AHEAD),
                points=table.points,
                points_edition=table.name,
                units=tuple(u.code for u in await reads.units(connection) if u.active_on(today)),
                waiting=await circulars.waiting(connection, concerned),
            )

    async def _resolved(self, actor: Actor, raw: Json, circular_id: str | None) -> Draft:
        """What a draft names, as the registers have it. Raises what the rules refuse."""
        body = read(DRAFT, raw)
        async with self._database.read() as connection:
            entries = []
            for n, said in enumerate(body.entries):
                with within(f"entries.{n}"):
                    entries.append(await _entry(connection, actor, n + 1, said, circular_id))
            name = await office.circular_name(connection, self._settings.circular_name)
        return Draft(
            title=body.title.strip() or name,
            opening=body.opening,
            entries=tuple(entries),
        )


async def _entry(
    connection: ReadConnection, actor: Actor, no: int, said: EntryBody, circular_id: str | None
) -> CircularEntry:
    row = await reads.item_row(connection, said.item_id, reads.scope_of(actor))
    if row is None or not row.handed_out:
        raise Invalid("unknown_item")
    code, name = row.lead_unit, row.lead_unit_name
    if said.unit:
        unit = await unit_named(connection, said.unit)
        code, name = unit.code, unit.name
    if code not in (row.lead_unit, *row.co_units):
        raise Invalid("not_of_the_item")
    if said.proposal is not None:
        await _check_proposal(connection, actor, said.proposal, row.id, circular_id)
    return CircularEntry(
        no=no,
        item_id=row.id,
        item_number=row.number,
        item_title=row.facts.title,
        unit=code,
        unit_name=name,
        tone=said.tone,
        facts=said.facts,
        ground=said.ground,
        requirement=said.requirement,
        new_due_on=said.new_due_on,
        proposal=said.proposal,
    )


async def _check_proposal(
    connection: ReadConnection, actor: Actor, number: int, item_id: str, circular_id: str | None
) -> None:
    found = await circular_proposals.one(connection, actor, number)
    if found is None or found.item_id != item_id:
        raise Invalid("unknown_proposal")
    if found.ground is Ground.STILL_OPEN:
        raise Invalid("not_for_circulars")
    if found.decided and (circular_id is None or found.circular_id != circular_id):
        raise Refused("proposal_decided")
