"""A transcript as text, for reading, saving and printing: one line or more for each message, system lines included."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from klepet.kit.texts import MissingTextError, Texts
from klepet.model.views import Message, SystemFact
from klepet.model.words import AuthorKind, MessageKind


def zone_of(name: str | None) -> ZoneInfo:
    """The time zone of a name, else UTC."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def render_transcript(
    messages: Iterable[Message], names: Mapping[UUID, str], visitor_name: str, texts: Texts, zone: ZoneInfo
) -> str:
    """The transcript in the language of the texts, with the times of the zone. `names` are the operators'."""
    lines = [_entry(message, names, visitor_name, texts, zone) for message in messages]
    return "\n".join(lines) + "\n"


def _entry(message: Message, names: Mapping[UUID, str], visitor_name: str, texts: Texts, zone: ZoneInfo) -> str:
    when = _time(message.at, zone)
    if message.kind is MessageKind.SYSTEM:
        return f"[{when}] * {_fact(message.fact, texts)}"
    if message.author.kind is AuthorKind.VISITOR:
        who = visitor_name
    else:
        who = names.get(message.author.id, "klepet") if message.author.id else "klepet"
    mark = " (#)" if message.kind is MessageKind.NOTE else ""
    # Lines after the first are set in, so that nobody can write what looks like somebody else's message.
    text = message.text.replace("\n", "\n    ")
    return f"[{when}] {who}{mark}: {text}"


def _time(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")


def _fact(fact: SystemFact | None, texts: Texts) -> str:
    if fact is None:
        return ""
    values = {
        name: value
        for name, value in (("name", fact.name), ("score", fact.score), ("value", fact.value))
        if value is not None
    }
    if fact.currency is not None:
        values["value"] = f"{fact.value} {fact.currency}"
    try:
        return texts.text(f"system.{fact.line}", **values)
    except MissingTextError:
        return str(fact.line)
