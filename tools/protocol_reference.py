"""The reference section of docs/protocol.md, made from the server's own Structs, their docstrings and their limits."""

import ast
import enum
import inspect as python_inspect
import itertools
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec
from msgspec import inspect

from klepet.model import errors, events, frames, limits, words
from klepet.realtime.audience import audience_of
from klepet.web import poll, session, socket

Struct = type[msgspec.Struct]
NUMBERS = (
    ("a frame from a client", f"{limits.FRAME_BYTES:,} bytes"),
    ("until `hello`", f"{session.HELLO_SECONDS:g} s"),
    ("without any frame from the client, until the server closes", f"{session.SILENT_SECONDS:g} s"),
    ("frames sent before `welcome` that are kept for after it", f"{session.KEPT_FRAMES}"),
    ("bytes that wait for a slow client, until it is closed", f"{socket.QUEUED_BYTES:,}"),
    ("frames that wait for it in long-polling, until it is closed", f"{socket.QUEUED_FRAMES:,}"),
    ("events that come before a connection's `welcome`, until it is closed", f"{session.KEPT_EVENTS:,}"),
    ("events that are sent after a `position`; with more there is a snapshot", f"{limits.RESUME_EVENTS:,}"),
    ("open conversations in an operator's snapshot", f"{limits.SNAPSHOT_CONVERSATIONS:,}"),
    ("conversations in a visitor's snapshot", f"{limits.VISITOR_CONVERSATIONS}"),
    ("messages of one transcript in a snapshot", f"{limits.TRANSCRIPT_PAGE}"),
    ("transcripts that `hello` may name", f"{limits.OPEN_TRANSCRIPTS}"),
    ("polling: an empty call waits", f"{poll.WAIT_SECONDS:g} s"),
    ("polling: a session without calls lives", f"{poll.LIFE_SECONDS:g} s"),
    ("polling: frames in one call", f"{poll.FRAMES_MAX}"),
    ("polling: answers that are kept for a call sent again", f"{poll.KEPT_ANSWERS}"),
)


def reference() -> str:
    """The whole section."""
    visitor, operator, server = (
        list(u.__args__) for u in (frames.VisitorFrame, frames.OperatorFrame, frames.ServerFrame)
    )
    only_visitors = [f"`{tag_of(cls)}`" for cls in visitor if cls not in operator]
    parts = ["### Close codes\n", *close_codes(), "### Error codes\n", *error_codes(), "### Numbers\n", *numbers()]
    parts += ["### What clients send\n"]
    parts += [f"Visitors send all of these; operators all but {', '.join(only_visitors)}.\n"]
    parts += [struct_text(cls, is_sent=True) for cls in visitor]
    parts += ["### What the server sends\n", *(struct_text(cls, is_sent=False) for cls in server)]
    parts += ["### Events\n", *event_table()]
    sent = {cls for root in visitor for cls in structs_in(root)}
    rows = {cls for root in (*visitor, *server) for cls in structs_in(root)} - {*visitor, *server}
    parts.append("### Parts of frames\n")
    parts += [struct_text(cls, is_sent=cls in sent) for cls in sorted(rows, key=lambda cls: cls.__name__)]
    parts += ["### Words\n", *word_table()]
    return "\n".join(parts)


