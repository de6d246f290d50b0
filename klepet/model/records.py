"""Rows that are more than storage and less than a noun: what administration shows and background work passes on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from klepet.model.words import DeliveryFailure, DeliveryState, ErasureState, ErasureSubject, LinkKind, Role


class Link(Struct, frozen=True):
    """A one-time link."""

    id: UUID
    kind: LinkKind
    operator_id: UUID | None
    email: str | None
    name: str | None
    role: Role | None
    created_by: UUID | None
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class SiteSecret(Struct, frozen=True):
    """An identity secret without the secret. `id` is the `kid` that signed identities name."""

    id: str
    created_at: datetime


class SiteCheck(Struct, frozen=True):
    """From where the tag asked, and why it was refused, if it was."""

    origin: str
    page: str
    first_at: datetime
    last_at: datetime
    count: int
    refused_reason: str | None


class ApiToken(Struct, frozen=True):
    """An API token without what is secret of it. It acts as the operator who made it, with a role not above theirs."""

    id: UUID
    name: str
    role: Role
    operator_id: UUID
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None = None


class Webhook(Struct, frozen=True):
    """A webhook without its secret. `old_secret_until`: so long the secret before it signs too."""

    id: UUID
    url: str
    events: list[str]
    is_enabled: bool
    created_at: datetime
    old_secret_until: datetime | None = None


class StoredDelivery(Struct, frozen=True):
    """One event on its way to one webhook. `event` is the event as recorded."""

    id: UUID
    webhook_id: UUID
    event_type: str
    event: str
    state: DeliveryState
    attempts: int
    status_code: int | None
    error: str | None
    created_at: datetime
    next_attempt_at: datetime | None
    failure: DeliveryFailure | None = None


class Erasure(Struct, frozen=True):
    """That a contact or conversation is being, or was, erased: nothing of what it was."""

    id: UUID
    subject_id: UUID
    subject_kind: ErasureSubject
    by_operator_id: UUID
    state: ErasureState
    started_at: datetime
    finished_at: datetime | None


class Answer(Struct, frozen=True):
    """What a request was answered, and a hash of what it asked."""

    request_hash: bytes
    status: int
    body: str


class StoredJob(Struct, frozen=True):
    """A job to be run. `attempts` counts this one, which has begun."""

    id: UUID
    kind: str
    payload: dict[str, Any]
    attempts: int


class PlannedJob(Struct, frozen=True):
    """A job that returns: when it is due, and what went wrong the last time; "" where nothing did, None before it."""

    run_at: datetime
    last_error: str | None
    parked_at: datetime | None


class WebhookPayload(Struct, frozen=True):
    """What a webhook is sent: in `data` the event's fields with the rows it touched, as they are when sending."""

    type: str
    timestamp: datetime
    data: dict[str, Any]
