"""The catalogue of events that webhooks can carry, made from the events themselves."""

import inspect
from functools import cache
from typing import Any

import msgspec
from litestar import Controller, get
from msgspec import Struct

from klepet.model.events import EVENT_TYPES, PUBLIC_EVENT_TYPES


class CatalogueEntry(Struct, frozen=True):
    """A kind of event: when it happens, and the JSON Schema of its fields."""

    type: str
    description: str
    schema: dict[str, Any]


@cache
def catalogue() -> list[CatalogueEntry]:
    """All public events."""
    return [_entry(name) for name in PUBLIC_EVENT_TYPES]


def _entry(name: str) -> CatalogueEntry:
    kind = EVENT_TYPES[name]
    (schema,), components = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    own = components.pop(kind.__name__, schema)
    return CatalogueEntry(
        type=name,
        description=" ".join((inspect.getdoc(kind) or "").split()),
        schema=own | ({"$defs": components} if components else {}),
    )


class EventsController(Controller):
    """What can happen."""

    path = "/events"
    tags = ("webhooks",)

    @get("/catalogue", operation_id="get_event_catalogue")
    async def get_catalogue(self) -> list[CatalogueEntry]:
        """List every kind of event that webhooks can carry, with the schema of its fields."""
        return catalogue()
