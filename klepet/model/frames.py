"""The socket protocol: every frame that clients send and the server answers. The same frames travel over WebSocket (one
JSON object a text message) and over the long-poll fallback (lists of them). `docs/protocol.md` tells the story.

Every command carries a `client_id`, unique per principal: sent twice, it is done once, and answered alike.
"""

from uuid import UUID

from msgspec import Struct, field

from klepet.model.errors import Problem
from klepet.model.events import AnyEvent
from klepet.model.limits import (
    OPEN_TRANSCRIPTS,
    AttributeName,
    Attributes,
    ClientId,
    Comment,
    IdentityToken,
    Language,
    Offset,
    Score,
    Seq,
    SiteKey,
    Text,
    TimeZone,
    Token,
    Url,
)
from klepet.model.views import (
    Contact,
    ContactDetails,
    Conversation,
    Message,
    Operator,
    OrderReport,
    Page,
    PublicOperator,
    Site,
    VisitorConversation,
)
from klepet.model.words import AuthorKind, MessageKind

PROTOCOL = 1

CLOSE_RECONNECT = 4000
"""Come back at once: the server restarts, or this connection was too slow to keep."""
CLOSE_SIGN_IN = 4401
"""The token or session has ended: sign in again (a visitor starts without a token)."""
CLOSE_NOT_ALLOWED = 4403
"""The origin, the site or the principal is refused; do not retry."""
CLOSE_SILENT = 4408
"""No `hello` within 5 seconds, or nothing at all for 70."""
CLOSE_RELOAD = 4409
"""The client speaks a protocol that this server no longer knows: reload the page."""
CLOSE_BAD_FRAME = 4400
"""A frame was no JSON object, of unknown type, or over a limit before the principal was known."""
CLOSE_TOO_MANY = 4429
"""Too many connections or new visitors from one address, or frames of one connection; wait before the next try."""


class LogPosition(Struct, frozen=True):
    """How far a client has followed the log. A position of another epoch is answered with a snapshot."""

    offset: Offset
    epoch: str


