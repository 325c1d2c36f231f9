"""A read directory held against the one on record: what each row would change, what is wrong with
it, and all of it done at once or nothing."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from domain.directory import (
    NO_DEPUTY,
    OBJECT_TYPE_NAMES,
    POST_NAMES,
    SORT_NAMES,
    TRIO_DOUBLED,
    ObjectType,
    Post,
    Sort,
    is_doubled,
    missing_posts,
    post_names,
)
from domain.errors import Invalid
from domain.items import Role
from domain.text import plain_name
from ledger import roster as sheets
from ledger.roster import Holder, LeaderEntry, Problem, Roster, UnitEntry, username_of
from store import reads, stand_ins
from store.leaders import all_leaders, put_subjects
from store.persons import Person, account_taken, linked_names, person_for_post
from store.posts import appoint, services
from store.rows import LeaderRow, PostRow, UnitRow
from store.session import ReadConnection, WriteConnection
from store.units import UnitDetails, put_unit

DUPLICATE_UNIT = "duplicate_unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a row. ``problems`` keep the whole file from being imported; ``remarks``
    keep nothing. A row with neither changes is left as it is."""

    row: int
    code: str
    name: str
    new: bool
    changes: tuple[str, ...]
    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All rows, judged; ``deputies`` are the usernames meant in the row of a unit, ``subjects``
    those of a leader."""

    verdicts: tuple[Verdict, ...]
    units: tuple[UnitEntry, ...] = ()
    deputies: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    subjects: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        """Whether it can be imported."""
        return not any(verdict.problems for verdict in self.verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The directory on record."""

    units: Mapping[str, UnitRow]
    codes: Mapping[str, str]
    posts: Mapping[str, Mapping[Post, PostRow]]
    leaders: Mapping[str, LeaderRow]
    accounts: Mapping[str, tuple[str, str | None]]
    linked: Mapping[str, str]


async def plan(conn: ReadConnection, roster: Roster) -> Plan:
    """Judge every row of ``roster``."""
    known = await _known(conn, roster)
    twice = _twice(roster.units)
    verdicts, meant = [], {}
    for entry in roster.units:
        deputies, problems = _deputies(entry, known)
        meant[entry.row] = deputies
        verdicts.append(_verdict(entry, known, deputies, (*problems, *twice[entry.row])))
    subjects: dict[str, tuple[str, ...]] = {}
    for leader in roster.leaders:
        verdict = _leader_verdict(leader, known, subjects)
        verdicts.append(verdict)
    return Plan(verdicts=tuple(verdicts), units=roster.units, deputies=meant, subjects=subjects)


async def carry_out(conn: WriteConnection, planned: Plan) -> None:
    """Do all that a good plan says."""
    assert planned.good
    changing = {verdict.row for verdict in planned.verdicts if verdict.changes or verdict.new}
    for entry in planned.units:
        if entry.row in changing:
            await _put(conn, entry, planned.deputies[entry.row])
    for username, subjects in planned.subjects.items():
        await put_subjects(conn, username, subjects)


async def _put(conn: WriteConnection, entry: UnitEntry, deputies: Sequence[str]) -> None:
    before = await reads.unit(conn, entry.code)
    known = before if before and before.code == entry.code else None
    details = UnitDetails(
        sort=entry.sort or Sort(known.sort if known else Sort.OTHER),
        object_type=entry.object_type
        or (ObjectType(known.object_type) if known and known.object_type else None),
        active_from=entry.active_from or (known.active_from if known else None),
        active_until=entry.active_until or (known.active_until if known else None),
    )
    same = known is not None and set(deputies) == set(known.deputies)
    said_deputies = None if same or not deputies else deputies
    await put_unit(conn, entry.code, entry.name, said_deputies, details)
    for holder in entry.holders:
        said = Person(name=holder.name, phone=holder.phone, username=holder.username or None)
        person_id = await person_for_post(conn, entry.code, said)
        await appoint(conn, entry.code, holder.post, person_id, None)


