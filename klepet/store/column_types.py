"""Column types that both engines share: ids, instants, JSON. Fixed by the first migration."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import TIMESTAMP, BigInteger, Dialect, LargeBinary, Uuid
from sqlalchemy.types import Text, TypeEngine, UserDefinedType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@lru_cache(maxsize=8192)
def _known_uuid(value: bytes) -> UUID:
    return UUID(bytes=value)


def uuid_of(value: bytes | UUID) -> UUID:
    """An id as the driver gives it. Making a UUID costs a microsecond, and the same ones come again and again."""
    return _known_uuid(value) if type(value) is bytes else value  # type: ignore[return-value]


def instant_of(value: int | datetime) -> datetime:
    """An instant as the driver gives it."""
    return _EPOCH + value * _MICROSECOND if type(value) is int else value  # type: ignore[return-value]


def micros_of(value: datetime) -> int:
    """An instant as SQLite takes it."""
    return (value - _EPOCH) // _MICROSECOND


class Id(UserDefinedType[UUID]):
    """A UUIDv7: 16 bytes on SQLite, `uuid` on PostgreSQL."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The SQLite column type; PostgreSQL gets its own through `dialect_type`."""
        return "BLOB"

    def bind_processor(self, dialect: Dialect) -> Callable[[UUID | None], Any] | None:
        """UUID to what the driver takes."""
        if dialect.name == "postgresql":
            return None
        return lambda value: None if value is None else value.bytes

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], UUID | None] | None:
        """What the driver gives to UUID."""
        if dialect.name == "postgresql":
            return None
        return lambda value: None if value is None else _known_uuid(value)


class Instant(UserDefinedType[datetime]):
    """An aware UTC instant: integer microseconds since 1970 on SQLite, `timestamptz` on PostgreSQL."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The SQLite column type."""
        return "BIGINT"

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """Instant to what the driver takes."""
        if dialect.name == "postgresql":
            return None
        return lambda value: None if value is None else micros_of(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        """What the driver gives to an aware UTC instant."""
        if dialect.name == "postgresql":
            return lambda value: None if value is None else value.astimezone(UTC)
        return lambda value: None if value is None else instant_of(value)


class Json(UserDefinedType[Any]):
    """JSON as text, encoded and decoded by msgspec; `kind` is the msgspec type that it decodes to."""

    cache_ok = True

    def __init__(self, kind: Any = Any) -> None:
        self.kind = kind
        self._decoder = msgspec.json.Decoder(kind, strict=False)

    def get_col_spec(self, **_: Any) -> str:
        """Text on both engines: klepet never asks the database what is in it."""
        return "TEXT"

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:
        """Value to JSON text."""
        return lambda value: None if value is None else msgspec.json.encode(value).decode()

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        """JSON text to the declared type."""
        decode = self._decoder.decode
        return lambda value: None if value is None else decode(value)


def id_type() -> TypeEngine[UUID]:
    """The id column type for both engines."""
    return Id().with_variant(Uuid(as_uuid=True), "postgresql")


def instant_type() -> TypeEngine[datetime]:
    """The instant column type for both engines."""
    return Instant().with_variant(TIMESTAMP(timezone=True), "postgresql")


__all__ = ["BigInteger", "Json", "LargeBinary", "Text", "id_type", "instant_type"]
