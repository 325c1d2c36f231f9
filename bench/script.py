"""What an item orders of Temporal, taken from the history of a real one, to be given again by the
raw workflow: the same commands in the same places, with contents of the same size."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

Json = dict[str, Any]


@dataclass(slots=True, kw_only=True)
class Step:
    """What follows one message (the start, an update, a timer that fired)."""

    sent: Json = field(default_factory=dict)
    """What the caller sent."""
    answer: Json | None = None
    """What an update answered."""
    shown: list[tuple[str, str, Any]] = field(default_factory=list)
    """Search attributes set anew: name, type, value."""
    record: Json = field(default_factory=dict)
    """What the activity was given."""
    heartbeat: float | None = None
    """Within how many seconds it has to report that it is alive."""
    recorded: Json = field(default_factory=dict)
    """What it answered."""
    timer: float | None = None
    """Seconds of the timer that was started."""
    cancels: bool = False
    """Whether the timer that ran was cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """The steps of one life, and the search attributes it starts with."""

    shown: list[tuple[str, str, Any]]
    steps: list[Step]
    task_timeout: float
    """Seconds that a workflow task may take."""
    ends: bool
    """Whether the life is over after the last step."""


class Loaded:
    """The scripts that this process's raw workflows follow; set once, before the worker starts."""

    scripts: Mapping[str, Script] = {}


def save(scripts: Mapping[str, Script], file: Path) -> None:
    """Write scripts for another process."""
    file.write_text(json.dumps({name: asdict(script) for name, script in scripts.items()}))


def load(file: Path) -> None:
    """Have this process follow the scripts of ``file``."""
    told = json.loads(file.read_text())
    Loaded.scripts = {
        name: Script(**{**one, "steps": [Step(**step) for step in one["steps"]]})
        for name, one in told.items()
    }


def read_script(events: Sequence[HistoryEvent]) -> Script:
    """The script of a history. Every message must have been answered before the next came."""
    started = events[0].workflow_execution_started_event_attributes
    steps: list[Step] = []
    for event in events:
        _take(event, steps)
    return Script(
        shown=_attributes(started.search_attributes.indexed_fields),
        steps=steps,
        task_timeout=started.workflow_task_timeout.ToTimedelta().total_seconds(),
        ends=events[-1].event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    )


def _take(event: HistoryEvent, steps: list[Step]) -> None:
    match event.event_type:
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
            started = event.workflow_execution_started_event_attributes
            steps.append(Step(sent=_json(started.input.payloads)))
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            accepted = event.workflow_execution_update_accepted_event_attributes
            steps.append(Step(sent=_json(accepted.accepted_request.input.args.payloads)))
        case EventType.EVENT_TYPE_TIMER_FIRED:
            steps.append(Step())
        case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
            done = event.workflow_execution_update_completed_event_attributes
            steps[-1].answer = _json(done.outcome.success.payloads)
        case EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
            upsert = event.upsert_workflow_search_attributes_event_attributes
            steps[-1].shown = _attributes(upsert.search_attributes.indexed_fields)
        case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            ordered = event.activity_task_scheduled_event_attributes
            steps[-1].record = _json(ordered.input.payloads)
            heartbeat = ordered.heartbeat_timeout.ToTimedelta().total_seconds()
            steps[-1].heartbeat = heartbeat or None
        case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            ended = event.activity_task_completed_event_attributes
            steps[-1].recorded = _json(ended.result.payloads)
        case EventType.EVENT_TYPE_TIMER_STARTED:
            timer = event.timer_started_event_attributes.start_to_fire_timeout
            steps[-1].timer = timer.ToTimedelta().total_seconds()
        case EventType.EVENT_TYPE_TIMER_CANCELED:
            steps[-1].cancels = True


def _json(payloads: Iterable[Payload]) -> Json:
    for payload in payloads:
        found: Json = json.loads(payload.data)
        return found
    return {}


def _attributes(fields: Mapping[str, Payload]) -> list[tuple[str, str, Any]]:
    return [
        (name, payload.metadata["type"].decode(), json.loads(payload.data))
        for name, payload in sorted(fields.items())
        if name.startswith("Duban")
    ]


def instant(value: str) -> datetime:
    """An instant as a script holds it."""
    return datetime.fromisoformat(value.replace("Z", "+00:00"))
