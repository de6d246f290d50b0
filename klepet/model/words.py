"""The closed vocabularies: every enumeration that is stored, sent or shown. Values are the words of the
database and the wire.
"""

from enum import StrEnum


class Status(StrEnum):
    """Where a conversation is in its life. `queued` is no status: it is open and held by nobody."""

    OPEN = "open"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class AuthorKind(StrEnum):
    """Who wrote a message or caused a change."""

    VISITOR = "visitor"
    OPERATOR = "operator"
    BOT = "bot"
    SYSTEM = "system"


class MessageKind(StrEnum):
    """What an entry of a transcript is. Notes are seen by operators only; system lines carry a key instead of text."""

    TEXT = "text"
    NOTE = "note"
    SYSTEM = "system"


class SystemLine(StrEnum):
    """The system lines of a transcript; the texts stand in the catalogues under `system.<value>`."""

    OPERATOR_JOINED = "operator_joined"
    OPERATOR_LEFT = "operator_left"
    CLOSED_BY_VISITOR = "closed_by_visitor"
    CLOSED_BY_OPERATOR = "closed_by_operator"
    REOPENED = "reopened"
    RATED = "rated"
    ORDER_REPORTED = "order_reported"
    CONTACT_IDENTIFIED = "contact_identified"


class Role(StrEnum):
    """A named set of permissions; `permissions.py` says which."""

    OWNER = "owner"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"


class Availability(StrEnum):
    """What an operator chose. New conversations are announced to those who accept."""

    ACCEPTING = "accepting"
    AWAY = "away"
    OFFLINE = "offline"


class Side(StrEnum):
    """The two sides of a conversation, each with one delivered and one read watermark."""

    VISITOR = "visitor"
    OPERATOR = "operator"


class DeliveryFailure(StrEnum):
    """Why an attempt to deliver to a webhook came to nothing."""

    ANSWERED = "answered"
    UNKNOWN_HOST = "unknown_host"
    REFUSED_ADDRESS = "refused_address"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed_out"
    UNREADABLE = "unreadable"
    SWITCHED_OFF = "switched_off"


class LinkKind(StrEnum):
    """What a one-time link allows."""

    SETUP = "setup"
    INVITE = "invite"
    RESET = "reset"


class ConversationView(StrEnum):
    """The lists of the console."""

    QUEUED = "queued"
    MINE = "mine"
    ALL = "all"
    CLOSED = "closed"


class LauncherSide(StrEnum):
    """The corner of the page in which the launcher stands."""

    RIGHT = "right"
    LEFT = "left"


class ErasureSubject(StrEnum):
    """What is erased."""

    CONTACT = "contact"
    CONVERSATION = "conversation"


class ErasureState(StrEnum):
    """How far an erasure came. `failed`: it was tried too often; the same again goes on with it."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"


class DeliveryState(StrEnum):
    """How far a webhook's delivery came. `failed` is tried again by itself; `parked` is not."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    PARKED = "parked"
