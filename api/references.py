"""What a command or a route names: items, files, units, the person stood in for. Each is looked up
here, as it is for whoever names it."""

import contextlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from api.errors import NotFound, not_found
from api.requests import local
from domain.acts import (
    AnswerCoordination,
    ApproveIssue,
    Body,
    ChangeUnit,
    ConfirmAct,
    IssueTerms,
    MilestoneOrder,
    ReportHandling,
    ReportToLeaders,
    ReviseDraft,
    SetMilestones,
    SignOff,
    SubmitFeedback,
    SubmitForApproval,
    SubmitPlan,
    check_text,
)
from domain.calendar import YEARS_AHEAD
from domain.circular_acts import CircularBody
from domain.directory import Responsible
from domain.errors import Forbidden, Invalid
from domain.items import Actor, Facts, Item, Json, Status
from domain.permissions import Right, has_right, may_know_covert
from domain.revival import Revival, check_parent
from domain.seal import SealedAct
from store import document_templates, files, policies, posts, reads, regulations, stand_ins
from store.revival import item_of
from store.rows import FileRow, ItemRow, StandInRow, UnitRow
from store.session import Database, ReadConnection

MOST_FILES = 50
"""How many years after its own an item carries with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUnit:
    """The unit an answer or a revised draft hands an item to, as the directory has it; ``None``: to
    nobody new."""

    name: str | None = None
    responsible: tuple[Responsible, ...] = ()


class References:
    """Looks up what is named."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        """``zone`` says on which day something happens."""
        self._database = database
        self._zone = zone

    async def row(self, item_id: str) -> ItemRow | None:
        """An item's row, whoever asks."""
        async with self._database.read() as connection:
            return await reads.item_row(connection, item_id)

    async def revival(self, row: ItemRow, act: str, unsealed: SealedAct) -> Revival:
        """What a new run of an item that has ended begins with."""
        now = datetime.now(self._zone)
        async with self._database.read() as connection:
            item = await item_of(connection, row.id, now)
        return Revival(item=item, name=act, act=unsealed, at=now)

    async def check_parent(self, after: Item) -> None:
        """Refuses at once what the record would refuse later (:func:`check_parent`)."""
        parent_id = after.facts.parent_id
        parent = await self.row(parent_id) if parent_id else None
        check_parent(after.status, Status(parent.status) if parent else None)

    async def visible(self, actor: Actor, item_id: str) -> ItemRow:
        """The item's row. Raises ``NotFound`` where it is not there for ``actor``: then as much has
        been read as where there is none, so that the time does not tell either."""
        async with self._database.read() as connection:
            row = await reads.item_row(connection, item_id, reads.scope_of(actor))
        if row is None:
            raise not_found()
        return row

    async def readable_file(self, actor: Actor, file_id: uuid.UUID) -> FileRow:
        """A file that ``actor`` uploaded, or may see an item in whose timeline it is named, or that
        is a unit's lodged rules of work, or for the office a template of its documents.

        Raises ``NotFound``.
        """
        async with self._database.read() as connection:
            kept = await reads.file(connection, file_id)
            items = await files.items_with_file(connection, file_id)
            lodged = await regulations.is_lodged(connection, file_id)
            template = await document_templates.is_template(connection, file_id)
        if kept and template and has_right(Right.COMPILATIONS, actor):
            return kept
        lodged = lodged and has_right(Right.READ_RULES, actor)
        if kept and (kept.uploaded_by == actor.username or lodged):
            return kept
        for item_id in items:
            with contextlib.suppress(NotFound):
                await self.visible(actor, item_id)
                if kept:
                    return kept
        raise not_found()

    async def with_names(self, facts: Facts, day: date) -> Facts:
        """``facts`` with those who answer for the lead unit now: the names of their time (R47).

        Raises ``Invalid('unit_not_active')``.
        """
        async with self._database.read() as connection:
            units = [
                await reads.unit(connection, code) for code in (facts.lead_unit, *facts.co_units)
            ]
            for unit in units:
                if unit is not None:
                    check_active(unit, day)
            lead = units[0]
            if lead is None:
                return facts
            names = await posts.responsible(connection, lead)
        return replace(facts, responsible=names, vacant=lead.vacant)

    async def check_files(self, actor: Actor, body: Body) -> None:
        """What an act names must be there, and ``actor`` must be able to read it himself: naming
        a file shows it to everybody who sees the item."""
        await self.check_named_files(actor, _files_of(body))

    async def check_named_files(self, actor: Actor, file_ids: Sequence[str]) -> None:
        """The same of files by their ids."""
        named = dict.fromkeys(file_ids)
        if len(named) > MOST_FILES:
            raise Invalid("too_many_files", f"一次最多附 {MOST_FILES} 个附件，请打包后上传。")
        for file_id in named:
            try:
                await self.readable_file(actor, uuid.UUID(file_id))
            except (ValueError, NotFound):
                raise Invalid(
                    "unknown_file",
                    f"没有编号为“{file_id[:60]}”的附件，请先上传（POST /files），填写所得的 id。",
                ) from None

    async def named_unit(self, body: Body, raw: Json) -> tuple[Json, NewUnit]:
        """The body with the units it names as codes; the name of its new lead unit in the
        directory, and those who answer for it now. Raises ``Invalid``."""
        named: str | None
        if isinstance(body, SetMilestones | ReviseDraft) and body.milestones:
            raw = await self._with_codes(body.milestones, raw)
        match body:
            case AnswerCoordination() | ChangeUnit() if body.new_lead_unit:
                field, named, joining = "new_lead_unit", body.new_lead_unit, None
            case ReviseDraft() if body.lead_unit or body.co_units:
                field, named, joining = "lead_unit", body.lead_unit, body.co_units
            case _:
                return raw, NewUnit()
        async with self._database.read() as connection:
            if joining is not None:
                codes = [(await unit_named(connection, one)).code for one in joining]
                raw = {**raw, "co_units": list(dict.fromkeys(codes))}
            if named is None:
                return raw, NewUnit()
            unit = await unit_named(connection, named)
            names = await posts.responsible(connection, unit)
        return {**raw, field: unit.code}, NewUnit(name=unit.name, responsible=names)

    async def terms(self, row: ItemRow, body: Body) -> IssueTerms | None:
        """What an act that issues ``row``, or names who is to approve that, needs from outside, as
        of the day of the 下达. Raises ``Invalid``."""
        approver: str | None
        match body:
            case ApproveIssue() if body.approved:
                issued_at, approver = body.issued_at or row.now, None
            case SubmitForApproval() if body.approver:
                issued_at, approver = row.now, body.approver
            case _:
                return None
        day = local(issued_at, self._zone).date()
        facts = await self.with_names(row.facts, day)
        async with self._database.read() as connection:
            calendar = await reads.calendar(connection)
            policy = await policies.in_force(connection, day)
            named = await reads.actor(connection, approver) if approver else None
        return IssueTerms(
            calendar=calendar.slice(day.year, day.year + YEARS_AHEAD),
            policy=policy,
            responsible=facts.responsible,
            vacant=facts.vacant,
            approver=named.himself if named else None,
        )

    async def _with_codes(self, orders: tuple[MilestoneOrder, ...], raw: Json) -> Json:
        nodes = []
        async with self._database.read() as connection:
            for node, said in zip(orders, raw["milestones"], strict=True):
                unit = await unit_named(connection, node.unit) if node.unit else None
                nodes.append({**said, "unit": unit.code} if unit else said)
        return {**raw, "milestones": nodes}

    async def stood_in_for(
        self, actor: Actor, body: Body | CircularBody, raw: Json
    ) -> tuple[Json, StandInRow | None]:
        """The body with the full name of whom ``actor`` acts for, and the stand-in it rests on,
        whether in force or over (an act that is done already may be asked for again)."""
        if body.on_behalf_of is None:
            return raw, None
        check_text(on_behalf_of=body.on_behalf_of)
        async with self._database.read() as connection:
            found = await stand_ins.named(connection, actor.username, body.on_behalf_of.strip())
        if found is None:
            return raw, None
        return {**raw, "on_behalf_of": found.absent_name}, found