def close_codes() -> Iterator[str]:
    """The close codes, with the texts that stand under them in frames.py."""
    yield "| code | name | means |\n|---|---|---|"
    tree = ast.parse(python_inspect.getsource(frames)).body
    found = []
    for node, following in itertools.pairwise(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if (
                name.startswith("CLOSE_")
                and isinstance(following, ast.Expr)
                and isinstance(following.value, ast.Constant)
            ):
                found.append((getattr(frames, name), name.removeprefix("CLOSE_").lower(), str(following.value.value)))
    yield from (f"| {code} | {name.replace('_', ' ')} | {one_line(text)} |" for code, name, text in sorted(found))
    yield ""


def error_codes() -> Iterator[str]:
    """The codes that `refused` frames and REST answers carry."""
    yield "| `code` | HTTP status | means |\n|---|---|---|"
    kinds: list[type[errors.KlepetError]] = [errors.KlepetError, *errors.KlepetError.__subclasses__()]
    for kind in kinds:
        text = "klepet failed at this; its log says why." if kind is errors.KlepetError else one_line(kind.__doc__)
        yield f"| `{kind.code}` | {kind.status} | {text} |"
    yield ""


def numbers() -> Iterator[str]:
    """The limits and times that a client meets."""
    yield "| what | how much |\n|---|---|"
    yield from (f"| {what} | {amount} |" for what, amount in NUMBERS)
    yield ""


def event_table() -> Iterator[str]:
    """Every event: when, to whom, with which fields of its own."""
    yield "| `type` | when | sent to | fields |\n|---|---|---|---|"
    for tag, cls in events.EVENT_TYPES.items():
        fields = ", ".join(f"`{field.encode_name}`" for field in info_of(cls).fields)
        yield f"| `{tag}` | {one_line(cls.__doc__)} | {sent_to(cls)} | {fields} |"
    yield ""


def sent_to(cls: type[events.Event]) -> str:
    """Whose streams an event of this class goes to, asked of the audience itself."""
    told = []
    for kind in words.MessageKind if cls is events.MessageSent else [None]:
        fields = {f.encode_name: example_of(f.type) for f in info_of(cls).fields}
        audience = audience_of(cls(**fields | ({"kind": kind} if kind else {})))
        told.append(
            "every visitor, operators"
            if audience.every_visitor
            else "both contacts, operators"
            if audience.left_contact_id
            else "the contact, operators"
            if audience.contact_id
            else "operators"
            if audience.operators
            else "nobody"
        )
    return told[0] + (f"; notes: {told[1]}" if len(set(told)) > 1 else "")


def example_of(kind: inspect.Type) -> Any:
    """Some value of a type."""
    match kind:
        case inspect.UUIDType():
            return UUID(int=1)
        case inspect.IntType():
            return 1
        case inspect.EnumType():
            return next(iter(kind.cls))
        case inspect.UnionType():
            return example_of(kind.types[0])
    raise TypeError(f"no example of {kind!r}")


def word_table() -> Iterator[str]:
    """Every enumeration."""
    yield "| | | |\n|---|---|---|"
    for cls in vars(words).values():
        if isinstance(cls, type) and issubclass(cls, enum.StrEnum) and cls is not enum.StrEnum:
            yield f"| {cls.__name__} | {', '.join(f'`{word.value}`' for word in cls)} | {one_line(cls.__doc__)} |"
    yield ""


def struct_text(cls: Struct, *, is_sent: bool) -> str:
    """One Struct: what it is for, and its fields. What clients may leave out is said of what they send."""
    info = info_of(cls)
    name = f"`{info.tag}`" if info.tag is not None else cls.__name__
    lines = [f"#### {name}\n", f"{one_line(cls.__doc__)}\n"]
    if info.fields:
        lines.append("| field | type | |\n|---|---|---|")
        for item in info.fields:
            is_left_out = cls.__struct_config__.omit_defaults and not item.required
            note = presence(item) if is_sent else "left out when empty" if is_left_out else ""
            lines.append(f"| `{item.encode_name}` | {type_text(item.type)} | {note} |")
        lines.append("")
    return "\n".join(lines)


def presence(item: inspect.Field) -> str:
    """Whether a field must be given, and what it is otherwise."""
    if item.required:
        return "required"
    if item.default in (msgspec.NODEFAULT, None):
        return "optional"
    value = item.default.value if isinstance(item.default, enum.Enum) else item.default
    return f"optional, otherwise `{msgspec.json.encode(value).decode()}`"


def type_text(kind: inspect.Type) -> str:
    """A type in words, with its limits."""
    match kind:
        case inspect.StructType():
            return kind.cls.__name__
        case inspect.EnumType():
            return kind.cls.__name__
        case inspect.UUIDType():
            return "id"
        case inspect.DateTimeType():
            return "time"
        case inspect.StrType():
            return "text" + limits_text(kind.min_length, kind.max_length, " characters") + pattern_text(kind.pattern)
        case inspect.IntType():
            return "whole number" + limits_text(kind.ge, kind.le, "")
        case inspect.FloatType():
            return "number"
        case inspect.BoolType():
            return "true or false"
        case inspect.NoneType():
            return "null"
        case inspect.ListType():
            return f"list of {type_text(kind.item_type)}"
        case inspect.DictType():
            most = f", at most {kind.max_length}" if kind.max_length is not None else ""
            return f"object of {type_text(kind.value_type)}{most}"
        case inspect.UnionType():
            if all(isinstance(t, inspect.StructType) and t.tag is not None for t in kind.types):
                return "one of the events"
            return " or ".join(dict.fromkeys(type_text(t) for t in kind.types))
        case inspect.Metadata():
            return type_text(kind.type)
    raise TypeError(f"no words for {kind!r}")


def limits_text(least: int | None, most: int | None, unit: str) -> str:
    """`, 1 to 100 characters`."""
    if most is None:
        return f", at least {least}{unit}" if least else ""
    return f", {power_text(least)} to {power_text(most)}{unit}" if least is not None else f", at most {most}{unit}"


def power_text(number: int) -> str:
    """A number; the largest that JavaScript knows exactly as a power."""
    sign = "-" if number < 0 else ""
    return f"{sign}2^53" if abs(number) in (2**53, 2**53 - 1) else str(number)


def pattern_text(pattern: str | None) -> str:
    """`, like ...`, without its guard against a line's end; a bar would end the cell of the table."""
    return "" if pattern is None else f", like `{pattern}`".replace(r"(?!\n)", "").replace("|", "\\|")


def structs_in(root: Any) -> Iterator[Struct]:
    """Every Struct that a type mentions, but for events."""
    kind = inspect.type_info(root) if not isinstance(root, inspect.Type) else root
    match kind:
        case inspect.StructType():
            if not issubclass(kind.cls, events.Event):
                yield kind.cls
                for item in kind.fields:
                    yield from structs_in(item.type)
        case inspect.UnionType():
            for member in kind.types:
                yield from structs_in(member)
        case inspect.ListType():
            yield from structs_in(kind.item_type)
        case inspect.Metadata():
            yield from structs_in(kind.type)


def info_of(cls: Struct) -> inspect.StructType:
    """What msgspec knows of a Struct."""
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    return info


def tag_of(cls: Struct) -> str:
    """The word in `type` by which a frame or event is known."""
    return str(info_of(cls).tag)


def one_line(text: str | None) -> str:
    """A docstring as a line of a table."""
    return " ".join((text or "").split()).replace("|", "\\|")
