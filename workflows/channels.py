"""Sending on the channels outside: who has something to be sent, and each of those in order."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.channels import ChannelActivities
    from activities.messages import Line, Tried
    from workflows import ids, policies


@workflow.defn(name=ids.DISPATCH_WORKFLOW)
class NoticeDispatchWorkflow:
    """Started by a Temporal Schedule while any channel is on; answers how many lines have a
    sender."""

    @workflow.run
    async def run(self) -> int:
        """Looked once: the next look is near."""
        return await workflow.execute_activity_method(
            ChannelActivities.dispatch,
            start_to_close_timeout=policies.DISPATCH_TIMEOUT,
            retry_policy=policies.RECONCILE_ONCE,
            summary="查看待发送的消息",
        )


@workflow.defn(name=ids.SENDER_WORKFLOW)
class NoticeSenderWorkflow:
    """Sends what one person is owed on one channel, one after the other, until nothing may go now;
    answers how many messages went."""

    @workflow.run
    async def run(self, line: Line) -> int:
        """A message that is not taken is tried again, ever more slowly, until the rules give it
        up; those after it wait, so that all arrive in order."""
        for sent in range(policies.MOST_SENT_BY_ONE_RUN):
            if not await workflow.execute_activity_method(
                ChannelActivities.send,
                line,
                start_to_close_timeout=policies.SEND_TIMEOUT,
                retry_policy=policies.UNTIL_SENT,
                summary="发送一条消息",
            ):
                return sent
        return policies.MOST_SENT_BY_ONE_RUN


@workflow.defn(name=ids.TRIAL_WORKFLOW)
class ChannelTrialWorkflow:
    """Sends a test message."""

    @workflow.run
    async def run(self, line: Line) -> Tried:
        """Tried once: whoever asked for it is waiting."""
        return await workflow.execute_activity_method(
            ChannelActivities.trial,
            line,
            start_to_close_timeout=policies.SEND_TIMEOUT,
            retry_policy=policies.RECONCILE_ONCE,
            summary="发送测试消息",
        )
