"""The nouns as others see them: the Structs that REST answers, sockets carry and TypeScript knows.

Ids are UUIDv7 and never credentials; times are aware UTC instants; money is decimal text with its ISO 4217 currency.
A field is absent for nobody: what a principal may not see stands in a different Struct, never in an emptied one.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct, field

from klepet.model.limits import (
    ORDER_ITEMS_MAX,
    Attributes,
    AttributeText,
    Colour,
    Currency,
    Language,
    Money,
    Name,
    Title,
    Url,
)
from klepet.model.words import AuthorKind, Availability, LauncherSide, MessageKind, Role, Status, SystemLine


class Author(Struct, frozen=True):
    """Who wrote a message. `id` is the operator's or bot's id; visitors and the system have none here."""

    kind: AuthorKind
    id: UUID | None = None


class SystemFact(Struct, frozen=True):
    """What a system line says: a catalogue key and the values for its text."""

    line: SystemLine
    name: str | None = None
    score: int | None = None
    value: str | None = None
    currency: str | None = None


class Message(Struct, frozen=True):
    """One entry of a transcript, ordered by `seq` within its conversation. Visitors' streams have gaps where
    notes stand.
    """

    conversation_id: UUID
    seq: int
    kind: MessageKind
    author: Author
    text: str
    at: datetime
    client_id: str | None = None
    fact: SystemFact | None = None


class LastLine(Struct, frozen=True):
    """The newest text or note of a conversation, cut to 160 characters, for a row of a list."""

    seq: int
    kind: MessageKind
    author_kind: AuthorKind
    text: str
    at: datetime


class Page(Struct, frozen=True):
    """A page of the site as the visitor's browser names it."""

    url: Url
    title: Title = ""


class Conversation(Struct, frozen=True):
    """A conversation as operators see it. Watermarks are the highest `seq` that a side was delivered or has read."""

    id: UUID
    number: int
    site_id: UUID
    contact_id: UUID
    visitor_id: UUID
    status: Status
    assignee_id: UUID | None
    last_seq: int
    last_line: LastLine | None
    created_at: datetime
    queued_at: datetime | None
    assigned_at: datetime | None
    first_visitor_message_at: datetime | None
    first_operator_reply_at: datetime | None
    waiting_since: datetime | None
    closed_at: datetime | None
    closed_by: AuthorKind | None
    visitor_delivered_seq: int
    visitor_read_seq: int
    operator_delivered_seq: int
    operator_read_seq: int
    unread_count: int
    rating: int | None
    rating_comment: str | None
    language: str | None
    started_on: Page | None


class PublicOperator(Struct, frozen=True):
    """What a visitor sees of whoever answers; always plain whether a person or a bot writes."""

    id: UUID
    name: str
    photo_url: str | None
    is_bot: bool = False


class VisitorConversation(Struct, frozen=True):
    """A conversation as its visitor sees it."""

    id: UUID
    status: Status
    assignee_id: UUID | None
    last_seq: int
    created_at: datetime
    closed_at: datetime | None
    closed_by: AuthorKind | None
    operator_delivered_seq: int
    operator_read_seq: int
    visitor_read_seq: int
    unread_count: int
    rating: int | None


class Operator(Struct, frozen=True):
    """An operator as colleagues see them."""

    id: UUID
    name: str
    email: str
    role: Role
    photo_url: str | None
    availability: Availability
    is_disabled: bool
    language: str
    created_at: datetime


class Contact(Struct, frozen=True):
    """A person. `user_id` is the site's own id of a customer whose identity was signed."""

    id: UUID
    name: str | None
    email: str | None
    phone: str | None
    user_id: str | None
    attributes: dict[str, str | int | float | bool | None]
    created_at: datetime


class Browser(Struct, frozen=True):
    """What a visitor's browser says of itself."""

    name: str
    system: str
    device: str


class Visitor(Struct, frozen=True):
    """A browser on a site, for the panel beside a conversation. `page` is where it is now, if it is online."""

    id: UUID
    contact_id: UUID
    is_online: bool
    page: Page | None
    referrer: str | None
    browser: Browser | None
    language: str | None
    time_zone: str | None
    visit_count: int
    first_seen_at: datetime
    last_seen_at: datetime


class OrderItem(Struct, frozen=True):
    """One line of an order."""

    sku: AttributeText
    name: Name
    quantity: int
    price: Money


class OrderReport(Struct, frozen=True):
    """An order as the shop reports it: its own id, the total as decimal text, the ISO 4217 currency."""

    id: Name
    value: Money
    currency: Currency
    items: list[OrderItem] = field(default_factory=list)

    def __post_init__(self) -> None:
        if len(self.items) > ORDER_ITEMS_MAX:
            raise ValueError(f"an order has at most {ORDER_ITEMS_MAX} items")


class Order(Struct, frozen=True):
    """A stored order."""

    id: UUID
    site_id: UUID
    contact_id: UUID
    conversation_id: UUID | None
    external_id: str
    value: str
    currency: str
    items: list[OrderItem]
    created_at: datetime


class SiteSettings(Struct, frozen=True):
    """What an owner sets for a site. The greeting is a text by language; a missing language falls back to
    the first.
    """

    colour: Colour = "#2f6f5e"
    position: LauncherSide = LauncherSide.RIGHT
    languages: list[Language] = field(default_factory=lambda: ["en"])
    greeting: dict[str, str] = field(default_factory=dict)
    allowed_origins: list[str] = field(default_factory=list)
    is_signed_identity_required: bool = False


class Site(Struct, frozen=True):
    """A website the widget runs on. `key` is public: it stands in the tag."""

    id: UUID
    key: str
    name: str
    settings: SiteSettings
    created_at: datetime


class ContactDetails(Struct, frozen=True):
    """What the visitor's page claims of the visitor, unsigned."""

    name: Name | None = None
    email: str | None = None
    phone: str | None = None
    attributes: Attributes = field(default_factory=dict)
