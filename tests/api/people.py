"""Rows that visitors bring: contacts, visitors, conversations, put straight into the store."""

from typing import Any
from uuid import UUID

from sqlalchemy import inspect

from klepet.kit.tokens import new_token, token_hash
from klepet.model.principals import VisitorPrincipal
from klepet.model.views import Contact
from klepet.model.words import MessageKind
from klepet.store import contacts
from klepet.store.tables import visitors


def add_contact(klepet: Any, **values: Any) -> str:
    """A contact; its id."""
    now = klepet.clock.now()
    fields = {"name": None, "email": None, "phone": None, "attributes": {}} | values
    contact = Contact(id=klepet.ids(), user_id=None, created_at=now, **fields)
    klepet.write(lambda tx: contacts.insert(tx, contact))
    return str(contact.id)


def add_visitor(klepet: Any, contact_id: str, site_id: str) -> VisitorPrincipal:
    """A visitor of a contact on a site."""
    now = klepet.clock.now()
    principal = VisitorPrincipal(visitor_id=klepet.ids(), contact_id=UUID(contact_id), site_id=UUID(site_id))
    values = {
        "id": principal.visitor_id,
        "site_id": principal.site_id,
        "contact_id": principal.contact_id,
        "token_hash": token_hash(new_token()),
        "browser": None,
        "language": "en",
        "time_zone": None,
        "visit_count": 1,
        "first_seen_at": now,
        "last_seen_at": now,
    }
    klepet.write(lambda tx: tx.conn.execute(visitors.insert().values(**values)))
    return principal


def say(klepet: Any, visitor: VisitorPrincipal, text: str) -> str:
    """A visitor writes; the conversation's id."""
    from klepet.actions.messages import Draft, send_message

    draft = Draft(visitor, new_token()[:20], text, None, MessageKind.TEXT, klepet.clock.now(), klepet.ids)
    return str(klepet.write(lambda tx: send_message(tx, draft)).conversation_id)


def stored_text(klepet: Any) -> str:
    """All text in all rows of all tables."""

    def read(reader: Any) -> str:
        names = inspect(reader.conn).get_table_names()
        return str([reader.conn.exec_driver_sql(f'SELECT * FROM "{name}"').fetchall() for name in names])

    text: str = klepet.read(read)
    return text