class Frame(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of all frames."""


# What clients send.


class Hello(Frame, frozen=True, kw_only=True, tag="hello"):
    """First frame of every connection, within 5 seconds. Visitors give `site` and, on return, their `token`;
    operators sign in by their session cookie or an API token in `token`. `transcripts` names the open
    transcripts, whose last page a snapshot then brings. `identity` is the site's signed statement of who the
    visitor is.
    """

    protocol: int
    site: SiteKey | None = None
    token: Token | None = None
    identity: IdentityToken | None = None
    position: LogPosition | None = None
    transcripts: list[UUID] = field(default_factory=list)
    page: Page | None = None
    referrer: Url | None = None
    language: Language | None = None
    time_zone: TimeZone | None = None

    def __post_init__(self) -> None:
        if len(self.transcripts) > OPEN_TRANSCRIPTS:
            raise ValueError(f"at most {OPEN_TRANSCRIPTS} transcripts")


class SendMessage(Frame, frozen=True, kw_only=True, tag="send_message"):
    """Append a message. A visitor's first message names no conversation and opens one. Notes are for operators."""

    client_id: ClientId
    text: Text
    conversation_id: UUID | None = None
    kind: MessageKind = MessageKind.TEXT


class AdvanceReceipt(Frame, frozen=True, kw_only=True, tag="advance_receipt"):
    """My client holds (`delivered_seq`) and has shown in a visible, focused window (`read_seq`) all up to here.
    Not answered; coalesced to one write per second. Watermarks only rise.
    """

    conversation_id: UUID
    delivered_seq: Seq = 0
    read_seq: Seq = 0


class SetTyping(Frame, frozen=True, kw_only=True, tag="set_typing"):
    """I type, or stopped. Repeat at least every 5 seconds while it goes on; it lapses after 8. Not answered."""

    conversation_id: UUID
    is_typing: bool


class Ping(Frame, frozen=True, kw_only=True, tag="ping"):
    """Are you there? Sent every 25 seconds, and at once after sleep or a network change."""


class EndConversation(Frame, frozen=True, kw_only=True, tag="end_conversation"):
    """The visitor ends the conversation."""

    client_id: ClientId
    conversation_id: UUID


class RateConversation(Frame, frozen=True, kw_only=True, tag="rate_conversation"):
    """The visitor rates the conversation; a second rating replaces the first."""

    client_id: ClientId
    conversation_id: UUID
    score: Score
    comment: Comment = ""


class SetContact(Frame, frozen=True, kw_only=True, tag="set_contact"):
    """What the page says of its visitor, unsigned. Refused where the site demands signed identity. Given attributes are
    merged; null removes one."""

    client_id: ClientId
    details: ContactDetails


class ReportOrder(Frame, frozen=True, kw_only=True, tag="report_order"):
    """The page reports an order. The same order id twice is one order."""

    client_id: ClientId
    order: OrderReport


class TrackEvent(Frame, frozen=True, kw_only=True, tag="track_event"):
    """The page reports that something happened on the site. Kept as a measurement, by age."""

    client_id: ClientId
    name: AttributeName
    data: Attributes = field(default_factory=dict)


class ShowPage(Frame, frozen=True, kw_only=True, tag="show_page"):
    """The visitor is on another page now. Not answered."""

    page: Page


VisitorFrame = (
    Hello
    | SendMessage
    | AdvanceReceipt
    | SetTyping
    | Ping
    | EndConversation
    | RateConversation
    | SetContact
    | ReportOrder
    | TrackEvent
    | ShowPage
)
OperatorFrame = Hello | SendMessage | AdvanceReceipt | SetTyping | Ping


# What the server sends.


class VisitorState(Struct, frozen=True):
    """Snapshot for a visitor: its newest conversations (at most 20, last activity first: a new line that the visitor
    may see brings its conversation to the front), the last page of the first one's transcript (at most 50 messages,
    ascending), whoever wrote in them, and itself.
    """

    conversations: list[VisitorConversation]
    messages: list[Message]
    operators: list[PublicOperator]
    contact: Contact


class OperatorState(Struct, frozen=True):
    """Snapshot for an operator: all open conversations (at most 2,000, newest need first) with their contacts,
    all operators, all sites, and the last page of the transcripts that `hello` named.
    """

    conversations: list[Conversation]
    contacts: list[Contact]
    operators: list[Operator]
    sites: list[Site]
    messages: list[Message]
    open_count: int


class Welcome(Frame, frozen=True, kw_only=True, tag="welcome"):
    """The answer to `hello`. With `visitor_state` or `operator_state` it is a snapshot as of `position`; with
    neither, the events since the client's own position follow. `token` is there when it is new: keep it.
    `is_accepting`: somebody is there to answer.
    """

    position: LogPosition
    server_time: str
    principal_id: UUID
    token: str | None = None
    is_accepting: bool = False
    visitor_state: VisitorState | None = None
    operator_state: OperatorState | None = None
    online_operator_ids: list[UUID] = field(default_factory=list)
    online_visitor_ids: list[UUID] = field(default_factory=list)


class Delivery(Frame, frozen=True, kw_only=True, tag="event", omit_defaults=True):
    """A recorded event with the rows that it touched, as they are now. `removed` names conversations that left this
    stream. A client that knows nothing of the event's type still puts the rows in place of those it has."""

    offset: int
    event: AnyEvent
    conversations: list[Conversation] = field(default_factory=list)
    visitor_conversations: list[VisitorConversation] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)
    public_operators: list[PublicOperator] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    removed: list[UUID] = field(default_factory=list)


class Ack(Frame, frozen=True, kw_only=True, tag="ack"):
    """The command is stored, on disk. For messages with the place where the message stands."""

    client_id: str
    conversation_id: UUID | None = None
    seq: int | None = None


class Refused(Frame, frozen=True, kw_only=True, tag="refused"):
    """The command was not done and nothing was stored. With `retry_after_seconds` send the same command again;
    until then the messages sent after it on this connection are refused too, so that order holds. Without a
    `client_id` it was no command: `hello` was refused, and the connection closes, or a frame could not be read.
    """

    error: Problem
    client_id: str | None = None


class Typing(Frame, frozen=True, kw_only=True, tag="typing"):
    """Signal: the other side, or a colleague, types. Lapses after 8 seconds."""

    conversation_id: UUID
    author_kind: AuthorKind
    is_typing: bool
    operator_id: UUID | None = None


class VisitorPresence(Frame, frozen=True, kw_only=True, tag="visitor_presence"):
    """Signal to operators: a visitor came, moved to another page, or left."""

    visitor_id: UUID
    contact_id: UUID
    is_online: bool
    page: Page | None = None


class OperatorPresence(Frame, frozen=True, kw_only=True, tag="operator_presence"):
    """Signal to operators: a colleague's console connected or left."""

    operator_id: UUID
    is_online: bool


class Accepting(Frame, frozen=True, kw_only=True, tag="accepting"):
    """Signal to visitors: somebody is there to answer now, or nobody is."""

    is_accepting: bool


class Pong(Frame, frozen=True, kw_only=True, tag="pong"):
    """I am here. `offset` is the newest event sent to this connection: a client that holds less has a gap and
    reconnects.
    """

    offset: int


ServerFrame = Welcome | Delivery | Ack | Refused | Typing | VisitorPresence | OperatorPresence | Accepting | Pong
