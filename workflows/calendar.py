"""``CalendarRollout``: a loaded calendar year reaches every open item, whatever crashes."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.calendar import CalendarActivities
    from activities.messages import RolledOut
    from workflows import ids, policies
    from workflows.messages import Rollout


@workflow.defn(name=ids.ROLLOUT_WORKFLOW)
class CalendarRolloutWorkflow:
    """Answers how many items were asked and how many moved or were confirmed."""

    @workflow.run
    async def run(self, rollout: Rollout) -> RolledOut:
        """Twice: an item that was being issued on the former calendar meanwhile is met the
        second time."""
        first = await self._pass(rollout)
        await workflow.sleep(policies.ROLLOUT_PAUSE, summary="再核对一遍在办事项")
        second = await self._pass(rollout)
        return RolledOut(items=second.items, applied=first.applied + second.applied)

    async def _pass(self, rollout: Rollout) -> RolledOut:
        return await workflow.execute_activity_method(
            CalendarActivities.apply,
            args=[rollout.year, rollout.actor],
            start_to_close_timeout=policies.ROLLOUT_TIMEOUT,
            heartbeat_timeout=policies.ROLLOUT_HEARTBEAT,
            retry_policy=policies.UNTIL_RECORDED,
        )
