"""Changes of inputs that keep their shape: lines come, go and change places, and a frame stays JSON."""

import json
from random import Random
from typing import Any

_VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    5,
    2**53,
    2**64,
    1.5,
    "",
    " ",
    "$a",
    "$b",
    "$d",
    "$n",
    "$t",
    "$T",
    "note",
    "system",
    "a\x00b",
    "\ud83d\ude00",
    "<b>",
    [],
    {},
    [[]],
    {"a": 1},
)
_DEEDS = (
    *(f"!{letter}" for letter in "aceijnuxz"),
    *(f"+{n}" for n in (1, 6, 10, 71, 601, 4000)),
    *(f"-{c}" for c in "vwnxoc"),
)
_DEEDS += (*(f"*{n}" for n in (1, 3, 25, 70, 250)), "V", "W", "N", "X", "O", "C", "@601", "#", "?")


class Lines:
    """Changes of target "frames"; takes whole lines from what the fuzzer starts from."""

    def __init__(self, seeds: list[bytes]) -> None:
        self._known = sorted({line for seed in seeds for line in seed.split(b"\n") if line})

    def change(self, data: bytes, chance: Random) -> bytes:
        """Change an input once or a few times."""
        lines = data.split(b"\n")
        for _ in range(chance.choice((1, 1, 2, 4))):
            at = chance.randrange(len(lines) + 1)
            match chance.randrange(7):
                case 0:
                    lines.insert(at, chance.choice(self._known))
                case 1:
                    lines.insert(at, chance.choice(_DEEDS).encode())
                case 2 if len(lines) > 1:
                    del lines[at - 1]
                case 3:
                    lines.insert(at, chance.choice(lines))
                case 4 if at:
                    line = lines[at - 1]
                    lines[at - 1] = line[1:] if line.startswith(b"~") else b"~" + line
                case _ if at:
                    lines[at - 1] = change_json(lines[at - 1], chance)
        return b"\n".join(lines)


def change_json(line: bytes, chance: Random) -> bytes:
    """Change one value of the JSON object that a line carries, if it does."""
    start = line.find(b"{")
    try:
        value = json.loads(line[start:]) if start >= 0 else None
    except ValueError:
        return line
    if not isinstance(value, dict):
        return line
    places = list(_places(value))
    if not places:
        return line
    holder, key = chance.choice(places)
    match chance.randrange(6):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[chance.choice(["client_id", "conversation_id", "text", "kind", "x", "details", "data"])] = holder[
                key
            ]
        case 2 if isinstance(holder[key], str):
            holder[key] = holder[key][: chance.randrange(9)] + chance.choice(["", "x" * 70, "\n", "é", "\u200b"])
        case 3 if isinstance(holder[key], list):
            holder[key] = holder[key] * chance.choice((2, 25, 200))
        case _:
            holder[key] = chance.choice(_VALUES)
    return line[:start] + json.dumps(value, separators=(",", ":"), ensure_ascii=chance.random() < 0.5).encode(
        errors="replace"
    )


def _places(value: Any) -> Any:
    """Every place in a JSON value: its holder, and the key or index."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])
