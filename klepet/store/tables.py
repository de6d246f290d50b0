"""Every table. Ids are UUIDv7, instants are aware UTC, enumerations are text, money is decimal text with its currency.

History lives here, not in the log: messages, and interval rows for assignments and operator states. People's
text stands in as few columns as possible (messages.text, contacts, visitors, page_views, site_events, orders),
so that erasing is deleting rows.

Migrations make the tables, and say `postgresql_where` beside each `sqlite_where`: named here, it would load the dialect
of PostgreSQL, 3 MiB, for everybody.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from klepet.model.views import Browser, OrderItem, Page, SiteSettings, SystemFact
from klepet.store.column_types import Json, id_type, instant_type

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = id_type()
Instant = instant_type()

# The log, and who has read how far.

log_head = Table(
    "log_head",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("offset", BigInteger, nullable=False),
    Column("epoch", Text, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

events = Table(
    "events",
    metadata,
    Column("offset", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("contact_id", Id),
    Column("payload", Text, nullable=False),
    Index(None, "contact_id", "offset"),
    Index(
        "ix_events_operator_updated",
        "offset",
        sqlite_where=text("type = 'operator.updated'"),
    ),
)

cursors = Table(
    "cursors",
    metadata,
    Column("listener", Text, primary_key=True),
    Column("offset", BigInteger, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", Json(dict), nullable=False),
    Column("run_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("leased_until", Instant),
    Column("parked_at", Instant),
    Column("last_error", Text),
    Index(None, "parked_at", "run_at"),
)

answers = Table(
    "answers",
    metadata,
    Column("principal", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False, index=True),
    comment="answers to requests with an Idempotency-Key, kept for 24 hours",
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("subject_id", Id, nullable=False, unique=True),
    Column("subject_kind", Text, nullable=False),
    Column("by_operator_id", Id, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, index=True),
    comment="that a contact or conversation was erased, when and by whom; nothing of what it was",
)

# Sites and people.

sites = Table(
    "sites",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("settings", Json(SiteSettings), nullable=False),
    Column("created_at", Instant, nullable=False),
)

inboxes = Table(
    "inboxes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("site_id", Id, ForeignKey("sites.id")),
    Column("created_at", Instant, nullable=False),
    Index(None, "site_id"),
)

site_secrets = Table(
    "site_secrets",
    metadata,
    Column("id", Text, primary_key=True, comment="the key id that signed identities name"),
    Column("site_id", Id, ForeignKey("sites.id"), nullable=False, index=True),
    Column("secret", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

site_checks = Table(
    "site_checks",
    metadata,
    Column("site_id", Id, ForeignKey("sites.id"), primary_key=True),
    Column("origin", Text, primary_key=True),
    Column("page", Text, primary_key=True),
    Column("first_at", Instant, nullable=False),
    Column("last_at", Instant, nullable=False),
    Column("count", Integer, nullable=False),
    Column("refused_reason", Text),
    comment="from where the tag last asked; at most 200 rows a site",
)

operators = Table(
    "operators",
    metadata,
    Column("id", Id, primary_key=True),
    Column("email", Text, nullable=False, unique=True, comment="lower case"),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("photo_file", Text),
    Column("language", Text, nullable=False),
    Column("availability", Text, nullable=False),
    Column("preferences", Json(dict), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("last_seen_at", Instant, comment="of the newest request while signed in, noted every ten minutes at most"),
)

operator_states = Table(
    "operator_states",
    metadata,
    Column("id", Id, primary_key=True),
    Column("operator_id", Id, ForeignKey("operators.id"), nullable=False),
    Column("availability", Text, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Index(None, "operator_id", "started_at"),
    comment="intervals of what each operator chose, for every report on time at work",
)

operator_sessions = Table(
    "operator_sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("operator_id", Id, ForeignKey("operators.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("user_agent", Text, nullable=False),
)

links = Table(
    "links",
    metadata,
    Column("id", Id, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("operator_id", Id, ForeignKey("operators.id")),
    Column("email", Text),
    Column("name", Text),
    Column("role", Text),
    Column("created_by", Id),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("operator_id", Id, ForeignKey("operators.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
    Column("expires_at", Instant),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("attributes", Json(dict), nullable=False),
    Column("folded", Text, nullable=False, comment="name, address and phone folded, for finding a contact"),
    Column("created_at", Instant, nullable=False),
)

identities = Table(
    "identities",
    metadata,
    Column("inbox_id", Id, ForeignKey("inboxes.id"), primary_key=True),
    Column(
        "address", Text, primary_key=True, comment="on a website: the site's own user id, proved by a signed identity"
    ),
    Column("contact_id", Id, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
)

visitors = Table(
    "visitors",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site_id", Id, ForeignKey("sites.id"), nullable=False),
    Column("contact_id", Id, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("browser", Json(Browser)),
    Column("language", Text),
    Column("time_zone", Text),
    Column("visit_count", Integer, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
)

visits = Table(
    "visits",
    metadata,
    Column("id", Id, primary_key=True),
    Column("visitor_id", Id, ForeignKey("visitors.id"), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("referrer", Text),
    Column("landing_page", Text),
    Column("page_count", Integer, nullable=False),
    Index(None, "visitor_id", "started_at"),
)

page_views = Table(
    "page_views",
    metadata,
    Column("id", Id, primary_key=True),
    Column("visit_id", Id, ForeignKey("visits.id"), nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

site_events = Table(
    "site_events",
    metadata,
    Column("id", Id, primary_key=True),
    Column("visitor_id", Id, ForeignKey("visitors.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("data", Json(dict), nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

orders = Table(
    "orders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("site_id", Id, ForeignKey("sites.id"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("contact_id", Id, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("conversation_id", Id),
    Column("value", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("items", Json(list[OrderItem]), nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("site_id", "external_id"),
)

# Conversations.

conversations = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("number", BigInteger, nullable=False, unique=True),
    Column("inbox_id", Id, ForeignKey("inboxes.id"), nullable=False),
    Column("site_id", Id, ForeignKey("sites.id"), nullable=False),
    Column("contact_id", Id, ForeignKey("contacts.id"), nullable=False),
    Column("visitor_id", Id, ForeignKey("visitors.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("assignee_id", Id, ForeignKey("operators.id")),
    Column("last_seq", BigInteger, nullable=False),
    Column("last_line_seq", BigInteger, nullable=False, comment="seq of the newest text or note"),
    Column("visitor_last_seq", BigInteger, nullable=False, comment="seq of the newest entry that is no note"),
    Column("last_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("queued_at", Instant),
    Column("assigned_at", Instant),
    Column("first_visitor_message_at", Instant),
    Column("first_operator_reply_at", Instant),
    Column("waiting_since", Instant),
    Column("closed_at", Instant),
    Column("closed_by", Text),
    Column("visitor_delivered_seq", BigInteger, nullable=False),
    Column("visitor_read_seq", BigInteger, nullable=False),
    Column("operator_delivered_seq", BigInteger, nullable=False),
    Column("operator_read_seq", BigInteger, nullable=False),
    Column("unread_count", Integer, nullable=False, comment="visitor messages past operator_read_seq"),
    Column("visitor_unread_count", Integer, nullable=False, comment="operator messages past visitor_read_seq"),
    Column("rating", Integer),
    Column("rating_comment", Text),
    Column("language", Text),
    Column("started_on", Json(Page)),
    # None over what a message changes: it would be written with each of them.
    Index(None, "contact_id"),
    Index(None, "closed_at", "assignee_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("conversation_id", Id, ForeignKey("conversations.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("author_kind", Text, nullable=False),
    Column("author_id", Id, comment="operator, bot or visitor"),
    Column("text", Text, nullable=False),
    Column("fact", Json(SystemFact)),
    Column("client_id", Text),
    Column("at", Instant, nullable=False),
    Index(
        "uq_messages_author_client",
        "author_id",
        "client_id",
        unique=True,
        sqlite_where=text("client_id IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

assignments = Table(
    "assignments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", Id, ForeignKey("conversations.id"), nullable=False, index=True),
    Column("operator_id", Id, ForeignKey("operators.id"), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("end_reason", Text, comment="transferred, unassigned, closed"),
    Index(None, "operator_id", "started_at"),
)

# Search: the durable search listener writes here. The words stand in an engine's own index (SQLite: the
# contentless FTS5 table
# `search_words`, whose rowid is `id`), folded by kit/fold.py before they get there.

search_entries = Table(
    "search_entries",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("conversation_id", Id, ForeignKey("conversations.id"), nullable=False),
    Column("seq", BigInteger, nullable=False),
    UniqueConstraint("conversation_id", "seq"),
    sqlite_autoincrement=True,
)

# Webhooks.

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("events", Json(list[str]), nullable=False),
    Column("is_enabled", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("old_secret", Text, comment="signs beside the new one until then"),
    Column("old_secret_until", Instant),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("webhook_id", Id, ForeignKey("webhooks.id"), nullable=False),
    Column("event_type", Text, nullable=False),
    Column("event_offset", BigInteger, nullable=False),
    Column(
        "event",
        Text,
        nullable=False,
        comment="the event as recorded: ids and small facts; rows are joined when sending",
    ),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("status_code", Integer),
    Column("error", Text),
    Column("created_at", Instant, nullable=False),
    Column("next_attempt_at", Instant),
    Column("failure", Text, comment="what kind of error it was"),
    Index(None, "webhook_id", "created_at"),
    UniqueConstraint("webhook_id", "event_offset"),
)
