"""The one list of workflow types."""

from workflows.calendar import CalendarRolloutWorkflow
from workflows.channels import (
    ChannelTrialWorkflow,
    NoticeDispatchWorkflow,
    NoticeSenderWorkflow,
)
from workflows.circular import CircularWorkflow
from workflows.item import ItemWorkflow, YearTaskWorkflow
from workflows.reconciliation import ReconciliationWorkflow
from workflows.statement import DailyStatementWorkflow
from workflows.succession import LeaderSuccessionWorkflow

WORKFLOWS = (
    ItemWorkflow,
    YearTaskWorkflow,
    CircularWorkflow,
    CalendarRolloutWorkflow,
    LeaderSuccessionWorkflow,
    ReconciliationWorkflow,
    DailyStatementWorkflow,
    NoticeDispatchWorkflow,
    NoticeSenderWorkflow,
    ChannelTrialWorkflow,
)