def acting(actor: Actor, body: Body | CircularBody, found: StandInRow | None) -> Actor:
    """Who acts: himself, or himself in the place of another (AB角).

    Raises ``Forbidden('not_stand_in')``.
    """
    if body.on_behalf_of is None:
        return actor
    absent = {one.username: one for one in actor.stands_in_for}
    if found is None or found.absent not in absent:
        raise Forbidden(
            "not_stand_in",
            f"您目前不是“{body.on_behalf_of[:60]}”的代理人，不能代为办理；请由督查室负责人先登记代理。",
        )
    return actor.acting_for(absent[found.absent])


def true_seq(row: ItemRow, actor: Actor, shown: int | None) -> int | None:
    """The entry that ``actor`` knows by the number ``shown``: whoever may not know of covert checks
    counts without them (R24)."""
    if shown is None or may_know_covert(actor):
        return shown
    for hidden in sorted(row.covert):
        shown += hidden <= shown
    return shown


def _files_of(body: Body) -> tuple[str, ...]:
    match body:
        case SubmitPlan() | SubmitFeedback() | ReportToLeaders() | ReportHandling():
            return body.attachments
        case SignOff() | ConfirmAct() if body.recorded_from_paper:
            return (body.recorded_from_paper.file_id,)
        case _:
            return ()


def check_active(unit: UnitRow, day: date) -> None:
    """Raises ``Invalid('unit_not_active')`` for a unit that takes nothing on that day."""
    if unit.active_on(day):
        return
    since, until = unit.active_from or "……", unit.active_until or "……"
    raise Invalid(
        "unit_not_active",
        f"“{unit.name}”在 {day} 不承接事项（启用 {since} 至 {until}），请核对承办单位或下达时间。",
    )


async def unit_named(connection: ReadConnection, named: str) -> UnitRow:
    """The unit of that code or full name. Raises ``Invalid('unknown_unit')``."""
    unit = await reads.unit(connection, named)
    if unit is None:
        raise unknown_unit(named)
    return unit


def unknown_unit(named: str) -> Invalid:
    """There is no such unit in the directory."""
    return Invalid("unknown_unit", f"没有登记“{named[:60]}”这个单位，请先登记或核对名称。")
