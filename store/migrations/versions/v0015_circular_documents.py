"""Documents of circulars.

Revision 0015, follows 0014.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

KINDS = (
    "'notice', 'order', 'reminder', 'explanation', 'extension', 'coordination', 'result', "
    "'closing', 'briefing', 'summary', 'circular'"
)


def upgrade() -> None:
    """Let documents be of a version of a circular."""
    for table in ("documents", "document_templates"):
        op.drop_constraint(f"ck_{table}_kind", table, type_="check")
        op.create_check_constraint(f"ck_{table}_kind", table, f"kind IN ({KINDS})")
    op.add_column("documents", sa.Column("circular_id", sa.Text(), nullable=True))
    op.add_column(
        "documents",
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
    )
    op.drop_constraint("uq_documents_kind_year_sequence", "documents", type_="unique")
    op.create_unique_constraint(
        "uq_documents_kind_year_sequence_version",
        "documents",
        ["kind", "year", "sequence", "version"],
    )
