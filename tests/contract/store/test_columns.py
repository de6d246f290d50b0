"""What goes into a column comes out of it the same on both engines, through SQLAlchemy and by the driver alone."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, LargeBinary, MetaData, Table, Text, select

from klepet.store import schema
from klepet.store.column_types import Json, id_type, instant_of, instant_type, uuid_of
from klepet.store.engine import Engine
from klepet.store.prepared import Prepared
from klepet.store.statements import Change, Lookup
from klepet.store.transaction import OpenReader

metadata = MetaData()
things = Table(
    "things",
    metadata,
    Column("id", id_type(), primary_key=True),
    Column("at", instant_type()),
    Column("words", Json(dict)),
    Column("text", Text),
    Column("bytes", LargeBinary),
    Column("number", BigInteger),
    Column("small", Integer),
    Column("is_so", Boolean),
)
_texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
_values = st.fixed_dictionaries(
    {
        "at": st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        "words": st.none() | st.dictionaries(_texts, _texts | st.integers(-(2**53), 2**53) | st.none() | st.booleans()),
        "text": st.none() | _texts,
        "bytes": st.none() | st.binary(max_size=40),
        "number": st.none() | st.integers(-(2**63), 2**63 - 1),
        "small": st.none() | st.integers(-(2**31), 2**31 - 1),
        "is_so": st.none() | st.booleans(),
    }
)
_by_id = Lookup("SELECT id, at, text, number FROM things", {"id": "uuid"})
_change = Change(
    "UPDATE", "things", {"at": "timestamptz", "text": "text", "number": "bigint", "is_so": "boolean", "id": "uuid"}
)
_all = Prepared(select(things))


@pytest.fixture
def conn(engine: Engine) -> Any:
    with engine.open_writer() as found:
        schema.upgrade(found)
        metadata.create_all(found)
        yield found


@settings(max_examples=25)
@given(values=_values, id_=st.uuids())
def test_every_value_comes_back(conn: Connection, values: dict[str, Any], id_: UUID) -> None:
    conn.execute(things.delete())
    conn.execute(things.insert().values(id=id_, **values))
    (found,) = conn.execute(select(things)).mappings()
    assert dict(found) == {"id": id_, **values}
    assert found["at"] is None or found["at"].utcoffset() == timedelta(0)
    (prepared,) = _all.all(OpenReader(conn))
    assert tuple(prepared) == tuple(found.values())
    (row,) = _by_id.rows(conn, [(id_,)])
    assert (uuid_of(row[0]), None if row[1] is None else instant_of(row[1]), row[2], row[3]) == (
        id_,
        values["at"],
        values["text"],
        values["number"],
    )


@settings(max_examples=25)
@given(values=_values, id_=st.uuids())
def test_what_is_changed_by_the_driver_is_what_is_read(conn: Connection, values: dict[str, Any], id_: UUID) -> None:
    conn.execute(things.delete())
    conn.execute(things.insert().values(id=id_))
    _change.run(conn, [(values["at"], values["text"], values["number"], values["is_so"], id_)])
    (found,) = conn.execute(select(things)).mappings()
    assert {name: found[name] for name in ("at", "text", "number", "is_so")} == {
        name: values[name] for name in ("at", "text", "number", "is_so")
    }


def test_an_instant_of_another_zone_is_the_same_instant(conn: Connection) -> None:
    at = datetime(2026, 3, 29, 3, 0, 0, 1, tzinfo=timezone(timedelta(hours=2)))
    conn.execute(things.insert().values(id=UUID(int=1), at=at))
    found = conn.execute(select(things.c.at)).scalar_one()
    assert found == at
    assert found.isoformat() == "2026-03-29T01:00:00.000001+00:00"


def test_half_a_surrogate_pair_is_stored_by_nobody(conn: Connection) -> None:
    with pytest.raises(UnicodeEncodeError):
        conn.execute(things.insert().values(id=UUID(int=1), text="a\ud800b"))
    conn.exec_driver_sql("ROLLBACK" if conn.dialect.name == "postgresql" else "SELECT 1")
    assert conn.execute(select(things)).all() == []


def test_ids_sort_as_they_were_made(conn: Connection) -> None:
    ids = [UUID(int=(number << 80) | 0x7000_8000_0000_0000_0000) for number in (1, 2, 0x7F, 0x80, 0xFF, 0x1_0000)]
    conn.execute(things.insert(), [{"id": id_} for id_ in reversed(ids)])
    assert list(conn.execute(select(things.c.id).order_by(things.c.id)).scalars()) == ids
