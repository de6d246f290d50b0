"""What the decoder says of a wrong input, as a refusal that names the field and the limit it broke."""

import re

from klepet.model.errors import Invalid

_PLACE = re.compile(r"(?P<message>.*) - at `\$(?P<path>.*)`", re.S)
_MISSING = re.compile(r"Object (?:missing required|contains unknown) field `(?P<name>[^`]*)`")
_LIMIT = re.compile(r"(?:<=|>=|at most) (?P<number>-?[0-9]+)\b")
_MESSAGE_CHARS = 300
_FIELD_CHARS = 100


def invalid_of(error: Exception | str) -> Invalid:
    """A refusal of what could not be decoded."""
    text = str(error)
    placed = _PLACE.fullmatch(text)
    message, path = (placed["message"], placed["path"].lstrip(".")) if placed else (text, "")
    if named := _MISSING.fullmatch(message):
        path = f"{path}.{named['name']}" if path else named["name"]
    found = _LIMIT.search(message)
    return Invalid(
        message[:_MESSAGE_CHARS], field=path[:_FIELD_CHARS] or None, limit=int(found["number"]) if found else None
    )
