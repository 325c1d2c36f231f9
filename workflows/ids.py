"""Names that are relied on from outside: queue, workflow ids and types, search attributes."""

import uuid
from datetime import date, datetime

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from activities.item_ids import CIRCULAR_PREFIX
from activities.item_ids import CIRCULAR_WORKFLOW as CIRCULAR_WORKFLOW
from activities.item_ids import ITEM_WORKFLOW as ITEM_WORKFLOW
from activities.item_ids import SENDER_WORKFLOW as SENDER_WORKFLOW
from activities.item_ids import YEAR_WORKFLOW as YEAR_WORKFLOW
from activities.item_ids import sender_id as sender_id
from activities.item_ids import trial_id as trial_id
from activities.item_ids import workflow_id as workflow_id
from activities.item_ids import workflow_type as workflow_type
from domain.calendar import CalendarYear
from domain.records import Snapshot

RECONCILIATION_WORKFLOW = "Reconciliation"
ROLLOUT_WORKFLOW = "CalendarRollout"
SUCCESSION_WORKFLOW = "LeaderSuccession"
STATEMENT_WORKFLOW = "DailyStatement"
DISPATCH_WORKFLOW = "NoticeDispatch"
TRIAL_WORKFLOW = "ChannelTrial"
RECONCILIATION_ID = "reconciliation"
DISPATCH_ID = "notice-dispatch"
STATEMENT_ID = "daily-statement"
STATEMENT_NOW_ID = "statement-now"
BODY_HASH = "body_hash"
"""The memo that tells by which request an item was begun."""
REQUEST = "request"
"""The memo that tells by which request an ended item was called back."""
NAMESPACE = uuid.UUID("6f2b7f0e-5d0b-4c43-9f5e-6d6f64756261")

STATUS = SearchAttributeKey.for_keyword("DubanStatus")
UNIT = SearchAttributeKey.for_keyword("DubanUnit")
KIND = SearchAttributeKey.for_keyword("DubanKind")
DUE_AT = SearchAttributeKey.for_datetime("DubanDueAt")
LAPSED = SearchAttributeKey.for_bool("DubanLapsed")
ESCALATION = SearchAttributeKey.for_keyword("DubanEscalation")
COORDINATION = SearchAttributeKey.for_keyword("DubanCoordination")


def rollout_id(year: CalendarYear) -> str:
    """The workflow id under which one edition of a year reaches the open items, once."""
    return f"calendar-{year.year}-{year.edition}"


def succession_id_for(predecessor: str, successor: str, on: date) -> str:
    """The id of a succession: the same three are the same one."""
    return str(uuid.uuid5(NAMESPACE, f"succession\n{predecessor}\n{successor}\n{on}"))


def succession_workflow_id(succession_id: str) -> str:
    """The workflow id under which a succession is carried out, once."""
    return f"succession-{succession_id}"


def circular_id_for(user: str, key: str) -> str:
    """The id of the circular that ``user`` drafts with that idempotency key: always the same."""
    return str(uuid.uuid5(NAMESPACE, f"circular\n{user}\n{key}"))


def circular_workflow_id(circular_id: str) -> str:
    """The workflow id of a circular."""
    return f"{CIRCULAR_PREFIX}{circular_id}"


def item_id_for(user: str, key: str) -> str:
    """The id of the item that ``user`` creates with that idempotency key: always the same."""
    return str(uuid.uuid5(NAMESPACE, f"create\n{user}\n{key}"))


def update_id_for(user: str, item_id: str, route: str, key: str) -> str:
    """The update id (and request id) of an act: user, route, item and key, without the body."""
    return str(uuid.uuid5(NAMESPACE, f"act\n{user}\n{item_id}\n{route}\n{key}"))


def search_attributes(snapshot: Snapshot) -> TypedSearchAttributes:
    """What operators can search by, of a whole snapshot (its facts included): codes and states
    only, no words (design §3.15)."""
    assert snapshot.facts is not None
    pairs: list[SearchAttributePair[str] | SearchAttributePair[bool]] = [
        SearchAttributePair(STATUS, snapshot.status.value),
        SearchAttributePair(UNIT, snapshot.facts.lead_unit),
        SearchAttributePair(KIND, snapshot.facts.kind.value),
        SearchAttributePair(LAPSED, snapshot.lapsed),
        SearchAttributePair(ESCALATION, snapshot.escalation.value),
        SearchAttributePair(COORDINATION, snapshot.coordination.level.value),
    ]
    due: list[SearchAttributePair[datetime]] = []
    if snapshot.due_at:
        due.append(SearchAttributePair(DUE_AT, snapshot.due_at))
    return TypedSearchAttributes([*pairs, *due])
