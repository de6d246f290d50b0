"""Tokens that expire, webhooks whose secret is being replaced, why a delivery failed, and a record of erasures.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op

from klepet.store import column_types as types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    op.add_column("api_tokens", sa.Column("expires_at", types.instant_type()))
    op.add_column("webhooks", sa.Column("old_secret", sa.Text()))
    op.add_column("webhooks", sa.Column("old_secret_until", types.instant_type()))
    op.add_column("webhook_deliveries", sa.Column("failure", sa.Text()))
    op.create_table(
        "erasures",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("subject_id", types.id_type(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("by_operator_id", types.id_type(), nullable=False),
        sa.Column("started_at", types.instant_type(), nullable=False),
        sa.Column("finished_at", types.instant_type()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_erasures_subject_id")),
    )
    op.create_index(op.f("ix_erasures_finished_at"), "erasures", ["finished_at"])


def downgrade() -> None:
    """Take the schema back to 0001."""
    op.drop_table("erasures")
    op.drop_column("webhook_deliveries", "failure")
    op.drop_column("webhooks", "old_secret_until")
    op.drop_column("webhooks", "old_secret")
    op.drop_column("api_tokens", "expires_at")
