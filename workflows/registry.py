"""The one list of workflow types."""

from workflows.calendar import CalendarRolloutWorkflow
from workflows.item import ItemWorkflow
from workflows.reconciliation import ReconciliationWorkflow

WORKFLOWS = (ItemWorkflow, CalendarRolloutWorkflow, ReconciliationWorkflow)
