"""Room in the pages of tables whose rows change all the time; with SQLite there is nothing to do.

Revision 0003_since_0002, after 0002.

PostgreSQL writes a new version of a row that changes. Where the page has room for it, no index is touched and the old
version goes with the next look at the page; else the new one goes to another page, and into every index:
https://www.postgresql.org/docs/15/storage-hot.html
"""

from alembic import op

revision = "0003_since_0002"
down_revision = "0002"
branch_labels = None
depends_on = None

_FILL = {"conversations": 50, "visitors": 70, "visits": 70}
"""Percent of a page that new rows fill. A message changes its conversation three times: it is sent, delivered, read."""


def upgrade() -> None:
    """Bring the schema to this revision."""
    if op.get_bind().dialect.name == "postgresql":
        for table, percent in _FILL.items():
            op.execute(f"ALTER TABLE {table} SET (fillfactor = {percent})")


def downgrade() -> None:
    """Take the schema back to 0002."""
    if op.get_bind().dialect.name == "postgresql":
        for table in _FILL:
            op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
