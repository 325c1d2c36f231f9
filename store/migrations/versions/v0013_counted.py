"""An index on what is counted of every item: 催办, 通报.

Revision 0013, follows 0012.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Build it over the entries there are."""
    op.create_index(
        "ix_audit_events_counted",
        "audit_events",
        ["item_id"],
        postgresql_where=sa.text("act IN ('remind', 'record_circular')"),
    )
