"""``LeaderSuccession``: a leader's fields and what waits for him pass to his successor, whatever
crashes."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.messages import RolledOut, Succession
    from activities.succession import SuccessionActivities
    from workflows import ids, policies


@workflow.defn(name=ids.SUCCESSION_WORKFLOW)
class LeaderSuccessionWorkflow:
    """Answers how many open items the units have, and how many were handed over."""

    @workflow.run
    async def run(self, succession: Succession) -> RolledOut:
        """The directory at once, the items when the day has come. Twice: an item that was being
        handed in for the predecessor meanwhile is met the second time."""
        units = await workflow.execute_activity_method(
            SuccessionActivities.record,
            succession,
            start_to_close_timeout=policies.RECORD_TIMEOUT,
            retry_policy=policies.UNTIL_RECORDED,
        )
        left = succession.begins_at - workflow.now()
        if left.total_seconds() > 0:
            await workflow.sleep(left, summary="等待继任之日")
        await self._pass(succession, units)
        await workflow.sleep(policies.ROLLOUT_PAUSE, summary="再核对一遍待签事项")
        return await self._pass(succession, units)

    async def _pass(self, succession: Succession, units: list[str]) -> RolledOut:
        return await workflow.execute_activity_method(
            SuccessionActivities.hand_over,
            args=[succession, units],
            start_to_close_timeout=policies.ROLLOUT_TIMEOUT,
            heartbeat_timeout=policies.ROLLOUT_HEARTBEAT,
            retry_policy=policies.UNTIL_RECORDED,
        )
