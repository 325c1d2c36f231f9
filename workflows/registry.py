"""The one list of workflow types."""

from workflows.item import ItemWorkflow

WORKFLOWS = (ItemWorkflow,)
