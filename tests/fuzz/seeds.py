"""What the fuzzer starts from, and which words it may put in: made from the Structs of the protocol, so that a new
frame or field is fuzzed without a word here.
"""

import json
import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec

from klepet.model.frames import OperatorFrame, VisitorFrame

_CANDIDATES: tuple[Any, ...] = ("hello", "abcd1234", "a@b.example", "EUR", "12.50", "$a", 1, 3, True, 0.5, [], {})
_ID = "019a0000-0000-7000-8000-000000000000"
WORDS: tuple[str, ...] = (
    "$a",
    "$b",
    "$d",
    "$n",
    "$t",
    "$T",
    "$L",
    "$k",
    "$v",
    "$w",
    "$o",
    "$i",
    "$j",
    "$s",
    "$S",
    "$c",
    "$e",
    "$f",
    "~",
    "\n",
    "\\ud83d",
    "1e400",
)
WORDS += (
    str(2**53),
    str(2**53 + 1),
    str(2**64),
    "-1",
    "null",
    "true",
    "[]",
    "{}",
    '""',
    "\\u0000",
    "\\ud800",
    "\u200b",
)


def example(kind: Any) -> Any:
    """A valid value of a type, as JSON."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return example_of_struct(kind, is_full=True)
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return example(typing.get_args(kind)[0])
    if origin is list:
        return [example(typing.get_args(kind)[0])]
    for candidate in _CANDIDATES:
        given = _ID if candidate == "$a" else candidate
        try:
            msgspec.convert(given, kind)
        except msgspec.ValidationError:
            continue
        return candidate
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind)).value
    return "a_long_enough_token"


def example_of_struct(kind: type[msgspec.Struct], *, is_full: bool) -> dict[str, Any]:
    """A valid Struct, as JSON: with all fields, or with those that it must have."""
    info = msgspec.structs.fields(kind)
    tag = kind.__struct_config__.tag
    found: dict[str, Any] = {} if tag is None else {str(kind.__struct_config__.tag_field): tag}
    found |= {field.encode_name: example(field.type) for field in info if is_full or field.required}
    return found


def kinds_of(union: Any) -> list[type[msgspec.Struct]]:
    """The frames of one side."""
    return list(typing.get_args(union))


def frames() -> Iterator[bytes]:
    """Inputs of target "frames"."""
    for hello, who, union in ((b"V", b"v", VisitorFrame), (b"N", b"n", VisitorFrame), (b"O", b"o", OperatorFrame)):
        for kind in kinds_of(union):
            for is_full in (True, False):
                frame = json.dumps(example_of_struct(kind, is_full=is_full), separators=(",", ":")).encode()
                yield hello + b"\n" + who + frame
                yield who + frame
    message = b'{"type":"send_message","client_id":"number%02d","text":"hello"%s}'
    first, second = message % (1, b""), message % (2, b',"conversation_id":"$a"')
    hello_of_v = b'{"type":"hello","protocol":1,"site":"$k","token":"$v"}'
    hello_of_o = b'{"type":"hello","protocol":1,"token":"$o"}'
    yield b"V\nO\nC\n~v" + second + b"\n~o" + second + b"\n*3\n~-v\nV"
    yield b"~V\n~v" + first + b"\n~*70\n"
    yield b"V\nv" + first + b"\n*30\n+10\nv" + first + b"\n+80\nV"
    yield b"N\nO\nn" + first + b'\no{"type":"send_message","client_id":"number03","text":"hi","conversation_id":"$n"}'
    yield b'N,"identity":"$i"\nV,"identity":"$i"\nW,"identity":"$j"\n!i\n!j\nv' + first
    yield b'V,"position":{"offset":1,"epoch":"x"}\nO,"transcripts":["$a","$d"]\nC,"transcripts":["$a"]\n!x'
    yield b"V\nO\nC\n~v" + second + b"\n!a\n!u\n!c\n!n\n!e\nV"
    yield b'V\nv{"type":"send_message","client_id":"number04","text":"$T"}\nv{"text":"$L"}\nv$L\nv{"client_id":"$t"}'
    yield (
        b"kv\x81"
        + hello_of_v
        + b"\nkv\x01"
        + first[:20]
        + b"\nkv\x80"
        + first[20:]
        + b"\nkv\x89\nkv\x8a\nkv\x88\x03\xe8"
    )
    yield b"ko\x81" + hello_of_o + b"\nko\x82{}\nko\xc1{}\n"
    yield b"kv\x81\xff\nko\x80{}"
    for text in (b" ", b"\\u200b", b"$t"):
        yield b'V\nv{"type":"send_message","client_id":"number05","text":"' + text + b'"}'
    receipt = b'{"type":"advance_receipt","conversation_id":"%s","delivered_seq":%d,"read_seq":1}'
    yield (
        b"\n~v".join([b"V", *(receipt % (name, 1) for name in (b"$a", b"$d", b"$b")), receipt % (b"$a", 2)]) + b"\n~-v"
    )
    yield b'V\nO\nv{"type":"ping"}\n*250\no{"type":"ping"}\n*390'
    yield b'V,"position":{"offset":2,"epoch":"$f"}\nO,"position":{"offset":5,"epoch":"$e"}\n!a\n!c\nv' + second
    yield b'V,"position":{"offset":9,"epoch":"$f"}\n!n\nO,"position":{"offset":99,"epoch":"$e"}'
    yield b"V\nO\nC\n@601\n!x\n@601\n!z\nV\nO\nX\nN"
    new = b'{"type":"send_message","client_id":"$c","text":"$t"}'
    yield (
        b"N\nn"
        + new
        + b"\n*25\n+9\nn"
        + new
        + b"\n+80\nV\nv"
        + new
        + b"\n*18\nkv\x81"
        + hello_of_v
        + b"\n~v"
        + new
        + b"\n*9"
    )
    yield b"X\nN\nn" + first + b"\n*2\n" + b"v{}"
    yield b"~V\n~O\n~!a\n~!u\n~!a\n~!u\n~!c\n"
    yield b"kv\x81" + hello_of_v + b"\n?\nkv\x8a\n?\n?\n#\nkv\x81" + first + b"\nkv\x01$L\nkv\x00$L\nkv\x00$L"
    yield b"\n".join([b"kv\x01{", *[b"kv\x00"] * 9, b"ko\x81" + hello_of_o, b"ko\x81" + second, b"ko\x81$L"])
    poll = b'pv{"call":%d,"session":"$s","frames":[{"type":"ping"}]}'
    yield b'pv{"call":1,"frames":[' + hello_of_v + b"]}\n" + b"\n".join(poll % call for call in (2, 3, 4, 5, 9, 2, 20))
    yield b'pv{"call":1}\npv{"call":1}\npo{"call":1}\npv{"call":1}\npv{"call":2,"frames":[1,2,3,4,5,6,7,8,9]}'
    yield b'pv{"call":1,"frames":[' + hello_of_v + b']}\npv{"call":2,"session":"$s","ack":1,"frames":[' + first + b"]}"
    yield (
        b'po{"call":1,"frames":[' + hello_of_o + b']}\npo{"call":2,"session":"$S","ack":1}\npo{"call":2,"session":"$S"}'
    )


def words_of_frames() -> list[str]:
    """The dictionary of target "frames": names and fixed values of the protocol."""
    found = set(WORDS)
    waiting: list[Any] = [*kinds_of(VisitorFrame), *kinds_of(OperatorFrame)]
    seen = set()
    while waiting:
        kind = waiting.pop()
        if id(kind) in seen:
            continue
        seen.add(id(kind))
        waiting.extend(typing.get_args(kind))
        if isinstance(kind, type) and issubclass(kind, Enum):
            found |= {f'"{item.value}"' for item in kind}
        elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if kind.__struct_config__.tag:
                found.add(f'"type":"{kind.__struct_config__.tag}"')
            found |= {f'"{field.encode_name}":' for field in msgspec.structs.fields(kind)}
            waiting.extend(field.type for field in msgspec.structs.fields(kind))
    return sorted(found)


def interleavings() -> Iterator[bytes]:
    """Inputs of target "writer": each fault alone among units of each kind, on each kind of database."""
    heads = (bytes((0, 0, 0, 0)), bytes((1, 0, 1, 0)), bytes((2, 1, 3, 1)), bytes((4, 6, 2, 0)), bytes((0, 0, 5, 0)))
    units = b"".join(
        bytes((0, kind, how)) for kind, how in zip(range(11), (0, 5, 6, 7, 10, 11, 6, 4, 7, 1, 8), strict=True)
    )
    for head in heads:
        yield head + units
        for what in range(8, 16):
            for how in (0, 1, 2):
                yield head + units[:9] + bytes((what, how, how)) + units[9:] + bytes((8, 0, 0)) + units


def logs() -> Iterator[bytes]:
    """Inputs of target "tail": batches of both sides, late and early, with slow and failing reads, and a new log."""
    for start in (0, 5):
        for how in (0, 1, 9, 130, 255):
            for what in (7, 8, 9, 10):
                steps = (
                    (0, how),
                    (3, how),
                    (what, how),
                    (1, 2),
                    (5, 0),
                    (11, how),
                    (6, 0),
                    (4, 64),
                    (11, 3),
                    (what, 8),
                )
                yield bytes([start, *(byte for step in steps * 2 for byte in step)])
