"""The one-command stack: PostgreSQL, Temporal, worker and API as children of one process."""

from embedded.errors import StackError
from embedded.options import StackOptions
from embedded.stack import Stack

__all__ = ["Stack", "StackError", "StackOptions"]
