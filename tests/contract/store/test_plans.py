"""On PostgreSQL no statement of the message path reads a whole table, whatever is known of the tables: plans are kept,
also those that were made while there was next to nothing in them.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import Connection

from klepet import store
from klepet.store import schema
from klepet.store.engine import driver_of
from klepet.store.opening import open_engine
from klepet.store.prepared import Prepared, _Compiled, _dialect
from klepet.store.statements import Change, Lookup, Statement
from tests.postgres import PostgresServer


def statements() -> Iterator[tuple[str, str]]:
    """Every statement that is given to the driver as text, by its name."""
    for module in pkgutil.iter_modules(store.__path__):
        for name, found in vars(importlib.import_module(f"klepet.store.{module.name}")).items():
            for key, part in found.items() if isinstance(found, dict) else (("", found),):
                if isinstance(part, Lookup | Change | Statement):
                    yield f"{module.name}.{name}{key}", part._postgres
            if isinstance(found, Prepared):
                yield f"{module.name}.{name}", _Compiled(found._statement, _dialect("postgresql")).sql


STATEMENTS = dict(statements())


@pytest.fixture(scope="module")
def conn(postgres: tuple[PostgresServer, str, list[str]]) -> Iterator[Connection]:
    """The connection that writes, of a database that was just made."""
    with closing(open_engine(postgres[0].create())) as engine, engine.open_writer() as found:
        schema.upgrade(found)
        driver_of(found).execute("SET plan_cache_mode = force_generic_plan")
        yield found


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_table_is_read_whole(conn: Connection, name: str) -> None:
    text = STATEMENTS[name]
    count = text.count("%s")
    for number in range(1, count + 1):
        text = text.replace("%s", f"${number}", 1)
    values = f"({', '.join(['NULL'] * count)})" if count else ""
    driver = driver_of(conn)
    driver.execute(f"PREPARE asked AS {text.replace('%%', '%')}")
    try:
        plan = "\n".join(line for (line,) in driver.execute(f"EXPLAIN EXECUTE asked{values}"))
    finally:
        driver.execute("DEALLOCATE asked")
    assert "Seq Scan" not in plan, plan


def test_they_are_those_of_the_message_path() -> None:
    assert {"states.LOOKUP", "states._turn", "messages._insert", "log._count_on", "search._texts"} <= set(STATEMENTS)
