"""Alembic's entry: runs the migrations on the connection that `store/schema.py` hands over, in one transaction."""

from alembic import context

from klepet.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=True, transaction_per_migration=False
)
if connection.dialect.name == "sqlite":
    # The driver is in autocommit mode: the transaction is sent by hand, so that a migration is whole or not at all.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        context.run_migrations()
        context.config.attributes["finish"](connection)
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")
else:
    with context.begin_transaction():
        context.run_migrations()
        context.config.attributes["finish"](connection)
