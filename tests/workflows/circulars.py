"""A circular's life on the real Temporal server, as the API would bring it about."""

import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from activities.circulars import CircularActivities
from domain.calendar import WorkingCalendar
from domain.circular_acts import Terms
from domain.circular_records import SealedCircularAct
from domain.circular_state import Circular
from domain.circulars import CircularEntry, Draft, Ground, Tone
from domain.items import Actor, Json, OfficePost, Role
from domain.policy import Policy
from tests.workflows.fakes import MemoryCirculars
from tests.workflows.house import CHIEF, OFFICE, House, Life, until
from workflows import ids
from workflows.circular import CircularWorkflow
from workflows.messages import ActResult, CircularInput

STAFF = Actor(username="staff", name="督查室 科员", role=Role.OFFICE, post=OfficePost.STAFF)
OTHER_HEAD = Actor(username="head2", name="督查室 副主任", role=Role.OFFICE)


def criticism(item_id: str, no: int = 1, **changed: Any) -> CircularEntry:
    """An entry against the unit of the tests."""
    made = CircularEntry(
        no=no,
        item_id=item_id,
        item_number=f"政督〔2030〕{no}号",
        item_title="老旧小区改造",
        unit="ZJJ",
        unit_name="区住房和城乡建设局",
        tone=Tone.CRITICISE,
        ground=Ground.G4,
        facts="逾期未报。",
    )
    return replace(made, **changed)


@dataclass(slots=True)
class CircularLife:
    """One circular, and how it is acted on."""

    house: House
    store: MemoryCirculars
    id: str
    terms: Terms
    _requests: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def life(self) -> Life:
        """Its workflow."""
        handle = self.house.client.get_workflow_handle(ids.circular_workflow_id(self.id))
        return Life(house=self.house, id=self.id, handle=handle)

    def sealed(
        self, who: Actor, name: str, body: Json, request_id: str | None = None, **more: Any
    ) -> SealedCircularAct:
        """An act as the API seals it."""
        act = SealedCircularAct(
            body=body,
            actor=who,
            request_id=request_id or f"{self.id}/{next(self._requests)}",
            terms=self.terms,
            **more,
        )
        return act.sealed_by(self.house.seals, self.id, name)

    async def begin(self, draft: Draft, at: datetime, **options: Any) -> None:
        """Started as the API does."""
        most_events = options.pop("most_events", None)
        sealed = self.sealed(STAFF, "draft_circular", {"entries": []}, draft=draft, at=at)
        await self.house.client.start_workflow(
            CircularWorkflow.run,
            CircularInput(circular_id=self.id, begin=sealed, most_events=most_events),
            id=ids.circular_workflow_id(self.id),
            task_queue=self.house.task_queue,
            static_summary="通报",
            **options,
        )

    async def act(self, who: Actor, name: str, **body: Any) -> ActResult:
        """An act through the front door, and on record."""
        answer = await self.send(name, self.sealed(who, name, body))
        await self.quiet()
        return answer

    async def act_only(self, name: str, who: Actor, **body: Any) -> ActResult:
        """An act through the front door, whether it can be put on record or not."""
        return await self.send(name, self.sealed(who, name, body))

    async def send(self, name: str, sealed: SealedCircularAct) -> ActResult:
        """An update, whatever it carries."""
        answer: ActResult = await self.life.handle_now().execute_update(
            name, sealed, id=sealed.request_id, result_type=ActResult
        )
        return answer

    async def issue(self, **body: Any) -> None:
        """Submitted, approved, issued."""
        await self.act(STAFF, "submit_circular")
        await self.act(CHIEF, "approve_circular", approved=True, comment="同意。")
        await self.act(OFFICE, "issue_circular", publication="public", **body)

    async def state(self) -> Circular:
        """What the workflow says of itself."""
        answer: Circular = await self.life._ask("state", Circular)
        return answer

    async def quiet(self) -> Circular:
        """Once nothing of it is under way, and all is on record."""

        async def recorded() -> bool:
            await self.life.quiet()
            row = self.store.rows.get(self.id)
            return row is not None and row.seq >= (await self.state()).seq

        await until(recorded)
        return self.store.rows[self.id]

    async def forward_to(self, at: datetime) -> Circular:
        """The circular at a later (virtual) time."""
        await self.quiet()
        await self.house.clock.forward_to(ids.circular_workflow_id(self.id), at)
        return await self.quiet()

    def acts(self) -> list[str]:
        """What is on record of it."""
        return [entry.act for _, entry in sorted(self.store.entries[self.id].items())]


def terms(calendar: WorkingCalendar, **policy: Any) -> Terms:
    """What the API would look up."""
    return Terms(calendar=calendar, policy=Policy(**policy), units=("ZJJ", "JTJ"))


def with_circulars(house: House) -> MemoryCirculars:
    """Have a house that has not opened yet keep circulars, too."""
    store = MemoryCirculars(house.store)
    kept = CircularActivities(house.client, store, house.seals)
    house.activities = (*house.activities, kept.record, kept.tell, kept.waiting)
    return store
