"""What can happen: every recorded fact, as one tagged union.

Events carry ids and small facts, never people's text: readers join the rows when sending, so that erasing a row erases
it everywhere. `contact_id` and `site_id` together name the visitor's stream. An event is written in the transaction of
the change that it records. Processes and clients skip types and fields that they do not know.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta, Struct

from klepet.model.words import AuthorKind, Availability, MessageKind, Role, Side


class Event(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Base of all events. `is_public`: webhooks may carry it."""

    is_public: ClassVar[bool] = True


class ConversationEvent(Event, frozen=True, kw_only=True):
    """Something that happened in a conversation; `by` and `operator_id` say who did it."""

    conversation_id: UUID
    contact_id: UUID
    site_id: UUID


class ConversationCreated(ConversationEvent, frozen=True, kw_only=True, tag="conversation.created"):
    """A visitor's first message opened a conversation; it stands in the queue."""


class MessageSent(ConversationEvent, frozen=True, kw_only=True, tag="message.sent"):
    """A message, note or system line was appended to a transcript."""

    seq: int
    kind: MessageKind
    author_kind: AuthorKind
    operator_id: UUID | None = None


class ReceiptAdvanced(ConversationEvent, frozen=True, kw_only=True, tag="receipt.advanced"):
    """One side's client acknowledged (`delivered_seq`) or showed (`read_seq`) messages of the other."""

    is_public: ClassVar[bool] = False
    side: Side
    delivered_seq: int
    read_seq: int


class ConversationAssigned(ConversationEvent, frozen=True, kw_only=True, tag="conversation.assigned"):
    """An operator holds the conversation now; `previous_operator_id` held it before."""

    operator_id: UUID
    previous_operator_id: UUID | None = None


class ConversationUnassigned(ConversationEvent, frozen=True, kw_only=True, tag="conversation.unassigned"):
    """The conversation went back to the queue."""

    previous_operator_id: UUID


class ConversationClosed(ConversationEvent, frozen=True, kw_only=True, tag="conversation.closed"):
    """One side ended the conversation."""

    by: AuthorKind
    operator_id: UUID | None = None


class ConversationReopened(ConversationEvent, frozen=True, kw_only=True, tag="conversation.reopened"):
    """A closed conversation goes on: the visitor wrote again, or an operator reopened it."""

    by: AuthorKind
    operator_id: UUID | None = None


class ConversationRated(ConversationEvent, frozen=True, kw_only=True, tag="conversation.rated"):
    """The visitor rated the conversation, 1 (bad) to 5 (good)."""

    score: int


class ConversationMoved(ConversationEvent, frozen=True, kw_only=True, tag="conversation.moved"):
    """The conversation belongs to another contact now, because its visitor was identified: it leaves the stream of
    `previous_contact_id` and enters that of `contact_id`."""

    is_public: ClassVar[bool] = False
    previous_contact_id: UUID


class ConversationErased(ConversationEvent, frozen=True, kw_only=True, tag="conversation.erased"):
    """The conversation's rows are gone for good."""


class ContactEvent(Event, frozen=True, kw_only=True):
    """Something that happened to a contact."""

    contact_id: UUID
    site_id: UUID | None = None


class ContactCreated(ContactEvent, frozen=True, kw_only=True, tag="contact.created"):
    """A visitor wrote or was identified for the first time."""


class ContactIdentified(ContactEvent, frozen=True, kw_only=True, tag="contact.identified"):
    """A visitor proved by a signed identity who it is."""

    visitor_id: UUID


class ContactUpdated(ContactEvent, frozen=True, kw_only=True, tag="contact.updated"):
    """Name, address or attributes of a contact changed."""


class ContactErased(ContactEvent, frozen=True, kw_only=True, tag="contact.erased"):
    """Everything that klepet knew of a contact is gone."""


class OrderReported(ContactEvent, frozen=True, kw_only=True, tag="order.reported"):
    """The shop reported an order of this contact."""

    order_id: UUID
    conversation_id: UUID | None = None


class OperatorEvent(Event, frozen=True, kw_only=True):
    """Something that happened to an operator's account; `by_operator_id` did it."""

    operator_id: UUID
    by_operator_id: UUID | None = None


class OperatorJoined(OperatorEvent, frozen=True, kw_only=True, tag="operator.joined"):
    """A new operator accepted an invitation, or the owner was set up."""

    role: Role


