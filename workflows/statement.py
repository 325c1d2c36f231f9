"""``DailyStatement``: one look through everything, started by a Temporal Schedule, or by hand."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.messages import Stated
    from activities.statement import StatementActivities
    from workflows import ids, policies


@workflow.defn(name=ids.STATEMENT_WORKFLOW)
class DailyStatementWorkflow:
    """Answers the statement's number and how much is wrong; 0 is the only good figure."""

    @workflow.run
    async def run(self) -> Stated:
        """Tried until it succeeds, or the next one is due."""
        return await workflow.execute_activity_method(
            StatementActivities.make,
            schedule_to_close_timeout=policies.STATEMENT_WITHIN,
            start_to_close_timeout=policies.STATEMENT_TIMEOUT,
            heartbeat_timeout=policies.ROLLOUT_HEARTBEAT,
            retry_policy=policies.UNTIL_STATED,
            summary="每日核对",
        )