async def _known(conn: ReadConnection, roster: Roster) -> _Known:
    units = {unit.code: unit for unit in await reads.units(conn)}
    posts: dict[str, dict[Post, PostRow]] = defaultdict(dict)
    for row in await services(conn, None):
        posts[row.unit_code][Post(row.post)] = row
    leaders = {leader.username: leader for leader in await all_leaders(conn)}
    named = {holder.username for entry in roster.units for holder in entry.holders}
    accounts = {}
    for username in sorted(named - {""}):
        if account := await reads.user(conn, username):
            accounts[username] = (account.role, account.unit_code)
    return _Known(
        units=units,
        codes={unit.name: unit.code for unit in units.values()},
        posts=posts,
        leaders=leaders,
        accounts=accounts,
        linked=await linked_names(conn, sorted(named)),
    )


# --- one row ------------------------------------------------------------------------------------


def _verdict(
    entry: UnitEntry,
    known: _Known,
    deputies: Sequence[str],
    more: Sequence[Problem],
) -> Verdict:
    unit = known.units.get(entry.code)
    changes = _changes(entry, unit, known, deputies)
    missing = _missing(entry, unit, known, deputies)
    doubts = [*more, *_misfits(entry, known), *_without_principal(missing)]
    # What is registered so already, and is not touched, may be exported and read again.
    hard = [one for one in doubts if changes or one.code == DUPLICATE_UNIT]
    problems = [*entry.problems, *_unusable(entry), *hard]
    remarks = [one for one in doubts if one not in hard]
    remarks += _remarks(entry, known, missing)
    return Verdict(
        row=entry.row,
        code=entry.code,
        name=entry.name,
        new=unit is None,
        changes=tuple(changes),
        problems=tuple(problems),
        remarks=tuple(remarks),
    )


def _unusable(entry: UnitEntry) -> list[Problem]:
    """The names that could not be put on record."""
    found = []
    named = [(entry.code, sheets.CODE), (entry.name, sheets.NAME)]
    named += [(holder.name, POST_NAMES[holder.post]) for holder in entry.holders]
    for value, what in named:
        try:
            plain_name(value, what)
        except Invalid as error:
            if value:  # an empty one has been told of already
                found.append(Problem(code=error.code, detail=error.detail))
    return found


def _missing(
    entry: UnitEntry, unit: UnitRow | None, known: _Known, deputies: Sequence[str]
) -> tuple[Post, ...]:
    """The posts that nobody will hold when the row is on record."""
    held = {*known.posts.get(entry.code, {}), *(holder.post for holder in entry.holders)}
    if deputies or (unit and unit.deputies):
        held.add(Post.DEPUTY)
    return missing_posts(held)


def _without_principal(missing: Collection[Post]) -> list[Problem]:
    if Post.PRINCIPAL not in missing:
        return []
    detail = f"没有{POST_NAMES[Post.PRINCIPAL]}，请填写姓名。（办法 六(一)）"
    return [Problem(code="principal_missing", detail=detail)]


def _changes(
    entry: UnitEntry, unit: UnitRow | None, known: _Known, deputies: Sequence[str]
) -> list[str]:
    if unit is None:
        return ["新登记"]
    found = []
    for what, said, before in (
        (sheets.NAME, entry.name, unit.name),
        (sheets.SORT, entry.sort and SORT_NAMES[entry.sort], SORT_NAMES[Sort(unit.sort)]),
        (
            sheets.OBJECT_TYPE,
            entry.object_type and OBJECT_TYPE_NAMES[entry.object_type],
            unit.object_type and OBJECT_TYPE_NAMES[ObjectType(unit.object_type)],
        ),
        (sheets.ACTIVE_FROM, entry.active_from, unit.active_from),
        (sheets.ACTIVE_UNTIL, entry.active_until, unit.active_until),
    ):
        if said and said != before:
            found.append(f"{what}：{before or '无'}改为{said}")
    for holder in entry.holders:
        if changed := _holder_change(holder, known.posts.get(entry.code, {}).get(holder.post)):
            found.append(changed)
    if deputies and set(deputies) != set(unit.deputies):
        before = "、".join(unit.deputies) or "无"
        found.append(f"{sheets.DEPUTIES}：{before}改为{'、'.join(deputies)}")
    return found


