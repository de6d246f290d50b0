"""Pages of lists: how many, and from where on. A cursor is opaque to clients."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar.params import QueryParameter
from msgspec import Meta

from klepet.model.errors import Invalid
from klepet.model.limits import PAGE_MAX, SEARCH_CHARS

PageLimit = Annotated[int, QueryParameter(name="limit", ge=1, le=PAGE_MAX, description="How many items at most.")]
Cursor = Annotated[
    str | None, QueryParameter(name="cursor", max_length=200, description="`next_cursor` of the page before.")
]
SearchText = Annotated[str, QueryParameter(name="q", max_length=SEARCH_CHARS, description="Words to find.")]
PAGE_DEFAULT = 50


def encode_cursor(*values: Any) -> str:
    """A cursor that holds these values."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode("ascii")


def id_of_cursor(cursor: str | None) -> UUID | None:
    """The id that a cursor holds. Raises Invalid."""
    return None if cursor is None else _decode(cursor, tuple[UUID])[0]


def instant_and_id_of_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The instant and the id that a cursor holds. Raises Invalid."""
    return None if cursor is None else _decode(cursor, tuple[datetime, UUID])


def number_of_cursor(cursor: str | None) -> int | None:
    """The number that a cursor holds. Raises Invalid."""
    return None if cursor is None else _decode(cursor, tuple[Annotated[int, Meta(ge=0, le=2**53)]])[0]


def _decode(cursor: str, kind: Any) -> Any:
    try:
        text = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(text, type=kind)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise Invalid("this is no cursor of this list", field="cursor") from None
