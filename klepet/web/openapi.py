"""OpenAPI 3.1 of the REST interface: Litestar lists the operations, msgspec describes the Structs that it decodes with.

Only what Litestar leaves out is added here: exact schemas, the one shape of refusal, bodies that are no JSON.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, Reference, SecurityScheme, Tag
from litestar.types import ControllerRouterHandler
from msgspec import Struct

from klepet import __version__
from klepet.web.errors import Refusal

TAGS = {
    "session": "Setting klepet up, one-time links, signing in and out.",
    "me": "The operator who is signed in.",
    "conversations": "Conversations, what is written in them, and finding it.",
    "contacts": "The people who write.",
    "privacy": "What was erased, and how long the rest is kept.",
    "health": "What usually breaks live chat, and what mends it.",
    "operators": "The people who answer.",
    "sites": "The websites that the widget runs on.",
    "api-tokens": "Tokens by which programs act.",
    "webhooks": "Events sent to other servers.",
    "visitor": "What the widget does, for bots and tests. The bearer is a visitor's token.",
}
INTRODUCTION = (
    "Everything the console does. Programs sign in by `Authorization: Bearer` and an API token. Lists are pages: "
    '`{"items": [...], "next_cursor": ...}`, with `limit` and `cursor`. '
    "A POST that creates takes an `Idempotency-Key`. "
    'Every refusal is `{"error": {"code", "message", ...}}`.'
)
SESSION = "The console's cookie. Unsafe methods also need a same-origin Origin and the header X-Klepet-Csrf."
REFUSAL = "Refused: `error.code` says how, `error.message` why, `error.field` which input was at fault."
_BINARY = {"type": "string", "format": "binary", "maxLength": 5 * 1024 * 1024}
_PHOTO = {"content": {f"image/{kind}": {"schema": _BINARY} for kind in ("jpeg", "png", "webp", "gif")}}
_BODIES: dict[str, Any] = {"set_photo": _PHOTO | {"required": True}}
_ANSWERS: dict[str, Any] = {
    "export_contact": {"application/json": {"schema": {"type": "object"}}},
    "get_visitor_transcript": {"text/plain": {"schema": {"type": "string"}}},
    "get_transcript": {
        "text/plain": {"schema": {"type": "string"}},
        "application/json": {"schema": {"type": "object"}},
    },
}


def describe(routes: Sequence[ControllerRouterHandler]) -> dict[str, Any]:
    """The OpenAPI document of these routes. Takes a moment: call it in a thread, once."""
    # An application of its own, never served: Litestar would add pages that load scripts from elsewhere.
    app = Litestar(list(routes), openapi_config=_config(), logging_config=None)
    spec = app.openapi_schema.to_schema()
    guards = dict(_guards(app))
    components = spec.setdefault("components", {})
    components["schemas"] = _schemas(set(components.get("schemas", {})) | {Refusal.__name__})
    components["responses"] = {
        "Refusal": {
            "description": REFUSAL,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{Refusal.__name__}"}}},
        }
    }
    spec["paths"] = dict(sorted(spec["paths"].items()))
    for operation in operations_of(spec):
        _complete(operation)
        operation["security"] = _security(guards[operation["operationId"]])
    return spec


def operations_of(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every operation of a document."""
    for path in spec["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and "operationId" in operation:
                yield operation


def _guards(app: Litestar) -> Iterator[tuple[str, set[str]]]:
    """The names of the guards of each operation."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.operation_id is not None:
                yield str(handler.operation_id), {getattr(guard, "__name__", "") for guard in handler.resolve_guards()}


def _security(guards: set[str]) -> list[dict[str, list[str]]]:
    """Who may ask, as the guards have it: what is told can be nothing else than what is done."""
    if "require_visitor" in guards:
        return [{"visitor": []}]
    if "require_person" in guards:
        return [{"session": []}]
    return [{"session": []}, {"token": []}] if "require_operator" in guards else []


def _config() -> OpenAPIConfig:
    schemes: dict[str, SecurityScheme | Reference] = {
        "session": SecurityScheme(
            type="apiKey", security_scheme_in="cookie", name="klepet_session", description=SESSION
        ),
        "token": SecurityScheme(type="http", scheme="bearer", description="An API token."),
        "visitor": SecurityScheme(type="http", scheme="bearer", description="A visitor's token."),
    }
    return OpenAPIConfig(
        title="klepet",
        version=__version__,
        description=INTRODUCTION,
        use_handler_docstrings=True,
        tags=[Tag(name=name, description=description) for name, description in TAGS.items()],
        components=Components(security_schemes=schemes),
    )


def _complete(operation: dict[str, Any]) -> None:
    operation.pop("deprecated", None)
    operation["summary"] = operation["operationId"].replace("_", " ").capitalize()
    responses = {status: found for status, found in operation["responses"].items() if status != "400"}
    for status, found in responses.items():
        found["description"] = "Done."
        if status == "204":
            found.pop("content", None)
        if not found.get("headers", True):
            del found["headers"]
    operation["responses"] = responses | {
        status: {"$ref": "#/components/responses/Refusal"} for status in ("4XX", "503")
    }
    if operation["operationId"] in _BODIES:
        operation["requestBody"] = _BODIES[operation["operationId"]]
    if operation["operationId"] in _ANSWERS:
        responses["200"]["content"] = _ANSWERS[operation["operationId"]]
    for parameter in operation.get("parameters", []):
        for leftover in ("deprecated", "allowEmptyValue", "allowReserved"):
            parameter.pop(leftover, None)
        for limit in ("minimum", "maximum"):
            if limit in parameter["schema"]:
                parameter["schema"][limit] = int(parameter["schema"][limit])
        choices = parameter["schema"].pop("oneOf", None)
        if choices:  # a parameter that may be left out; null is nothing that a URL could say
            (kind,) = (choice for choice in choices if choice != {"type": "null"})
            parameter["schema"] = kind | parameter["schema"]


def _schemas(names: set[str]) -> dict[str, Any]:
    """What msgspec says of the types of these names: what it decodes and encodes, to the letter."""
    kinds = _types()
    wanted = [kinds[name] for name in sorted(names) if name in kinds]
    _, schemas = msgspec.json.schema_components(wanted, ref_template="#/components/schemas/{name}")
    missing = names - set(schemas)
    if missing:
        raise LookupError(f"no type of the interface is called {', '.join(sorted(missing))}")
    return schemas


@cache
def _types() -> dict[str, type]:
    """The Structs and enumerations by name. Those of the interface itself win over those of the model."""
    found: dict[str, type] = {}
    kinds = [*_subclasses(Struct), *_subclasses(StrEnum)]
    for kind in sorted(kinds, key=lambda kind: kind.__module__.startswith("klepet.web.")):
        if kind.__module__.startswith(("klepet.web.", "klepet.model.")):
            found[kind.__name__] = kind
    return found


def _subclasses(kind: type) -> Iterator[type]:
    children: list[type] = kind.__subclasses__()
    for child in children:
        yield child
        yield from _subclasses(child)