def _holder_change(holder: Holder, held: PostRow | None) -> str | None:
    title = POST_NAMES[holder.post]
    if held is None:
        return f"{title}：登记{holder.name}"
    if held.person.name != holder.name:
        return f"{title}：{held.person.name}改为{holder.name}"
    if holder.phone and holder.phone != held.person.phone:
        return f"{title}{holder.name}的电话：改为{holder.phone}"
    if holder.username and holder.username != held.person.username:
        return f"{title}{holder.name}的账号：改为{holder.username}"
    return None


def _misfits(entry: UnitEntry, known: _Known) -> list[Problem]:
    """What contradicts the directory on record."""
    problems = []
    owner = known.codes.get(entry.name)
    if owner is not None and owner != entry.code:
        detail = f"单位全称已属于代码 {owner}，请核对代码，或先将该单位改名。"
        problems.append(Problem(code="unit_name_taken", detail=detail))
    first, last = entry.active_from, entry.active_until
    if first and last and last < first:
        detail = "停用日期不能早于启用日期，请核对。"
        problems.append(Problem(code="bad_period", detail=detail))
    for holder in entry.holders:
        account = known.accounts.get(holder.username)
        if account and account != (Role.UNIT.value, entry.code):
            detail = f"账号“{holder.username}”不是该单位的账号，请核对，或留空。"
            problems.append(Problem(code="not_the_unit_s_account", detail=detail))
        linked = known.linked.get(holder.username, holder.name)
        if linked != holder.name:
            taken = account_taken(holder.username, linked)
            problems.append(Problem(code=taken.code, detail=taken.detail))
    return problems


def _remarks(entry: UnitEntry, known: _Known, missing: Collection[Post]) -> list[Problem]:
    """What is worth a look, and keeps nothing from being imported."""
    remarks = []
    if vacant := [post for post in missing if post in {Post.SUPERVISOR, Post.HANDLER}]:
        detail = f"没有{post_names(vacant)}，请尽快补登。"
        remarks.append(Problem(code="trio_incomplete", detail=detail))
    if Post.DEPUTY in missing:
        remarks.append(Problem(code="no_deputy", detail=NO_DEPUTY))
    named = {(holder.name, holder.phone) for holder in entry.holders}
    if is_doubled(len(entry.holders), len(named)):
        remarks.append(Problem(code="trio_same_person", detail=TRIO_DOUBLED))
    for holder in entry.holders:
        if holder.username and holder.username not in known.accounts:
            detail = f"账号“{holder.username}”还没有建立，建立之前{holder.name}收不到通知。"
            remarks.append(Problem(code="no_account", detail=detail))
    return remarks


def _deputies(entry: UnitEntry, known: _Known) -> tuple[tuple[str, ...], list[Problem]]:
    """The usernames meant, and which of the leaders named are not known, or not only one."""
    meant: dict[str, None] = {}
    problems = []
    for said in entry.deputies:
        found = _leader(said, known)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            meant[found] = None
    return tuple(meant), problems


def _leader(said: str, known: _Known) -> str | Problem:
    if (username := username_of(said)) in known.leaders:
        return username
    named = [leader.username for leader in known.leaders.values() if leader.name == said]
    if len(named) == 1:
        return named[0]
    if named:
        detail = f"有 {len(named)} 位领导叫“{said}”，请写明用户名：{'、'.join(sorted(named))}。"
        return Problem(code="same_name", detail=detail)
    detail = f"没有登记区政府领导“{said[:40]}”，请核对姓名或用户名，或先建立账号。"
    return Problem(code="unknown_leader", detail=detail)


def _leader_verdict(
    entry: LeaderEntry, known: _Known, subjects: dict[str, tuple[str, ...]]
) -> Verdict:
    found = _leader(entry.leader, known)
    problems: tuple[Problem, ...] = ()
    changes: tuple[str, ...] = ()
    if isinstance(found, Problem):
        problems = (found,)
    else:
        before = [one.subject for one in known.leaders[found].subjects]
        if set(before) != set(entry.subjects):
            subjects[found] = entry.subjects
            listed = "、".join(before) or "无"
            changes = (f"{sheets.SUBJECTS}：{listed}改为{'、'.join(entry.subjects)}",)
    return Verdict(
        row=entry.row,
        code="",
        name=entry.leader,
        new=False,
        changes=changes,
        problems=problems,
        remarks=(),
    )


