"""Placeholder: the sign-in branch's migration takes this place.

Revision 0003, follows 0002.
"""

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing on this branch."""
