"""Everything that is stored, row by row, without secrets: what `klepet export` writes."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from klepet.model.ports import Reader
from klepet.store import tables

_SECRET_TABLES = frozenset({"answers", "links", "operator_sessions", "site_secrets"})
_SECRET_COLUMNS = frozenset({"password_hash", "secret", "old_secret", "token_hash"})
_ROWS_AT_ONCE = 500


def rows(reader: Reader) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every row with the name of its table; referenced tables come before those that refer to them."""
    for table in tables.metadata.sorted_tables:
        if table.name in _SECRET_TABLES:
            continue
        columns = [column for column in table.columns if column.name not in _SECRET_COLUMNS]
        query = select(*columns).order_by(*table.primary_key.columns).execution_options(yield_per=_ROWS_AT_ONCE)
        for row in reader.conn.execute(query).mappings():
            yield str(table.name), {str(name): value for name, value in row.items()}