# --- rows against each other ----------------------------------------------------------------------


def _twice(entries: Sequence[UnitEntry]) -> dict[int, list[Problem]]:
    """What stands in two rows and can stand in one only: codes, names, accounts, persons."""
    problems: dict[int, list[Problem]] = defaultdict(list)
    seen: dict[tuple[str, str], int] = {}

    def once(row: int, code: str, value: str, what: str, todo: str) -> None:
        if not value:
            return
        first = seen.setdefault((f"{code} {what}", value), row)
        if first != row:
            detail = f"{what}与第 {first} 行重复，{todo}"
            problems[row].append(Problem(code=code, detail=detail))

    for entry in entries:
        once(entry.row, DUPLICATE_UNIT, entry.code, sheets.CODE, "请合并为一行。")
        once(entry.row, DUPLICATE_UNIT, entry.name, sheets.NAME, "请核对，或合并为一行。")
        for holder in {(h.name, h.phone): h for h in entry.holders}.values():
            person = f"{holder.name} {holder.phone}" if holder.phone else ""
            todo = f"{holder.name}不能同时在两个单位任职，请核对。"
            once(entry.row, "duplicate_person", person, "责任人（姓名、电话）", todo)
            once(entry.row, "duplicate_account", holder.username, "账号", "请核对。")
    return problems


# --- export ---------------------------------------------------------------------------------------


MOST_STAND_INS = 10_000


async def lines(conn: ReadConnection) -> sheets.Lines:
    """The directory on record, as the sheets have it."""
    history = await services(conn, None, history=True)
    posts: dict[str, dict[Post, PostRow]] = defaultdict(dict)
    for row in history:
        if row.current:
            posts[row.unit_code][Post(row.post)] = row
    leaders = {leader.username: leader for leader in await all_leaders(conn)}
    return sheets.Lines(
        units=tuple(_line(unit, posts[unit.code], leaders) for unit in await reads.units(conn)),
        leaders=tuple(
            {
                sheets.USERNAME: leader.username,
                sheets.LEADER: leader.name,
                sheets.SUBJECTS: "、".join(one.subject for one in leader.subjects),
            }
            for leader in leaders.values()
        ),
        history=tuple(_service(row) for row in sorted(history, key=lambda one: one.unit_code)),
        stand_ins=tuple(
            {
                sheets.STAND_IN: row.stand_in_name,
                sheets.ABSENT: row.absent_name,
                sheets.FROM: row.since.isoformat(),
                sheets.TO: row.until.isoformat(),
                sheets.REASON: row.reason,
            }
            for row in await stand_ins.find(conn, limit=MOST_STAND_INS)
        ),
    )


def _service(row: PostRow) -> sheets.Line:
    return {
        sheets.CODE: row.unit_code,
        sheets.POST: POST_NAMES[Post(row.post)],
        sheets.LEADER: row.person.name,
        sheets.PHONE: row.person.phone,
        sheets.SINCE: row.since.isoformat() if row.since else "",
        sheets.UNTIL: row.until.isoformat() if row.until else "",
    }


def _line(
    unit: UnitRow, posts: Mapping[Post, PostRow], leaders: Mapping[str, LeaderRow]
) -> sheets.Line:
    line = {
        sheets.CODE: unit.code,
        sheets.NAME: unit.name,
        sheets.SORT: SORT_NAMES[Sort(unit.sort)],
        sheets.OBJECT_TYPE: OBJECT_TYPE_NAMES[ObjectType(unit.object_type)]
        if unit.object_type
        else "",
        sheets.ACTIVE_FROM: unit.active_from.isoformat() if unit.active_from else "",
        sheets.ACTIVE_UNTIL: unit.active_until.isoformat() if unit.active_until else "",
        sheets.DEPUTIES: "、".join(
            f"{leaders[username].name}（{username}）" for username in unit.deputies
        ),
    }
    for post, row in posts.items():
        title = POST_NAMES[post]
        line[title] = row.person.name
        line[f"{title}{sheets.PHONE}"] = row.person.phone
        line[f"{title}{sheets.ACCOUNT}"] = row.person.username or ""
    return line
