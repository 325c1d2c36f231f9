"""Recorded histories as files that can be read and compared: one event a line, its payloads as
the JSON they are, without what differs from one recording to the next and means nothing."""

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory

FOLDER = Path(__file__).with_name("histories")
Json = dict[str, Any]

# Who ran it and where, how its bookkeeping numbered it, how much it weighed: no replay looks at
# these.
MEANINGLESS = {
    "identity",
    "taskId",
    "requestId",
    "workerVersion",
    "historySizeBytes",
    "meteringMetadata",
    "sourceVersionStamp",
    "attachedRequestIds",
    "stackTrace",
}


def names() -> list[str]:
    """What is recorded."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load(name: str) -> WorkflowHistory:
    """A recorded history, as Temporal knows it."""
    told = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    events = [_each_payload(event, _encoded) for event in told["events"]]
    return WorkflowHistory.from_json(told["workflow_id"], {"events": events})


def written(history: WorkflowHistory) -> str:
    """A history as the text of its file."""
    runs: dict[str, str] = {}
    lines = []
    for event in history.to_json_dict()["events"]:
        told = _each_payload(_meaningful(event), _decoded)
        lines.append(json.dumps(_with_run_names(told, runs), ensure_ascii=False, sort_keys=True))
    head = json.dumps(history.workflow_id)
    return f'{{"workflow_id": {head}, "events": [\n' + ",\n".join(lines) + "\n]}\n"


def outline(text: str) -> list[str]:
    """What is ordered and what happens in a written history, without times and contents: two
    recordings of the same code agree on it."""
    events = json.loads(text)["events"]
    return [_what(event) for event in events if not _is_bookkeeping(event["eventType"])]


def _is_bookkeeping(kind: str) -> bool:
    """Tasks of workers, and what moving virtual time leaves: the moment decides, not the code."""
    return "_WORKFLOW_TASK_" in kind or kind.endswith(("_OPTIONS_UPDATED", "_TRANSITIONED"))


def _what(event: Json) -> str:
    told = " ".join(_names(event))
    return f"{event['eventType'].removeprefix('EVENT_TYPE_')} {told}".rstrip()


# Types of activities, names of messages and search attributes, summaries of timers.
NAMED: dict[str, Callable[[Any], list[str]]] = {
    "activityType": lambda told: [told["name"]],
    "workflowType": lambda told: [told["name"]],
    "signalName": lambda told: [told],
    "indexedFields": sorted,
    "summary": lambda told: [told["json"]],
    "input": lambda told: [told["name"]] if "name" in told else [],
}


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from NAMED[key](one) if key in NAMED else _names(one)


def _meaningful(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _meaningful(v) for k, v in value.items() if k not in MEANINGLESS}
    if isinstance(value, list):
        return [_meaningful(one) for one in value]
    return value


def _with_run_names(value: Any, runs: dict[str, str]) -> Any:
    """Run ids in the order of their appearance, not as the server drew them."""
    if isinstance(value, dict):
        return {key: _run_name(key, one, runs) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_run_names(one, runs) for one in value]
    return value


def _run_name(key: str, value: Any, runs: dict[str, str]) -> Any:
    if isinstance(value, str) and value and key.endswith("unId"):
        return runs.setdefault(value, f"00000000-0000-4000-8000-{len(runs) + 1:012}")
    return _with_run_names(value, runs)


def _each_payload(value: Any, change: Callable[[Json], Json]) -> Any:
    if isinstance(value, list):
        return [_each_payload(one, change) for one in value]
    if not isinstance(value, dict):
        return value
    if "metadata" in value and set(value) <= {"metadata", "data", "json"}:
        return change(value)
    return {key: _each_payload(one, change) for key, one in value.items()}


def _decoded(payload: Json) -> Json:
    metadata = {k: base64.b64decode(v).decode() for k, v in payload["metadata"].items()}
    told: Json = {"metadata": metadata}
    if "data" in payload:
        data = base64.b64decode(payload["data"])
        try:
            told["json"] = json.loads(data)
        except ValueError:
            told["data"] = payload["data"]
    return told


def _encoded(payload: Json) -> Json:
    metadata = {k: base64.b64encode(v.encode()).decode() for k, v in payload["metadata"].items()}
    told: Json = {"metadata": metadata}
    if "json" in payload:
        data = json.dumps(payload["json"], ensure_ascii=False, separators=(",", ":"))
        told["data"] = base64.b64encode(data.encode()).decode()
    elif "data" in payload:
        told["data"] = payload["data"]
    return told


def payloads(name: str) -> Iterator[Any]:
    """The contents of every payload of a recorded history."""
    found: list[Any] = []

    def keep(payload: Json) -> Json:
        found.append(payload.get("json"))
        return payload

    _each_payload(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")), keep)
    yield from found