class OperatorUpdated(OperatorEvent, frozen=True, kw_only=True, tag="operator.updated"):
    """Name, photo, role, address or language changed."""


class OperatorAvailabilityChanged(OperatorEvent, frozen=True, kw_only=True, tag="operator.availability_changed"):
    """An operator chose to accept conversations, or not."""

    availability: Availability


class OperatorDisabled(OperatorEvent, frozen=True, kw_only=True, tag="operator.disabled"):
    """The account may no longer sign in; its sessions have ended."""


class OperatorEnabled(OperatorEvent, frozen=True, kw_only=True, tag="operator.enabled"):
    """A disabled account may sign in again."""


class SiteEvent(Event, frozen=True, kw_only=True):
    """Something that happened to a site's settings."""

    site_id: UUID
    by_operator_id: UUID | None = None


class SiteCreated(SiteEvent, frozen=True, kw_only=True, tag="site.created"):
    """A site was added."""


class SiteUpdated(SiteEvent, frozen=True, kw_only=True, tag="site.updated"):
    """Name or settings of a site changed."""


class AdminEvent(Event, frozen=True, kw_only=True):
    """A change that only owners see and no webhook carries. `subject_id` is the changed row."""

    is_public: ClassVar[bool] = False
    subject_id: UUID
    by_operator_id: UUID | None = None


class LinkCreated(AdminEvent, frozen=True, kw_only=True, tag="link.created"):
    """A one-time link was made: set-up, invitation or password reset."""


class LinkUsed(AdminEvent, frozen=True, kw_only=True, tag="link.used"):
    """A one-time link was used up."""


class SessionStarted(AdminEvent, frozen=True, kw_only=True, tag="session.started"):
    """An operator signed in. `subject_id` is the operator."""


class SessionEnded(AdminEvent, frozen=True, kw_only=True, tag="session.ended"):
    """One or all sessions of an operator ended. `subject_id` is the operator."""


class PasswordChanged(AdminEvent, frozen=True, kw_only=True, tag="password.changed"):
    """An operator has a new password. `subject_id` is the operator."""


class SiteSecretCreated(AdminEvent, frozen=True, kw_only=True, tag="site_secret.created"):
    """A new identity secret of a site. `subject_id` is the key id's row."""


class SiteSecretRevoked(AdminEvent, frozen=True, kw_only=True, tag="site_secret.revoked"):
    """An identity secret no longer counts."""


class ApiTokenCreated(AdminEvent, frozen=True, kw_only=True, tag="api_token.created"):
    """An API token was made."""


class ApiTokenRevoked(AdminEvent, frozen=True, kw_only=True, tag="api_token.revoked"):
    """An API token no longer counts."""


class WebhookCreated(AdminEvent, frozen=True, kw_only=True, tag="webhook.created"):
    """A webhook was added."""


class WebhookUpdated(AdminEvent, frozen=True, kw_only=True, tag="webhook.updated"):
    """A webhook's address, events or switch changed."""


class WebhookDeleted(AdminEvent, frozen=True, kw_only=True, tag="webhook.deleted"):
    """A webhook was removed."""


AnyEvent = (
    ConversationCreated
    | MessageSent
    | ReceiptAdvanced
    | ConversationAssigned
    | ConversationUnassigned
    | ConversationClosed
    | ConversationReopened
    | ConversationRated
    | ConversationMoved
    | ConversationErased
    | ContactCreated
    | ContactIdentified
    | ContactUpdated
    | ContactErased
    | OrderReported
    | OperatorJoined
    | OperatorUpdated
    | OperatorAvailabilityChanged
    | OperatorDisabled
    | OperatorEnabled
    | SiteCreated
    | SiteUpdated
    | LinkCreated
    | LinkUsed
    | SessionStarted
    | SessionEnded
    | PasswordChanged
    | SiteSecretCreated
    | SiteSecretRevoked
    | ApiTokenCreated
    | ApiTokenRevoked
    | WebhookCreated
    | WebhookUpdated
    | WebhookDeleted
)

EVENT_TYPES: dict[str, type[Event]] = {str(kind.__struct_config__.tag): kind for kind in AnyEvent.__args__}
PUBLIC_EVENT_TYPES = tuple(name for name, kind in EVENT_TYPES.items() if kind.is_public)

EventOffset = Annotated[int, Meta(ge=1)]
