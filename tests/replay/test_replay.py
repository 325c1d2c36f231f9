"""Items that run today must go on tomorrow: what was recorded is replayed by the present code.

When one of these tests fails, running items would get stuck at the next deployment. Make the change
under ``workflow.patched`` so that recorded histories still replay, and record the new path beside
them (``python -m scripts.record_histories``); see README.md here.
"""

import os
from collections.abc import Callable

import pytest
from pydantic import TypeAdapter
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from domain.acts import ACTS
from domain.circular_acts import CIRCULAR_ACTS
from domain.circular_records import CircularProjection
from domain.records import Projection
from tests.replay import circular_story, histories
from tests.replay.mutants import MUTANTS
from tests.replay.stories import STORIES
from workflows import gate, ids
from workflows.messages import ItemInput
from workflows.registry import WORKFLOWS

NAMES = histories.names()
README = histories.FOLDER.with_name("README.md").read_text(encoding="utf-8")
# The paths of issue and contract that must never be without a recorded history.
PATHS = {
    "ordinary",
    "directive-late",
    "terminated",
    "suspended",
    "transferred",
    "interim",
    "reworked",
    "unverified",
    "open",
    "carried-on-1",
    "carried-on-2",
    "handed-over",
    "drafted",
    "ratified",
    "sent-back",
    "withdrawn",
    "leader-succession",
    "circulated",
    "circular",
    "circular-carried-on-2",
    "calendar-rollout",
    "reconciliation",
    "daily-statement",
    "notice-dispatch",
    "notice-sender",
    "channel-trial",
}


@pytest.fixture(autouse=True)
def _without_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A replay needs no key and no environment: validators do not run in it."""
    for name in os.environ:
        if name.startswith("DUBAN_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(gate._Process, "seals", None)


def type_of(history: WorkflowHistory) -> str:
    """Which workflow type a history is of."""
    return str(history.events[0].workflow_execution_started_event_attributes.workflow_type.name)


def begins_an_item(name: str) -> bool:
    """Whether a history is that of an item from its issue on. A later run begins with a timer
    anyway: one more before it may look the same."""
    history = histories.load(name)
    started = history.events[0].workflow_execution_started_event_attributes
    return (
        type_of(history) == ids.ITEM_WORKFLOW
        and not started.continued_execution_run_id
        and b'"revived":null' in started.input.payloads[0].data.replace(b'": ', b'":')
    )


def replayer(*workflows: type) -> Replayer:
    """Set up as the worker is: with the sandbox and the pydantic converter."""
    return Replayer(workflows=workflows, data_converter=pydantic_data_converter)


@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_history_replays(name: str) -> None:
    await replayer(*WORKFLOWS).replay_workflow(histories.load(name))


def test_every_registered_type_has_a_recorded_history() -> None:
    registered = {workflow._Definition.must_from_class(one).name for one in WORKFLOWS}
    assert registered, "the guard would be vacuous"
    assert {type_of(histories.load(name)) for name in NAMES} == registered


def test_every_path_has_a_recorded_history() -> None:
    assert set(NAMES) >= PATHS


def test_every_act_occurs_in_a_recorded_history() -> None:
    done = {
        event.workflow_execution_update_accepted_event_attributes.accepted_request.input.name
        for name in NAMES
        for event in histories.load(name).events
    }
    begun = {name for name, spec in ACTS.items() if spec.revives}  # not by an update (T30, T31)
    assert done | begun >= set(ACTS) | gate.INTERNAL
    assert done >= set(CIRCULAR_ACTS) - {"draft_circular"}  # that is what one begins with


def test_every_history_has_its_origin_written_down() -> None:
    told = {line.split("`")[1] for line in README.splitlines() if line.startswith("| `")}
    assert told == {f"{name}.json" for name in NAMES}
    for story in STORIES:
        assert story.why in README
    assert circular_story.WHY in README


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: str(mutant.__name__))
@pytest.mark.parametrize("name", [name for name in NAMES if begins_an_item(name)])
async def test_a_deliberate_reordering_is_found(name: str, mutant: type) -> None:
    """Who watches the watchman: a replay that let this pass would be worth nothing."""
    with pytest.raises(workflow.NondeterminismError):
        await replayer(mutant).replay_workflow(histories.load(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_the_history_as_it_was_recorded(name: str) -> None:
    text = (histories.FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert histories.written(histories.load(name)) == text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("activity", "read"),
    [
        ("record_item", TypeAdapter(Projection).validate_python),
        ("record_circular_events", TypeAdapter(CircularProjection).validate_python),
    ],
    ids=["record_item", "record_circular_events"],
)
def test_what_is_under_way_at_a_deployment_can_still_be_read(
    name: str, activity: str, read: Callable[[object], object]
) -> None:
    """An activity scheduled by the former code is run by the new one."""
    for event in histories.load(name).events:
        scheduled = event.activity_task_scheduled_event_attributes
        if scheduled.activity_type.name == activity:
            (told,) = pydantic_data_converter.payload_converter.from_payloads(
                scheduled.input.payloads
            )
            read(told)


def test_the_runs_of_an_item_carried_on_fit_together() -> None:
    former, later = histories.load("carried-on-1"), histories.load("carried-on-2")
    last = former.events[-1].workflow_execution_continued_as_new_event_attributes
    first = later.events[0].workflow_execution_started_event_attributes
    assert last.input == first.input
    (told,) = pydantic_data_converter.payload_converter.from_payloads(
        first.input.payloads, [ItemInput]
    )
    assert isinstance(told, ItemInput)
    assert told.carried
    assert told.carried.seen
