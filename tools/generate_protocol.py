"""Write frontend/protocol/generated.ts: the TypeScript types of every frame, event and view, from the server's
own Structs.

Run `python tools/generate_protocol.py` after a change in klepet/model; with `--check` it exits 1 when the file
is stale.
"""

import enum
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from klepet.model import errors, events, frames, limits, permissions, views, words

OUTPUT = Path(__file__).parent.parent / "frontend" / "protocol" / "generated.ts"

HEADER = """// Generated from klepet/model by tools/generate_protocol.py. Never edited by hand.
/** An id: a UUIDv7 as text. */
export type Id = string;
/** An instant: ISO 8601 in UTC. */
export type Instant = string;
"""


def type_text(kind: inspect.Type) -> str:
    """The TypeScript text of one msgspec type."""
    match kind:
        case inspect.StructType():
            return kind.cls.__name__
        case inspect.EnumType():
            return kind.cls.__name__
        case inspect.UUIDType():
            return "Id"
        case inspect.DateTimeType():
            return "Instant"
        case inspect.StrType():
            return "string"
        case inspect.IntType() | inspect.FloatType():
            return "number"
        case inspect.BoolType():
            return "boolean"
        case inspect.NoneType():
            return "null"
        case inspect.ListType():
            inner = type_text(kind.item_type)
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case inspect.DictType():
            return f"Record<{type_text(kind.key_type)}, {type_text(kind.value_type)}>"
        case inspect.UnionType():
            return " | ".join(dict.fromkeys(type_text(t) for t in kind.types if not isinstance(t, inspect.UnionType)))
        case inspect.Metadata():
            return type_text(kind.type)
        case inspect.AnyType():
            return "unknown"
    raise TypeError(f"no TypeScript for {kind!r}")


def doc_text(cls: type) -> str:
    """The class docstring as a TSDoc comment."""
    text = " ".join((cls.__doc__ or "").split())
    return f"/** {text} */\n" if text else ""


def struct_text(cls: type[msgspec.Struct], *, is_sent: bool) -> str:
    """One Struct as an interface. Fields with defaults are optional in what clients send, and where defaults
    are omitted.
    """
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    lines = [f"{doc_text(cls)}export interface {cls.__name__} {{"]
    if info.tag_field is not None:
        lines.append(f'  {info.tag_field}: "{info.tag}";')
    for item in info.fields:
        unset = isinstance(item.type, inspect.UnionType) and any(
            isinstance(t, inspect.UnsetType) if hasattr(inspect, "UnsetType") else False for t in item.type.types
        )
        optional = "?" if not item.required and (is_sent or cls.__struct_config__.omit_defaults or unset) else ""
        lines.append(f"  {item.encode_name}{optional}: {type_text(item.type)};")
    lines.append("}\n")
    return "\n".join(lines)


def enum_text(cls: type[enum.Enum]) -> str:
    """One enumeration as a union of its words."""
    words_text = " | ".join(f'"{member.value}"' for member in cls)
    return f"{doc_text(cls)}export type {cls.__name__} = {words_text};\n"


def reachable(root: Any, found: dict[str, type[msgspec.Struct]]) -> None:
    """Collect every Struct that a type mentions, in order of first mention."""
    kind = inspect.type_info(root) if not isinstance(root, inspect.Type) else root
    match kind:
        case inspect.StructType():
            if kind.cls.__name__ not in found:
                found[kind.cls.__name__] = kind.cls
                for item in kind.fields:
                    reachable(item.type, found)
        case inspect.UnionType():
            for t in kind.types:
                reachable(t, found)
        case inspect.ListType():
            reachable(kind.item_type, found)
        case inspect.Metadata():
            reachable(kind.type, found)


def generate() -> str:
    """The whole file."""
    sent: dict[str, type[msgspec.Struct]] = {}
    reachable(frames.VisitorFrame, sent)
    received: dict[str, type[msgspec.Struct]] = {}
    reachable(frames.ServerFrame, received)
    for cls in (views.Visitor, views.Order, errors.Problem):
        reachable(cls, received)
    parts = [HEADER, f"export const PROTOCOL = {frames.PROTOCOL};\n"]
    parts += [f"export const {name} = {value};\n" for name, value in vars(frames).items() if name.startswith("CLOSE_")]
    parts += [
        f"export const {name} = {getattr(limits, name)};\n"
        for name in (
            "MESSAGE_CHARS",
            "NAME_CHARS",
            "COMMENT_CHARS",
            "TRANSCRIPT_PAGE",
            "VISITOR_CONVERSATIONS",
            "PHOTO_BYTES",
        )
    ]
    parts += [
        enum_text(c)
        for c in vars(words).values()
        if isinstance(c, type) and issubclass(c, enum.StrEnum) and c is not enum.StrEnum
    ]
    parts.append(enum_text(permissions.Permission))
    parts += [struct_text(cls, is_sent=True) for cls in sent.values()]
    parts += [struct_text(cls, is_sent=False) for name, cls in received.items() if name not in sent]
    for name, union in (
        ("VisitorFrame", frames.VisitorFrame),
        ("OperatorFrame", frames.OperatorFrame),
        ("ServerFrame", frames.ServerFrame),
        ("AnyEvent", events.AnyEvent),
    ):
        parts.append(f"export type {name} =\n  | " + "\n  | ".join(c.__name__ for c in union.__args__) + ";\n")
    return "\n".join(parts)


def main() -> int:
    """Write or check the file."""
    text = generate()
    if "--check" in sys.argv:
        if OUTPUT.read_text() != text:
            print("frontend/protocol/generated.ts is stale: run python tools/generate_protocol.py", file=sys.stderr)
            return 1
        return 0
    OUTPUT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
