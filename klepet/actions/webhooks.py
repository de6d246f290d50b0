"""Webhooks: adding, changing and removing them, and sending a delivery again. What is sent: `actions/deliveries.py`."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import structs

from klepet.actions.lines import clean_line
from klepet.kit.addresses import AddressRefusedError, check_public_address
from klepet.model.errors import Invalid, NotFound, TooMany
from klepet.model.events import PUBLIC_EVENT_TYPES, WebhookCreated, WebhookDeleted, WebhookUpdated
from klepet.model.limits import ERASE_ROWS, URL_CHARS, WEBHOOKS_MAX
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import Webhook
from klepet.store import webhooks

OLD_SECRET_SIGNS = timedelta(hours=24)


def create_webhook(
    tx: Transaction,
    principal: OperatorPrincipal,
    *,
    url: str,
    events: Sequence[str],
    is_enabled: bool,
    secret: str,
    is_plain_http_allowed: bool,
    now: datetime,
    ids: Ids,
) -> Webhook:
    """Add a webhook."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    if webhooks.count(tx) >= WEBHOOKS_MAX:
        raise TooMany(f"there may be at most {WEBHOOKS_MAX} webhooks", limit=WEBHOOKS_MAX)
    webhook = Webhook(
        id=ids(),
        url=check_url(url, is_plain_http_allowed=is_plain_http_allowed),
        events=check_events(events),
        is_enabled=is_enabled,
        created_at=now,
    )
    webhooks.insert(tx, webhook, secret)
    tx.record(WebhookCreated(subject_id=webhook.id, by_operator_id=principal.operator_id))
    return webhook


def change_webhook(
    tx: Transaction,
    principal: OperatorPrincipal,
    webhook_id: UUID,
    *,
    url: str | None,
    events: Sequence[str] | None,
    is_enabled: bool | None,
    is_plain_http_allowed: bool,
) -> Webhook:
    """Change a webhook's address, events or switch; None leaves it as it is."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    webhook = webhooks.by_id(tx, webhook_id)
    if webhook is None:
        raise NotFound("there is no such webhook")
    changed = structs.replace(
        webhook,
        url=webhook.url if url is None else check_url(url, is_plain_http_allowed=is_plain_http_allowed),
        events=webhook.events if events is None else check_events(events),
        is_enabled=webhook.is_enabled if is_enabled is None else is_enabled,
    )
    webhooks.change(tx, webhook_id, url=changed.url, events=changed.events, is_enabled=changed.is_enabled)
    tx.record(WebhookUpdated(subject_id=webhook_id, by_operator_id=principal.operator_id))
    return changed


def replace_webhook_secret(
    tx: Transaction, principal: OperatorPrincipal, webhook_id: UUID, secret: str, *, now: datetime
) -> Webhook:
    """Give a webhook another secret. For a day both sign, so that its receiver can follow without losing anything."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    if webhooks.by_id(tx, webhook_id) is None:
        raise NotFound("there is no such webhook")
    webhooks.replace_secret(tx, webhook_id, secret, old_until=now + OLD_SECRET_SIGNS)
    tx.record(WebhookUpdated(subject_id=webhook_id, by_operator_id=principal.operator_id))
    changed = webhooks.by_id(tx, webhook_id)
    assert changed is not None
    return changed


def delete_webhook(tx: Transaction, principal: OperatorPrincipal, webhook_id: UUID) -> bool:
    """Remove some of a webhook's deliveries, and with the last of them the webhook; tells whether it is gone."""
    principal.require(Permission.MANAGE_INTEGRATIONS)
    webhook = webhooks.by_id(tx, webhook_id)
    if webhook is None:
        raise NotFound("there is no such webhook")
    if webhook.is_enabled:  # nothing more is sent while the deliveries go
        webhooks.change(tx, webhook_id, url=webhook.url, events=webhook.events, is_enabled=False)
        tx.record(WebhookUpdated(subject_id=webhook_id, by_operator_id=principal.operator_id))
    if webhooks.remove_deliveries(tx, webhook_id, limit=ERASE_ROWS) == ERASE_ROWS:
        return False
    webhooks.remove(tx, webhook_id)
    tx.record(WebhookDeleted(subject_id=webhook_id, by_operator_id=principal.operator_id))
    return True


def check_url(text: str, *, is_plain_http_allowed: bool) -> str:
    """The address of a webhook. Raises Invalid. Where it leads is checked at each sending."""
    url = clean_line(text, "url", URL_CHARS)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Invalid("this is no web address", field="url") from None
    schemes = ("https", "http") if is_plain_http_allowed else ("https",)
    if parts.scheme not in schemes or not host or port == 0 or any(character.isspace() for character in url):
        raise Invalid(f"an address starts with {' or '.join(f'{scheme}://' for scheme in schemes)}", field="url")
    if parts.username is not None or parts.password is not None:
        raise Invalid("an address holds no user name and no password", field="url")
    if parts.fragment:
        raise Invalid("an address has no fragment", field="url")
    _check_host(host, is_private_allowed=is_plain_http_allowed)
    return url


def _check_host(host: str, *, is_private_allowed: bool) -> None:
    """Refuse at once what is plainly no public place; names are looked up at each sending."""
    name = host.rstrip(".").lower()
    if not is_private_allowed and (name == "localhost" or name.endswith(".localhost")):
        raise Invalid("klepet may not call this address: it is this machine", field="url")
    try:
        check_public_address(host, allow_private=is_private_allowed)
    except AddressRefusedError as error:
        raise Invalid(f"klepet may not call this address: {error}", field="url") from None
    except ValueError:
        pass  # a name, which is looked up when something is sent


def check_events(events: Sequence[str]) -> list[str]:
    """The event types without repetition, in the order of the catalogue. Raises Invalid."""
    unknown = sorted(set(events) - set(PUBLIC_EVENT_TYPES))
    if unknown:
        raise Invalid(f"there is no public event '{unknown[0][:100]}'; see the catalogue", field="events")
    if not events:
        raise Invalid("a webhook listens to at least one event", field="events")
    return [name for name in PUBLIC_EVENT_TYPES if name in events]
