"""Alembic's entry: runs the migrations on the connection that `store/schema.py` hands over, in one transaction."""

from alembic import context

from klepet.store.tables import metadata

MIGRATION_LOCK = 0x6B6C6570
"""The advisory lock of whoever migrates; `klep` in ASCII."""

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=True, transaction_per_migration=False
)
# The drivers are in autocommit mode: the transaction is sent by hand, so that a migration is whole or not at all.
# On PostgreSQL processes that start together take turns.
is_sqlite = connection.dialect.name == "sqlite"
connection.exec_driver_sql("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
try:
    if not is_sqlite:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
    context.run_migrations()
    context.config.attributes["finish"](connection)
except BaseException:
    connection.exec_driver_sql("ROLLBACK")
    raise
connection.exec_driver_sql("COMMIT")
