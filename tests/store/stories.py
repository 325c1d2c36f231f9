"""Items that live as the workflow lets them live, each wake-up a projection."""

import itertools
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from domain import acts
from domain.calendar import CalendarYear, WorkingCalendar
from domain.items import Actor, Category, Event, Facts, Item, Kind, Role, Source
from domain.lifecycle import decide, evolve, ring
from domain.opening import open_item
from domain.policy import Policy
from domain.records import Entry, Projection, Snapshot, changed_between, entry_of, snapshot_of
from store.items import PostgresItemStore
from store.seeding import library_years

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkingCalendar(years=tuple(library_years()[0]))
OFFICE = Actor(username="office", name="督查室 王敏", role=Role.OFFICE)
UNIT = Actor(username="zjj", name="住建局 李强", role=Role.UNIT, unit="ZJJ")
DEPUTY = Actor(username="deputy", name="副区长 赵刚", role=Role.DEPUTY, deputy_of=("ZJJ",))
CHIEF = Actor(username="chief", name="区长 孙立", role=Role.CHIEF)
ADMIN = Actor(username="admin", name="管理员", role=Role.ADMIN)
ISSUED = datetime(2026, 10, 8, 10, tzinfo=ZONE)

_ids = itertools.count(1)


def at(text: str) -> datetime:
    """``2026-10-08 10:00`` in the district's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def facts(**changed) -> Facts:
    """An ordinary item of the housing bureau; anything may be changed."""
    plain = Facts(
        title="老旧小区加装电梯",
        content="摸清底数，按期完成。",
        category=Category.D2,
        kind=Kind.ORDINARY,
        lead_unit="ZJJ",
        lead_unit_name="区住房和城乡建设局",
        source=Source(type="区政府常务会议"),
    )
    return replace(plain, **changed)


class Story:
    """One item: what happened, and what of it the record has been told."""

    def __init__(
        self,
        *,
        issued_at: datetime = ISSUED,
        entered_at: datetime | None = None,
        calendar: WorkingCalendar = CALENDAR,
        policy: Policy | None = None,
        item_id: str | None = None,
        request_id: str | None = None,
        **changed,
    ) -> None:
        opened, event = open_item(
            item_id=item_id or f"item-{next(_ids)}",
            facts=facts(**changed),
            issued_at=issued_at,
            now=entered_at or issued_at,
            actor=OFFICE,
            calendar=calendar,
            policy=policy or Policy(),
            raw={},
            request_id=request_id,
            body_hash="hash-of-creation" if request_id else None,
        )
        self.item: Item = evolve(opened, event)
        self._told: Item | None = None
        self._untold: list[Entry] = [entry_of(event)]

    @property
    def id(self) -> str:
        return self.item.id

    def act(self, name: str, actor: Actor, when: datetime | str, **body) -> "Story":
        """Do an act; alarms due before it ring."""
        when = at(when) if isinstance(when, str) else when
        request_id = body.pop("request_id", None)
        command = acts.Command(
            act=name,
            actor=actor,
            body=TypeAdapter(acts.ACTS[name].body).validate_python(body),
            raw=body,
            request_id=request_id,
            body_hash="hash" if request_id else None,
        )
        return self._happen(decide(self.item, command, when))

    def until(self, when: str) -> "Story":
        """Let the alarms up to then ring."""
        return self._happen(ring(self.item, at(when)))

    def projection(self) -> Projection:
        """What the workflow would record now."""
        told = self._told
        snapshot = snapshot_of(
            self.item,
            known_facts=told.facts if told else None,
            known=told.clocks if told else (),
        )
        entries = tuple(self._untold)
        self._told, self._untold = self.item, []
        return Projection(snapshot=snapshot, entries=entries)

    def whole(self) -> Snapshot:
        """What the workflow would answer to the query ``state``."""
        return snapshot_of(self.item)

    async def record(self, store: PostgresItemStore) -> "Story":
        """Record it."""
        number = (await store.project(self.projection())).number
        self.item = self.item.numbered(number)
        return self

    def _happen(self, events: list[Event]) -> "Story":
        for event in events:
            before, self.item = self.item, evolve(self.item, event)
            self._untold.append(entry_of(event, changed_between(before, self.item)))
        return self


def year_of(year: int, *, rest=(), work=(), notice="国办发明电〔2026〕7号") -> CalendarYear:
    """One loaded year."""
    return CalendarYear(year=year, notice=notice, rest_days=tuple(rest), work_days=tuple(work))
