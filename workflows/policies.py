"""Timeouts and retries, each with its reason."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

from domain.ports import NotOnRecord

# A write somebody relies on is tried until it succeeds: a database that is down is repaired, and
# the item's own state is safe in the workflow meanwhile.
UNTIL_RECORDED = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2.0,
    maximum_interval=timedelta(seconds=5),
    non_retryable_error_types=[NotOnRecord.__name__],
)
# So long waits an act on an item whose worker died in the middle of a task (Temporal's default is
# 10 s). A task takes milliseconds; the replay of MOST_EVENTS about a second.
TASK_TIMEOUT = timedelta(seconds=3)
# Longer than the database's own statement and lock timeouts, so that those speak first.
RECORD_TIMEOUT = timedelta(seconds=20)
# A worker that died in the middle of a write is found out sooner than by that timeout.
RECORD_HEARTBEAT = timedelta(seconds=5)
# Characters of entries sent to the record at once. What happened while the database was down may be
# more than the 2 MB Temporal carries, and the item would be stuck; a character is up to 4 bytes.
MOST_RECORDED_AT_ONCE = 200_000
# Listing and asking every open item takes minutes in a province; the next run is near anyway.
RECONCILE_TIMEOUT = timedelta(minutes=4)
RECONCILE_ONCE = RetryPolicy(maximum_attempts=1)

# Every open item is asked, every line on record read. A statement that cannot be made yet is still
# worth making until the next one is due.
STATEMENT_TIMEOUT = timedelta(hours=2)
STATEMENT_WITHIN = timedelta(hours=20)
UNTIL_STATED = RetryPolicy(
    initial_interval=timedelta(seconds=5), maximum_interval=timedelta(minutes=5)
)

# Starting senders takes milliseconds each.
DISPATCH_TIMEOUT = timedelta(minutes=1)
# Longer than an attempt lasts (activities.channels.SEND_SECONDS) and both notes of it.
SEND_TIMEOUT = timedelta(seconds=60)
# The rules of the domain end it: what has failed for too long is given up, and outside working time
# there is nothing to send.
UNTIL_SENT = RetryPolicy(
    initial_interval=timedelta(seconds=1), maximum_interval=timedelta(minutes=1)
)
# So that a sender's history stays short; the next look starts another.
MOST_SENT_BY_ONE_RUN = 200

# Within this a timer that fires has fired in time: Temporal counts nanoseconds, we microseconds.
CLOCK_ROUNDING = timedelta(milliseconds=1)

# A run is carried on before its history grows heavy, and monthly even while it sleeps, so that code
# years old need not be replayed.
MOST_EVENTS = 2000
LONGEST_RUN = timedelta(days=30)
# How often it is asked whether a leader has answered, while a deduction is held for that.
OBSTACLES_ASKED_EVERY = timedelta(days=1)
CARRY_ON = "按月续接（不提醒任何人）"
# Updates of one run are deduplicated by the server; these survive into the next.
REMEMBERED_REQUESTS = 200

# A province's open items, one update after the other; the heartbeat finds a dead worker sooner.
ROLLOUT_TIMEOUT = timedelta(hours=2)
ROLLOUT_HEARTBEAT = timedelta(seconds=30)
ROLLOUT_PAUSE = timedelta(minutes=1)


def is_off_record(error: ActivityError) -> bool:
    """Whether recording failed because the item's beginning is not on record."""
    cause = error.cause
    return isinstance(cause, ApplicationError) and cause.type == NotOnRecord.__name__
