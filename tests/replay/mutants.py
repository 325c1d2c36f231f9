"""Changes nobody may make to a workflow whose items run: the replay must find every one."""

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.items import ItemActivities
    from workflows import ids, policies
    from workflows.item import ItemWorkflow
    from workflows.messages import ItemInput


@workflow.defn(name=ids.ITEM_WORKFLOW)
class TimerFirst(ItemWorkflow):
    """Waits a moment before it begins."""

    @workflow.init
    def __init__(self, start: ItemInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: ItemInput) -> str:
        """The same life, a second later."""
        await workflow.sleep(1)
        return await super().run(start)


@workflow.defn(name=ids.ITEM_WORKFLOW)
class ActivityFirst(ItemWorkflow):
    """Asks for a setting before it begins."""

    @workflow.init
    def __init__(self, start: ItemInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: ItemInput) -> str:
        """The same life, with one more question."""
        await workflow.execute_activity_method(
            ItemActivities.admit,
            start_to_close_timeout=policies.RECORD_TIMEOUT,
            retry_policy=RetryPolicy(maximum_attempts=1),
        )
        return await super().run(start)


@workflow.defn(name=ids.ITEM_WORKFLOW)
class ArmsNothing(ItemWorkflow):
    """Leaves the timer out."""

    @workflow.init
    def __init__(self, start: ItemInput) -> None:
        super().__init__(start)

    @workflow.run
    async def run(self, start: ItemInput) -> str:
        """The same life, without alarms."""
        return await super().run(start)

    def _arm(self) -> None:
        pass


MUTANTS = (TimerFirst, ActivityFirst, ArmsNothing)
