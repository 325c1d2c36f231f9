"""``Reconciliation``: one comparison of workflows with rows, started by a Temporal Schedule."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.messages import Drift
    from activities.reconciliation import ReconciliationActivities
    from workflows import ids, policies


@workflow.defn(name=ids.RECONCILIATION_WORKFLOW)
class ReconciliationWorkflow:
    """Answers the drift it found; 0 is the only good figure."""

    @workflow.run
    async def run(self) -> Drift:
        """Compare once; a failed comparison shows as a failed run and the next one is near."""
        return await workflow.execute_activity_method(
            ReconciliationActivities.reconcile,
            start_to_close_timeout=policies.RECONCILE_TIMEOUT,
            retry_policy=policies.RECONCILE_ONCE,
        )
