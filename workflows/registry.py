"""The one list of workflow types."""

from workflows.calendar import CalendarRolloutWorkflow
from workflows.item import ItemWorkflow
from workflows.reconciliation import ReconciliationWorkflow
from workflows.succession import LeaderSuccessionWorkflow

WORKFLOWS = (
    ItemWorkflow,
    CalendarRolloutWorkflow,
    LeaderSuccessionWorkflow,
    ReconciliationWorkflow,
)
