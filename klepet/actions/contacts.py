"""What is known of a contact: changed by operators, or as the visitor's page claims it."""

from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from klepet.actions.lines import clean_email, clean_optional_line
from klepet.model.errors import Invalid, NotAllowed, NotFound
from klepet.model.events import ContactUpdated
from klepet.model.limits import ATTRIBUTES_MAX, PHONE_CHARS, Attributes
from klepet.model.permissions import Permission
from klepet.model.ports import Transaction
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from klepet.model.views import Contact, ContactDetails
from klepet.store import contacts, sites


class ContactChanges(Struct, frozen=True, kw_only=True):
    """What changes of a contact: what is not given stays, null and empty text remove.

    Attributes are merged; null removes one.
    """

    name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    attributes: Attributes | UnsetType = UNSET


def change_contact(tx: Transaction, principal: OperatorPrincipal, contact_id: UUID, changes: ContactChanges) -> Contact:
    """Change what is known of a contact."""
    principal.require(Permission.SEE_CONTACTS)
    return _change(tx, contact_id, changes, site_id=None)


def describe_contact(tx: Transaction, principal: VisitorPrincipal, details: ContactDetails) -> Contact:
    """Take over what the page says of its visitor, unsigned. Refused where the site demands signed identity."""
    site = sites.by_id(tx, principal.site_id)
    if site is None or site.settings.is_signed_identity_required:
        raise NotAllowed("this site takes only signed statements of who its visitors are")
    changes = ContactChanges(
        name=details.name or UNSET,
        email=details.email or UNSET,
        phone=details.phone or UNSET,
        attributes=details.attributes,
    )
    return _change(tx, principal.contact_id, changes, site_id=principal.site_id)


def _change(tx: Transaction, contact_id: UUID, changes: ContactChanges, *, site_id: UUID | None) -> Contact:
    contact = contacts.by_id(tx, contact_id)
    if contact is None:
        raise NotFound("there is no such contact")
    name = contact.name if changes.name is UNSET else clean_optional_line(changes.name, "name")
    phone = contact.phone if changes.phone is UNSET else clean_optional_line(changes.phone, "phone", PHONE_CHARS)
    email = contact.email
    if changes.email is not UNSET:
        email = clean_email(changes.email) if changes.email and changes.email.strip() else None
    attributes = merge_attributes(contact.attributes, {} if changes.attributes is UNSET else changes.attributes)
    if (name, email, phone, attributes) == (contact.name, contact.email, contact.phone, contact.attributes):
        return contact
    contacts.change(tx, contact_id, name=name, email=email, phone=phone, attributes=attributes)
    tx.record(ContactUpdated(contact_id=contact_id, site_id=site_id))
    changed = contacts.by_id(tx, contact_id)
    assert changed is not None
    return changed


def merge_attributes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """The old attributes with the new ones in their place; null removes one. Raises Invalid for too many."""
    merged = {name: value for name, value in (old | new).items() if value is not None}
    if len(merged) > ATTRIBUTES_MAX:
        raise Invalid(f"a contact has at most {ATTRIBUTES_MAX} attributes", field="attributes", limit=ATTRIBUTES_MAX)
    return merged


def merge_signed_attributes(old: dict[str, Any], signed: dict[str, Any]) -> dict[str, Any]:
    """The same where the new ones are signed: they have room in any case, the old ones as far as there is some left."""
    told = {name: value for name, value in signed.items() if value is not None}
    others = [item for item in old.items() if item[0] not in signed]
    return dict(others[: max(0, ATTRIBUTES_MAX - len(told))]) | told
