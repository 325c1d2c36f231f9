"""What items tell their parts, and parts the items they belong to, as it is on record."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from activities.messages import Child, Orders, PartNews
from domain.acts import IssueTerms
from domain.calendar import YEARS_AHEAD
from domain.clocks import RESULT_RULES
from domain.family import STATES, News
from domain.issue import Issue
from domain.items import SYSTEM, Status
from domain.orders import followers, order_of, ordered
from domain.parts import Part, PartState
from domain.seal import body_hash
from domain.year import slot_facts
from store import policies, posts, reads
from store.calendars import calendar
from store.codec import ACTOR, ACTUALS, APPROVAL, PARTS, facts_of
from store.session import ReadConnection
from store.tables import audit_events, item_clocks, items


async def slot_issue(conn: ReadConnection, task_id: str, key: str, now: datetime) -> Issue | None:
    """What a slot's item begins with, unsealed, from the task's row and today's directory; ``None``
    where the task has no such slot open. ``now`` is in the district's time zone: in which the
    slot's days end."""
    query = select(items).where(items.c.id == task_id)
    row = (await conn.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    parts = {part.key: part for part in PARTS.validate_python(row["parts"])}
    part = parts.get(key)
    if part is None or part.state is not PartState.OPEN or part.opens_at is None:
        return None
    facts = slot_facts(task_id, facts_of(row), part)
    unit = await reads.unit(conn, part.unit)
    if unit is not None:
        names = await posts.responsible(conn, unit)
        facts = replace(facts, responsible=names, vacant=unit.vacant)
    issued_at = part.opens_at.astimezone(now.tzinfo)
    policy = await policies.edition(conn, row["edition"])
    request_id = f"slot/{part.item_id}"
    return Issue(
        item_id=part.item_id,
        facts=facts,
        issued_at=issued_at,
        entered_at=max(now, issued_at),
        actor=SYSTEM,
        calendar=(await calendar(conn)).slice(issued_at.year, issued_at.year + YEARS_AHEAD),
        policy=policy or await policies.in_force(conn, issued_at.date()),
        request_id=request_id,
        body_hash=body_hash(request_id),
    )


async def news_of(conn: ReadConnection, item_id: str) -> PartNews | None:
    """Where a part stands, and whom it tells; ``None`` where it is no part, or not on record."""
    parents = items.alias()
    missed = (
        select(func.min(item_clocks.c.lapsed_at))
        .where(
            item_clocks.c.item_id == items.c.id,
            item_clocks.c.rule.in_(sorted(RESULT_RULES)),
            ~item_clocks.c.rungs.contains(["withdrawn"]),
        )
        .scalar_subquery()
    )
    query = (
        select(
            items.c.seq,
            items.c.status,
            items.c.lead_unit,
            items.c.lead_unit_name,
            items.c.due_on,
            items.c.actuals,
            items.c.handed_out,
            missed.label("lapsed_at"),
            parents.c.id.label("parent_id"),
            parents.c.kind.label("parent_kind"),
        )
        .join(parents, parents.c.id == items.c.parent_id)
        .where(items.c.id == item_id)
    )
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        return None
    news = News(
        item_id=item_id,
        seq=row.seq,
        state=STATES.get(Status(row.status), PartState.OPEN),
        unit=row.lead_unit,
        unit_name=row.lead_unit_name,
        due_on=row.due_on,
        lapsed_at=row.lapsed_at,
        actuals=ACTUALS.validate_python(row.actuals),
        handed_out=row.handed_out,
    )
    return PartNews(parent=Child(id=row.parent_id, kind=row.parent_kind), news=news)


async def orders_of(conn: ReadConnection, item_id: str, seq: int, zone: ZoneInfo) -> Orders | None:
    """What was done to an item by its entry ``seq``, and the parts of it that have not ended;
    ``zone`` says on which day a 下达 is."""
    entry = select(
        *(audit_events.c[name] for name in ("act", "body", "actor", "at", "status"))
    ).where(audit_events.c.item_id == item_id, audit_events.c.seq == seq)
    done = (await conn.execute(entry)).one_or_none()
    if done is None or done.actor is None:
        return None
    whole = (
        await conn.execute(select(items.c.parts, items.c.approval).where(items.c.id == item_id))
    ).one()
    act = ordered(done.act, Status(done.status))
    order = order_of(act, done.body, done.at, seq, APPROVAL.validate_python(whole.approval))
    # By the item's own list: a part that has just begun may have no row yet.
    parts = followers(PARTS.validate_python(whole.parts))
    issued_on = order.issued_at.astimezone(zone).date() if order.issued_at else None
    return Orders(
        order=order,
        actor=ACTOR.validate_python(done.actor),
        children=tuple(Child(id=part.item_id, kind=part.kind) for part in parts),
        terms=await _terms(conn, parts, issued_on) if issued_on else {},
    )


async def _terms(conn: ReadConnection, parts: tuple[Part, ...], day: date) -> dict[str, IssueTerms]:
    """What the 下达 of each part needs, as of ``day``, for the unit that leads on it now."""
    query = select(items.c.id, items.c.lead_unit).where(
        items.c.id.in_([part.item_id for part in parts])
    )
    recorded = {row.id: row.lead_unit for row in await conn.execute(query)}
    years = (await calendar(conn)).slice(day.year, day.year + YEARS_AHEAD)
    policy, found = await policies.in_force(conn, day), {}
    for part in parts:
        unit = await reads.unit(conn, recorded.get(part.item_id, part.unit))
        found[part.item_id] = IssueTerms(
            calendar=years,
            policy=policy,
            responsible=await posts.responsible(conn, unit) if unit else (),
            vacant=unit.vacant if unit else (),
        )
    return found
