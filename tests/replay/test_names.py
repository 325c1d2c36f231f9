"""Names that running items, operators' saved queries and other systems rely on. They never change;
new ones may be added here."""

from typing import Any

from temporalio import activity, workflow
from temporalio.common import SearchAttributeIndexedValueType, SearchAttributeKey

from activities.calendar import CalendarActivities
from activities.channels import ChannelActivities
from activities.circulars import CircularActivities
from activities.family import FamilyActivities
from activities.items import ItemActivities
from activities.reconciliation import ReconciliationActivities
from activities.statement import StatementActivities
from activities.succession import SuccessionActivities
from domain.acts import ACTS
from domain.calendar import CalendarYear
from domain.circular_acts import CIRCULAR_ACTS
from domain.items import Kind
from embedded.temporal import SEARCH_ATTRIBUTES
from runtime.settings import Settings
from workflows import gate, ids
from workflows.item import ItemWorkflow
from workflows.registry import WORKFLOWS


def test_the_names_of_workflow_types() -> None:
    names = {workflow._Definition.must_from_class(one).name for one in WORKFLOWS}
    assert names == {
        "SupervisionItem",
        "YearTask",
        "CalendarRollout",
        "Circular",
        "LeaderSuccession",
        "Reconciliation",
        "DailyStatement",
        "NoticeDispatch",
        "NoticeSender",
        "ChannelTrial",
    }


def test_the_names_of_activities() -> None:
    methods = (
        ItemActivities.record,
        ItemActivities.admit,
        FamilyActivities.prepare,
        FamilyActivities.tell_parent,
        FamilyActivities.tell_parts,
        CalendarActivities.apply,
        ReconciliationActivities.reconcile,
        StatementActivities.make,
        SuccessionActivities.record,
        SuccessionActivities.hand_over,
        CircularActivities.record,
        CircularActivities.tell,
        CircularActivities.waiting,
        ChannelActivities.dispatch,
        ChannelActivities.send,
        ChannelActivities.trial,
    )
    names = [activity._Definition.must_from_callable(one).name for one in methods]
    assert names == [
        "record_item",
        "admit_operator_signals",
        "prepare_slot",
        "tell_parent",
        "tell_parts",
        "apply_calendar_to_items",
        "reconcile",
        "make_statement",
        "record_succession",
        "hand_over_items",
        "record_circular_events",
        "tell_circulated_items",
        "obstacles_waiting",
        "dispatch_notices",
        "send_next",
        "send_trial",
    ]


def test_the_query_and_the_one_gate_for_updates_and_signals() -> None:
    definition = workflow._Definition.must_from_class(ItemWorkflow)
    assert set(definition.queries) == {"state"}
    assert set(definition.updates) == {None}
    assert set(definition.signals) == {None}


def test_the_names_of_acts() -> None:
    assert set(ACTS) >= {
        "receive",
        "submit_plan",
        "submit_feedback",
        "sign_off",
        "review",
        "explain_delay",
        "request_extension",
        "advise_extension",
        "decide_extension",
        "request_coordination",
        "answer_coordination",
        "remind",
        "suspend_item",
        "resume_item",
        "terminate_item",
        "change_cycle",
        "change_unit",
        "end_early",
        "carry_over",
        "set_milestones",
        "record_circular",
        "lift_circular",
        "report_to_leaders",
        "order_handling",
        "report_handling",
        "reopen",
        "archive",
        "confirm_act",
        "annul_act",
    }
    assert {
        "apply_calendar",
        "change_edition",
        "hand_over",
        "add_parts",
        "part_changed",
        "follow_parent",
    } == gate.INTERNAL


def test_the_names_of_acts_on_circulars() -> None:
    assert set(CIRCULAR_ACTS) >= {
        "draft_circular",
        "revise_circular",
        "submit_circular",
        "approve_circular",
        "issue_circular",
        "withdraw_circular",
        "correct_circular",
        "receive_circular",
        "answer_deduction",
        "request_recheck",
        "decide_recheck",
        "deduct_further",
    }


def test_the_search_attributes() -> None:
    keyword = SearchAttributeIndexedValueType.KEYWORD
    expected: dict[SearchAttributeKey[Any], tuple[str, SearchAttributeIndexedValueType]] = {
        ids.STATUS: ("DubanStatus", keyword),
        ids.UNIT: ("DubanUnit", keyword),
        ids.KIND: ("DubanKind", keyword),
        ids.DUE_AT: ("DubanDueAt", SearchAttributeIndexedValueType.DATETIME),
        ids.LAPSED: ("DubanLapsed", SearchAttributeIndexedValueType.BOOL),
        ids.ESCALATION: ("DubanEscalation", keyword),
        ids.COORDINATION: ("DubanCoordination", keyword),
    }
    assert {key: (key.name, key.indexed_value_type) for key in expected} == expected
    assert set(SEARCH_ATTRIBUTES) == {name for name, _ in expected.values()}


def test_the_ids_of_workflows() -> None:
    year = CalendarYear(year=2030, notice="国办", rest_days=(), work_days=(), edition=2)
    assert ids.workflow_id("1") == "item-1"
    assert ids.workflow_id("1", Kind.YEAR_ROUND) == "year-1"
    assert ids.workflow_id("1", Kind.SLOT) == "item-1"
    assert ids.rollout_id(year) == "calendar-2030-2"
    assert ids.DISPATCH_ID == "notice-dispatch"
    person = "e9559e4b-f102-5d49-9482-3da8f04ca931"
    assert ids.sender_id("zjj", "sms") == f"sender-sms-{person}"
    assert ids.trial_id("zjj", "sms") == f"trial-sms-{person}"
    assert (ids.RECONCILIATION_ID, ids.STATEMENT_ID) == ("reconciliation", "daily-statement")


def test_the_ids_of_requests() -> None:
    """The same for ever: a repeated request of yesterday must be known today."""
    assert ids.item_id_for("office", "key") == "0e4e222d-2607-591a-8017-47c6f39bd8ea"
    assert (
        ids.update_id_for("office", "item", "receipt", "key")
        == "ec95f4ea-22c9-51d9-b87b-cb6bd8c0cb84"
    )


def test_the_task_queue() -> None:
    assert Settings.model_fields["task_queue"].default == "supervision"
