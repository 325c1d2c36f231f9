"""Any acts by anybody at any time, with outages, signals, calendars and editions between: what
must hold after every step (design §3)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import TypeAdapter

from domain.acts import ACTS, IssueTerms
from domain.clocks import RESULT_RULES, Rule
from domain.errors import DomainError, Refused
from domain.items import (
    RESTING,
    UNISSUED,
    Actor,
    Escalation,
    Event,
    Item,
    Kind,
    Milestone,
    Source,
    Status,
)
from domain.ladder import CHIEF as CHIEF_RUNG
from domain.ladder import LEADER_WAITING
from domain.lifecycle import decide, evolve_all, next_alarm, refuse, ring
from domain.policy import Policy
from domain.recalculation import apply_calendar, change_edition
from domain.records import snapshot_of
from domain.statement import findings_of
from tests.domain.life import (
    ACTORS,
    ADMIN,
    ANY_DAY,
    CALENDAR,
    CHIEF,
    CO_UNIT,
    DEPUTY,
    OFFICE,
    OTHER_DEPUTY,
    UNIT,
    YEAR_2027,
    Life,
    at,
    command,
    confirmer,
    operator,
)

ITEM = TypeAdapter(Item)
HEALTH_UNIT = replace(UNIT, username="hea", unit="health")
PEOPLE = (OFFICE, UNIT, HEALTH_UNIT, CO_UNIT, DEPUTY, OTHER_DEPUTY, CHIEF, ADMIN)
POLICIES = (
    Policy(),
    Policy(edition="b", leader_delay_spared=False, reminder_days=(5, 2)),
    Policy(edition="c", directive_in_working_days=True, chief_after_working_days=1),
    Policy(edition="d", roll_calendar_days=False, extensions_most=3, rework_working_days=1),
)
AHEAD = st.integers(-1, 25)  # days from now; -1 is refused
MAYBE_AHEAD = st.none() | AHEAD
SIGNED = st.sampled_from([None, None, None, 0, 20, 100])  # hours ago, on paper
# Nodes as ordered: each so many days from now.
NODES = st.lists(st.tuples(st.sampled_from(["招标", "封顶", "验收", "交付"]), AHEAD), max_size=3)
NODES_OF = ("招标", "封顶", "验收")
SAID: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "revise_draft": st.fixed_dictionaries(
        {
            "lead_unit": st.sampled_from([None, "health", "edu"]),
            "kind": st.sampled_from([None, None, None, "directive", "milestones"]),
            "due_on": st.none() | st.integers(1, 25),
            "due_reason": st.just("须跨汛期施工"),
            "urgency": st.sampled_from([None, "extra_urgent"]),
            "milestones": st.none() | NODES,
        }
    ),
    "submit_for_approval": st.fixed_dictionaries(
        {"at_once": st.booleans(), "approved_by": st.sampled_from([DEPUTY, CHIEF, OFFICE])}
    ),
    "approve_issue": st.fixed_dictionaries({"approved": st.sampled_from([True, True, False])}),
    "set_milestones": st.fixed_dictionaries({"milestones": NODES}),
    "decide_return": st.fixed_dictionaries({"accepted": st.sampled_from([True, True, False])}),
    "submit_feedback": st.sampled_from(
        [
            *[{}, {"final": True}, {"final": True}, {"final": True}, {"interim_opinion": True}],
            *({"milestone": name} for name in NODES_OF),
        ]
    ),
    "sign_off": st.fixed_dictionaries({"approved": st.booleans(), "signed": SIGNED}),
    "confirm_act": st.fixed_dictionaries({"signed": SIGNED}),
    "review": st.fixed_dictionaries(
        {"accepted": st.sampled_from([False, False, True]), "new_due_on": MAYBE_AHEAD}
    ),
    "request_extension": st.fixed_dictionaries({"new_due_on": AHEAD}),
    "decide_extension": st.fixed_dictionaries({"approved": st.booleans()}),
    "request_coordination": st.fixed_dictionaries(
        {"major": st.booleans(), "level": st.sampled_from(["deputy", "deputy", "chief"])}
    ),
    "answer_coordination": st.fixed_dictionaries(
        {
            "outcome": st.sampled_from(["resolved", "unresolved", "transferred"]),
            "new_due_on": MAYBE_AHEAD,
            "new_lead_unit": st.sampled_from([None, None, "health", "edu"]),
        }
    ),
    "reopen": st.fixed_dictionaries({"new_due_on": AHEAD}),
    "record_circular": st.fixed_dictionaries(
        {"number": st.sampled_from(["第1期", "第2期", "第3期"]), "new_due_on": MAYBE_AHEAD}
    ),
    "lift_circular": st.fixed_dictionaries({"number": st.sampled_from(["第1期", "第2期"])}),
    "order_handling": st.fixed_dictionaries({"due_on": MAYBE_AHEAD}),
    "remind": st.fixed_dictionaries({"form": st.sampled_from(["phone", "covert"])}),
    "resume_item": st.fixed_dictionaries({"new_due_on": MAYBE_AHEAD}),
}
# What people usually do next.
USUAL: dict[Status, list[str]] = {
    Status.DRAFT: ["submit_for_approval", "submit_for_approval", "revise_draft"],
    Status.AWAITING_APPROVAL: ["approve_issue"],
    Status.ISSUED: ["receive", "receive", "suspend_item", "explain_delay", "return_assignment"],
    Status.IN_PROGRESS: [*["submit_feedback"] * 3, "submit_plan", "explain_delay", "suspend_item"],
    Status.AWAITING_SIGN_OFF: ["sign_off"] * 4 + ["suspend_item", "explain_delay"],
    Status.AWAITING_REVIEW: ["review"] * 4 + ["suspend_item"],
    Status.SUSPENDED: ["resume_item"],
    Status.CLOSED: ["remind", "reopen", "archive"],
    Status.ARCHIVED: ["remind", "reopen"],
    Status.TERMINATED: ["remind"],
}


def usual(item: Item) -> list[str]:
    """The acts that lie near: by the status, and by what is asked for."""
    acts = list(USUAL[item.status])
    if item.facts.kind is Kind.MILESTONES and not item.ended:
        acts += ["set_milestones"] if item.handed_out else ["revise_draft"] * 2
    if item.sent_back.pending:
        acts += ["decide_return"] * 3
    if item.approval.owed:
        acts.append("ratify")
    if item.status not in RESTING:
        pending = item.extension.pending
        acts += ["advise_extension", "decide_extension"] if pending else ["request_extension"]
        waiting = item.coordination.level != "none"
        acts += ["answer_coordination"] * 2 if waiting else ["request_coordination"]
    if item.escalation is Escalation.CHIEF and not item.ended:
        acts += ["record_circular"]
    if item.aftermath.circulars and not item.ended:
        acts += ["lift_circular"]
    if item.aftermath.report_owed:
        acts += ["report_to_leaders"] * 2
    if item.aftermath.reports and not item.ended:
        acts += ["report_handling"] * 2 if item.aftermath.open_demands else ["order_handling"]
    return acts


def right_actor(item: Item, act: str) -> Actor:
    """Somebody who may do it on this item."""
    if ACTORS[act] is UNIT:
        return UNIT if item.facts.lead_unit == "edu" else HEALTH_UNIT
    if act == "answer_coordination" and item.coordination.level == "chief":
        return CHIEF
    return ACTORS[act]


def annullable(item: Item, now: datetime) -> set[int]:
    """The unverified acts that can be annulled, the last one first."""
    found = set()
    for act in reversed(item.unverified):
        with suppress(DomainError):
            item = evolve_all(item, decide(item, command("annul_act", target=act.seq), now))
            found.add(act.seq)
    return found


def said(life: Life, act: str, data: st.DataObject) -> dict[str, Any]:
    """What somebody may say with that act."""
    words = dict(data.draw(SAID.get(act, st.just({}))))
    if (hours := words.pop("signed", None)) is not None:
        signed_at = life.now - timedelta(hours=hours)
        words["recorded_from_paper"] = {"signed_at": signed_at, "file_id": "扫描件"}
    for name in ("new_due_on", "due_on"):
        if words.get(name) is not None:
            words[name] = life.now.date() + timedelta(days=words[name])
    if words.get("milestones") is not None:
        words["milestones"] = [
            {"name": name, "due_on": life.now.date() + timedelta(days=n)}
            for name, n in words["milestones"]
        ]
    return words


class AnyLife(RuleBasedStateMachine):
    life: Life
    lapsed: frozenset[str]
    versions: dict[str, int]
    seen: int
    over_for: timedelta

    @initialize(
        kind=st.sampled_from([*ANY_DAY, Kind.MILESTONES]),
        issued=st.sampled_from([at(11, 2, 9), at(12, 28, 16), at(12, 29, 9)]),
        late=st.sampled_from([timedelta(0), timedelta(0), timedelta(days=12), timedelta(days=-2)]),
        policy=st.sampled_from(POLICIES),
        leader=st.sampled_from(["", "张区长"]),
        instant=st.booleans(),
        draft=st.sampled_from([False, False, True]),
    )
    def issue(
        self,
        kind: Kind,
        issued: datetime,
        late: timedelta,
        policy: Policy,
        leader: str,
        *,
        instant: bool,
        draft: bool,
    ) -> None:
        limit: dict[str, Any] = {}
        if kind is Kind.DATED:
            due = issued + timedelta(days=9, hours=6)
            limit = {"due_on": None, "due_at": due} if instant else {"due_on": due.date()}
        if kind is Kind.MILESTONES:
            days = zip(NODES_OF, (4, 8, 15), ("fin", "edu", "edu"), strict=True)
            limit = {
                "milestones": tuple(
                    Milestone(name=name, due_on=issued.date() + timedelta(days=n), unit=unit)
                    for name, n, unit in days
                )
            }
        source = Source(type="document", reference="周政会〔2026〕8号", leader=leader)
        entered = issued if draft else issued + late
        self.life = Life(
            kind, issued, entered=entered, policy=policy, draft=draft, source=source, **limit
        )
        self.lapsed, self.versions, self.seen = frozenset(), {}, 0
        self.over_for = timedelta(0)

    def attempt(self, act: str, actor: Actor, **more: Any) -> None:
        life = self.life
        before = life.item
        known = before.calendar if before.calendar.years[1:] else CALENDAR.with_year(YEAR_2027)
        terms = IssueTerms(calendar=known, policy=POLICIES[life.now.day % 2])
        try:
            events = decide(life.item, command(act, actor, terms=terms, **more), life.now)
        except DomainError:
            assert life.item == before
            return
        done = [e for e in events if e.actor is not None]
        assert [e.act for e in done] == [act]
        life.happened(events)
        if before.ended:
            self.over_for += life.item.holder_since - before.holder_since
        if act in {"annul_act", "lift_circular"}:
            self.lapsed &= {c.key for c in life.item.clocks if c.lapsed}
        if more.get("recorded_from_paper"):
            self.a_paper_takes_back_only_what_was_none(before)

    def a_paper_takes_back_only_what_was_none(self, before: Item) -> None:
        for was in before.clocks:
            clock = self.life.clock(was.key)
            if was.lapsed_at and not clock.lapsed:
                assert clock.withdrawn or (clock.stopped_at and clock.stopped_at < was.lapsed_at)
                self.lapsed -= {clock.key}

    @rule(steps=st.integers(1, 3), signalled=st.booleans(), data=st.data())
    def life_goes_on(self, steps: int, data: st.DataObject, *, signalled: bool) -> None:
        for _ in range(steps):
            item = self.life.item
            act = data.draw(st.sampled_from(usual(item)))
            words = said(self.life, act, data)
            actor = OFFICE if "recorded_from_paper" in words else right_actor(item, act)
            self.attempt(act, operator(act) if signalled else actor, **words)

    @rule(act=st.sampled_from(list(ACTS)), who=st.sampled_from(PEOPLE), data=st.data())
    def anybody_tries_anything(self, act: str, who: Actor, data: st.DataObject) -> None:
        if act != "terminate_item" or self.life.now.day == 30:  # else few would live long
            self.attempt(act, who, **said(self.life, act, data))

    @precondition(lambda self: self.life.item.unverified)
    @rule(data=st.data())
    def the_office_annuls(self, data: st.DataObject) -> None:
        pending = data.draw(st.sampled_from(self.life.item.unverified))
        self.attempt("annul_act", OFFICE, target=pending.seq)

    @precondition(lambda self: self.life.item.unverified)
    @rule(data=st.data(), anybody=st.sampled_from([None, None, None, *PEOPLE]))
    def an_act_is_confirmed(self, data: st.DataObject, anybody: Actor | None) -> None:
        """What could be annulled, the last one first, can be so still."""
        life = self.life
        pending = data.draw(st.sampled_from(life.item.unverified))
        before = annullable(life.item, life.now)
        words = said(self.life, "confirm_act", data) if pending.act == "sign_off" else {}
        actor = OFFICE if words else confirmer(pending)
        self.attempt("confirm_act", anybody or actor, target=pending.seq, **words)
        if pending not in life.item.unverified:
            assert annullable(life.item, life.now) >= before - {pending.seq}

    @precondition(lambda self: self.life.now.day % 5 == 0)
    @rule()
    def a_signal_is_refused(self) -> None:
        life = self.life
        error = Refused("not_received")
        life.happened([refuse(life.item, "remind", {}, operator("remind"), error, life.now)])

    @rule(hours=st.sampled_from([1, 8, 24, 24, 72, 200]))
    def time_passes(self, hours: int) -> None:
        self.life.at(self.life.now + timedelta(hours=hours))

    @rule(hours=st.sampled_from([1, 30, 100, 400]))
    def nothing_runs(self, hours: int) -> None:
        self.life.outage(self.life.now + timedelta(hours=hours))

    @rule(hours=st.sampled_from([1, 30, 100]))
    def an_act_comes_before_the_alarms(self, hours: int) -> None:
        self.life.now += timedelta(hours=hours)
        self.attempt("remind", OFFICE)
        self.life.outage(self.life.now)

    @precondition(lambda self: len(self.life.item.calendar.years) == 1)
    @rule(work_days=st.integers(0, 1))
    def a_calendar_is_loaded(self, work_days: int) -> None:
        life = self.life
        year = replace(YEAR_2027, work_days=YEAR_2027.work_days[:work_days])
        self.change(lambda: apply_calendar(life.item, year, ADMIN, life.now))

    @precondition(lambda self: self.life.now.day % 3 == 0)
    @rule(policy=st.sampled_from(POLICIES))
    def the_edition_changes(self, policy: Policy) -> None:
        life = self.life
        self.change(lambda: change_edition(life.item, policy, "修订", OFFICE, life.now))

    def change(self, make: Callable[[], list[Event]]) -> None:
        with suppress(Refused):
            self.life.happened(make())

    # What must hold.

    @invariant()
    def every_unverified_act_can_be_settled(self) -> None:
        item, now = self.life.item, self.life.now
        while item.unverified and not item.ended:
            first = item.unverified[0]
            said = command("confirm_act", confirmer(first), target=first.seq)
            item = evolve_all(item, decide(item, said, now))
            assert first.seq not in {u.seq for u in item.unverified}

    @invariant()
    def the_events_are_numbered_and_in_order(self) -> None:
        events = self.life.events
        assert [e.seq for e in events] == list(range(1, len(events) + 1))
        assert [e.at for e in events] == sorted(e.at for e in events)
        assert (self.life.item.seq, self.life.item.as_of) == (len(events), events[-1].at)

    @invariant()
    def late_is_late_for_ever(self) -> None:
        item = self.life.item
        lapsed = frozenset(c.key for c in item.clocks if c.lapsed)
        assert self.lapsed <= lapsed
        self.lapsed = lapsed
        for clock in item.clocks:
            assert clock.lapsed_at is None or clock.lapsed_at <= item.as_of
            assert not clock.passed or clock.lapsed or clock.withdrawn

    @invariant()
    def ringing_is_done(self) -> None:
        life = self.life
        assert ring(life.item, life.now) == []
        alarm = next_alarm(life.item)
        assert alarm is None or alarm.at > life.now

    @invariant()
    def silence_has_its_reason(self) -> None:
        item = self.life.item
        assert item.status not in RESTING or next_alarm(item) is None
        if next_alarm(item) or item.ended or item.status in RESTING:
            return
        for clock in item.running_clocks:
            whole_ladder = clock.passed and (not clock.is_result or CHIEF_RUNG in clock.rungs)
            assert whole_ladder or (LEADER_WAITING in clock.rungs and item.handed_in.in_time)

    @invariant()
    def the_daily_statement_finds_nothing(self) -> None:
        """However late something rang: what rings at last says so by itself."""
        life = self.life
        assert life.item.ended or findings_of(life.item, life.now) == ()

    @invariant()
    def what_has_ended_is_over(self) -> None:
        item = self.life.item
        if item.ended:
            assert item.running_clocks == ()
            assert next_alarm(item) is None
            assert (item.coordination.level, item.extension.pending) == ("none", False)
        assert (item.closed_at is not None) is (item.status in {Status.CLOSED, Status.ARCHIVED})
        assert item.status is not Status.CLOSED or item.unverified == ()

    @invariant()
    def what_follows_a_circular(self) -> None:
        """T26, T27: the duty to report has its clock, and so has what the leaders asked for."""
        item = self.life.item
        running = {c.rule for c in item.running_clocks}
        after = item.aftermath
        if item.ended:
            assert not after.report_owed
            return
        assert after.report_owed is (Rule.LEADER_REPORT in running)
        assert bool(after.open_demands) is (Rule.HANDLING in running)
        assert sum(c.rule is Rule.AFTER_CIRCULAR for c in item.running_clocks) <= 1
        assert after.circulars or Rule.AFTER_CIRCULAR not in running

    @invariant()
    def a_result_is_owed_by_one_limit(self) -> None:
        item = self.life.item
        status = item.suspended_from or item.status
        running = [c for c in item.result_clocks if c.running]
        owed = status in {Status.ISSUED, Status.IN_PROGRESS, Status.AWAITING_SIGN_OFF}
        taken_back = status in UNISSUED and item.misassigned > 0
        # O18: gone on into the next year, it owes the year-end report and a result after it.
        assert len(running) - (owed or taken_back) in ({0, 1} if item.crossed else {0})
        assert (item.handed_in.at is not None) >= (status is Status.AWAITING_SIGN_OFF)

    @invariant()
    def each_node_has_its_limit(self) -> None:
        """R41: the last that of the item, each of the others its own; and their days are theirs."""
        item = self.life.item
        nodes = item.facts.milestones
        if not nodes or item.never_issued:
            left = any(c.rule is Rule.MILESTONE for c in item.running_clocks)
            assert not (left and item.handed_out and not nodes)
            return
        own = [c for c in item.clocks if c.rule is Rule.MILESTONE and not c.withdrawn]
        assert sorted(c.name for c in own) == sorted(node.name for node in nodes[:-1])
        days = {node.name: node.due_on for node in nodes}
        assert {c.name: days[c.name] for c in own if c.running} == {
            c.name: c.due_on for c in own if c.running
        }
        if item.governing and item.governing.rule is Rule.NAMED_DATE:
            last = nodes[-1]
            assert (item.governing.name, item.governing.due_on) == (last.name, last.due_on)
        others = {node.unit for node in nodes} - {item.facts.lead_unit}
        assert others <= set(item.facts.co_units)

    @invariant()
    def the_ladder_stands_where_the_limit_does(self) -> None:
        item = self.life.item
        governing = item.governing
        if governing and not item.crossed:
            assert (item.escalation is Escalation.NONE) is not governing.passed
            assert (CHIEF_RUNG in governing.rungs) is (item.escalation is Escalation.CHIEF)

    @invariant()
    def what_is_suspended_stands_still(self) -> None:
        item = self.life.item
        frozen = [c for c in item.running_clocks if c.remaining is not None]
        running = [c for c in item.running_clocks if not c.passed]
        assert frozen == (running if item.status is Status.SUSPENDED else [])
        assert (item.suspended_from is not None) is (item.status is Status.SUSPENDED)

    @invariant()
    def the_time_is_somebody_s(self) -> None:
        item = self.life.item
        spent = item.spent
        whole = sum((spent.unit, spent.deputy, spent.office, spent.suspended, spent.approver))
        begun = max(item.holder_since, item.issued_at)
        lived = begun - self.life.unopened.issued_at - self.over_for
        assert whole == lived.total_seconds()

    @invariant()
    def what_is_not_handed_out_is_nobody_s(self) -> None:
        item = self.life.item
        assert item.handed_out or item.status in UNISSUED | {Status.TERMINATED}
        assert not (item.handed_out and item.status in UNISSUED)
        if not item.handed_out:
            assert item.unverified == ()
            assert {c.rule for c in item.running_clocks} <= {*RESULT_RULES, Rule.MILESTONE}
        if item.never_issued:
            assert item.clocks == ()
            told = {who for e in self.life.events for n in e.notices for who in n.audience}
            assert not any(who.startswith("unit:") for who in told)

    @invariant()
    def nobody_is_told_twice(self) -> None:
        told = [(n.clock, n.rung, n.due_version) for e in self.life.events for n in e.notices]
        assert len(told) == len(set(told))

    @invariant()
    def the_first_date_is_kept(self) -> None:
        life = self.life
        first: dict[str, datetime] = {}
        for event in life.events:
            for clock in event.changes.clocks:
                assert clock.original_due_at == first.setdefault(clock.key, clock.due_at)
        for clock in life.item.clocks:
            assert clock.due_version >= self.versions.get(clock.key, 0)
            self.versions[clock.key] = clock.due_version

    @invariant()
    def the_covert_stays_covert(self) -> None:
        for event in self.life.events:
            if event.covert:
                assert {who for n in event.notices for who in n.audience} <= {"office"}

    def teardown(self) -> None:
        """What is too slow to be looked at after every step."""
        if not hasattr(self, "life"):
            return
        item = self.life.item
        assert evolve_all(self.life.unopened, self.life.events) == item
        assert ITEM.validate_json(ITEM.dump_json(item)) == item
        assert snapshot_of(item).lapsed is item.lapsed


TestAnyLife = pytest.mark.timeout(60)(AnyLife.TestCase)
TestAnyLife.settings = settings(
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
