"""The OpenAPI document at /api/v1/openapi.json, and the page for people at /api/docs: no script, no third party."""

import base64
import hashlib
import html
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import anyio.to_thread
import msgspec
from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from klepet.web.openapi import describe

_STYLE = """
:root { color-scheme: light dark; --line: #d8dcd9; --soft: #f3f5f3; --quiet: #55605a; --accent: #2f6f5e; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3a423e; --soft: #202623; --quiet: #a5b0aa; --accent: #7cc4ae; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 6rem; font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.9rem; margin: 0 0 .25rem; }
h2 { margin: 3rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: 1.5rem 0; padding: 0; }
a { color: var(--accent); }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; }
summary { cursor: pointer; padding: .6rem .9rem; overflow-wrap: anywhere; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
details > div { padding: 0 .9rem .9rem; }
.method { display: inline-block; min-width: 4.2rem; font-weight: 650; color: var(--accent); }
.quiet { color: var(--quiet); }
code, pre { font: .9em/1.5 ui-monospace, monospace; }
pre { background: var(--soft); border-radius: .4rem; margin: .4rem 0 0; overflow-x: auto; padding: .7rem .9rem; }
dl { margin: .25rem 0; }
dd { margin: 0 0 .5rem 1.25rem; overflow-wrap: anywhere; }
h3 { font-size: .95rem; margin: 1rem 0 .2rem; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_METHODS = ("get", "post", "put", "patch", "delete")


def docs_routes(routes: Callable[[], Sequence[ControllerRouterHandler]]) -> list[HTTPRouteHandler]:
    """The handlers of the document and the page, made of these routes when first asked for."""
    made: dict[str, bytes] = {}
    lock = anyio.Lock()

    async def get_made(name: str) -> bytes:
        async with lock:
            if not made:
                made.update(await anyio.to_thread.run_sync(lambda: _make(routes())))
        return made[name]

    @get("/api/v1/openapi.json", include_in_schema=False)
    async def get_openapi() -> Response[bytes]:
        """Answer the document."""
        headers = {"cache-control": "no-cache", "access-control-allow-origin": "*"}
        return Response(await get_made("document"), media_type=MediaType.JSON, headers=headers)

    @get("/api/docs", include_in_schema=False)
    async def get_docs() -> Response[bytes]:
        """Answer the page."""
        return Response(await get_made("page"), media_type=MediaType.HTML, headers=_HEADERS)

    return [get_openapi, get_docs]


def _make(routes: Sequence[ControllerRouterHandler]) -> dict[str, bytes]:
    spec = describe(routes)
    return {"document": msgspec.json.encode(spec), "page": "".join(page(spec)).encode()}


def page(spec: dict[str, Any]) -> Iterator[str]:
    """The page, piece by piece."""
    info = spec["info"]
    yield '<!doctype html><html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>klepet REST API</title><style>{_STYLE}</style></head><body><main>"
    yield f'<h1>klepet REST API</h1><p class="quiet">Version {_text(info["version"])} · '
    yield '<a href="/api/v1/openapi.json">OpenAPI 3.1</a></p>'
    yield f'<p>{_prose(info["description"])}</p><nav aria-label="Sections"><ul>'
    tags = [tag for tag in spec["tags"] if any(True for _ in _operations(spec, tag["name"]))]
    for tag in tags:
        yield f'<li><a href="#{_text(tag["name"])}">{_text(tag["name"])}</a></li>'
    yield '<li><a href="#schemas">schemas</a></li></ul></nav>'
    for tag in tags:
        yield f'<h2 id="{_text(tag["name"])}">{_text(tag["name"])}</h2><p>{_prose(tag["description"])}</p>'
        for method, path, operation in _operations(spec, tag["name"]):
            yield from _operation(method, path, operation)
    yield '<h2 id="schemas">schemas</h2>'
    for name, schema in sorted(spec["components"]["schemas"].items()):
        yield f'<details id="schema-{_text(name)}"><summary><code>{_text(name)}</code> '
        yield f'<span class="quiet">{_prose(schema.get("description", "").partition(chr(10))[0])}</span></summary><div>'
        yield f"<pre>{_json(schema)}</pre></div></details>"
    yield "</main></body></html>"


def _operations(spec: dict[str, Any], tag: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, found in spec["paths"].items():
        for method in _METHODS:
            operation = found.get(method)
            if operation and tag in operation.get("tags", []):
                yield method, path, operation


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    name = operation["operationId"]
    yield f'<details id="{_text(name)}"><summary><span class="method">{method.upper()}</span> '
    yield f"<code>{_text(path)}</code> "
    yield f'<span class="quiet">{_text(operation["summary"])}</span></summary><div>'
    yield f"<p>{_prose(operation.get('description', ''))}</p>"
    schemes = [scheme for choice in operation.get("security", []) for scheme in choice]
    yield f'<p class="quiet">{"Signed in by: " + _text(", ".join(schemes)) if schemes else "Open to everybody."}</p>'
    parameters = operation.get("parameters", [])
    if parameters:
        yield "<h3>Parameters</h3><dl>"
        for parameter in parameters:
            schema = {name: value for name, value in parameter["schema"].items() if name != "description"}
            place = parameter["in"] + (", required" if parameter.get("required") else "")
            yield f'<dt><code>{_text(parameter["name"])}</code> <span class="quiet">{_text(place)}</span></dt>'
            described = _prose(parameter["schema"].get("description", ""))
            yield f"<dd>{described} <code>{_json(schema, indent=0)}</code></dd>"
        yield "</dl>"
    if "requestBody" in operation:
        yield from _content("Body", operation["requestBody"].get("content", {}))
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield from _content(f"Answer {status}", response.get("content", {}))
    yield "</div></details>"


def _content(title: str, content: dict[str, Any]) -> Iterator[str]:
    yield f"<h3>{_text(title)}</h3>"
    if not content:
        yield '<p class="quiet">Empty.</p>'
    for media_type, found in content.items():
        schema = found.get("schema", {})
        kind = "" if media_type == "application/json" else f'<p class="quiet"><code>{_text(media_type)}</code></p>'
        yield f"{kind}<pre>{_json(schema.get('$ref', schema))}</pre>"


def _json(value: Any, indent: int = 2) -> str:
    """A schema as text, with its references as links."""
    if isinstance(value, str):
        return _linked(_text(value))
    encoded = msgspec.json.format(msgspec.json.encode(value), indent=indent).decode()
    return _linked(_text(encoded))


def _linked(text: str) -> str:
    return re.sub(r"#/components/schemas/(\w+)", r'<a href="#schema-\1">\1</a>', text)


def _prose(text: str) -> str:
    """A sentence of a docstring: what stands in backquotes is code."""
    return re.sub(r"`+([^`]+)`+", r"<code>\1</code>", _text(text))


def _text(text: str) -> str:
    return html.escape(text)
