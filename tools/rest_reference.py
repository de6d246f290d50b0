"""The list of operations in docs/rest.md, made from the OpenAPI document that klepet serves."""

from collections.abc import Iterator
from typing import Any

from klepet.web.api import api_routes
from klepet.web.openapi import TAGS, describe

METHODS = ("get", "post", "put", "patch", "delete")


def operations() -> str:
    """The whole list, a table for each kind of resource."""
    router, *_ = api_routes()
    spec = describe([router])
    return "\n".join(line for tag, title in TAGS.items() for line in table(spec, tag, title))


def table(spec: dict[str, Any], tag: str, title: str) -> Iterator[str]:
    """The operations of one kind."""
    yield f"### {tag}\n\n{title}\n\n| operation | what it does |\n|---|---|"
    for path, found in sorted(spec["paths"].items()):
        for method in METHODS:
            operation = found.get(method)
            if operation is not None and tag in operation["tags"]:
                text = " ".join(str(operation["description"]).split()).replace("|", "\\|")
                yield f"| `{method.upper()} {path}` | {text} |"
    yield ""
