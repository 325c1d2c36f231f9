"""The one list of workflow types."""

from workflows.item import ItemWorkflow
from workflows.reconciliation import ReconciliationWorkflow

WORKFLOWS = (ItemWorkflow, ReconciliationWorkflow)
