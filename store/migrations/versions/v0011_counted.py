"""An index on what is counted of every item: 催办, 通报.

Revision 0011, follows 0009.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"


def upgrade() -> None:
    """Build it over the entries there are."""
    op.create_index(
        "ix_audit_events_counted",
        "audit_events",
        ["item_id"],
        postgresql_where=sa.text("act IN ('remind', 'record_circular')"),
    )
