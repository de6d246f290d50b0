"""The first schema: revision 0001, after nothing."""

import sqlalchemy as sa
from alembic import op

from klepet.store import column_types as types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
    answers contacts cursors events jobs log_head operators sites webhooks api_tokens inboxes links
    operator_sessions operator_states orders site_checks site_secrets visitors webhook_deliveries conversations
    identities site_events visits assignments messages page_views search_entries
""".split()  # noqa: SIM905 - a name a line would make the module too long


def upgrade() -> None:
    """Bring the schema to this revision."""
    _create_part_1()
    _create_part_2()
    _create_part_3()
    _create_part_4()
    _create_part_5()
    _create_part_6()
    _create_part_7()
    _create_part_8()
    _create_part_9()
    _create_part_10()
    _create_part_11()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5("
            "words, content='', prefix='2 3', tokenize='unicode61 remove_diacritics 0')"
        )
        # Segments are merged in small steps by whoever adds words (store/search.py), never many at once in a commit.
        for option, value in (("secure-delete", 1), ("automerge", 0), ("usermerge", 8), ("crisismerge", 64)):
            op.execute(f"INSERT INTO search_words (search_words, rank) VALUES ('{option}', {value})")  # noqa: S608 - words of this line
    else:
        op.execute("CREATE TABLE search_words (id bigint PRIMARY KEY, words tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_search_words_words ON search_words USING gin (words)")


def downgrade() -> None:
    """Take the schema back to nothing."""
    op.drop_table("search_words")
    for table in reversed(_TABLES):
        op.drop_table(table)


def _create_part_1() -> None:
    op.create_table(
        "answers",
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_answers")),
        comment="answers to requests with an Idempotency-Key, kept for 24 hours",
    )
    op.create_index(op.f("ix_answers_created_at"), "answers", ["created_at"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("attributes", types.Json(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False, comment="name, address and phone folded, for finding a contact"),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
    )
    op.create_table(
        "cursors",
        sa.Column("listener", sa.Text(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("listener", name=op.f("pk_cursors")),
    )
    op.create_table(
        "events",
        sa.Column("offset", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", types.instant_type(), nullable=False),
        sa.Column("contact_id", types.id_type(), nullable=True),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("offset", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_contact_id_offset"), "events", ["contact_id", "offset"], unique=False)
    of_operators = sa.text("type = 'operator.updated'")
    op.create_index(
        "ix_events_operator_updated", "events", ["offset"], sqlite_where=of_operators, postgresql_where=of_operators
    )


def _create_part_2() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", types.Json(), nullable=False),
        sa.Column("run_at", types.instant_type(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("leased_until", types.instant_type(), nullable=True),
        sa.Column("parked_at", types.instant_type(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_parked_at_run_at"), "jobs", ["parked_at", "run_at"], unique=False)
    op.create_table(
        "log_head",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_log_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.create_table(
        "operators",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False, comment="lower case"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("photo_file", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("availability", sa.Text(), nullable=False),
        sa.Column("preferences", types.Json(), nullable=False),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.Column("disabled_at", types.instant_type(), nullable=True),
        sa.Column(
            "last_seen_at",
            types.instant_type(),
            nullable=True,
            comment="of the newest request while signed in, noted every ten minutes at most",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operators")),
        sa.UniqueConstraint("email", name=op.f("uq_operators_email")),
    )


def _create_part_3() -> None:
    op.create_table(
        "sites",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settings", types.Json(), nullable=False),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("key", name=op.f("uq_sites_key")),
    )
    op.create_table(
        "webhooks",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("events", types.Json(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("operator_id", types.id_type(), nullable=False),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.Column("last_used_at", types.instant_type(), nullable=True),
        sa.Column("revoked_at", types.instant_type(), nullable=True),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_api_tokens_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )


def _create_part_4() -> None:
    op.create_table(
        "inboxes",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("site_id", types.id_type(), nullable=True),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_inboxes_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inboxes")),
    )
    op.create_index(op.f("ix_inboxes_site_id"), "inboxes", ["site_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("operator_id", types.id_type(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("created_by", types.id_type(), nullable=True),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.Column("expires_at", types.instant_type(), nullable=False),
        sa.Column("used_at", types.instant_type(), nullable=True),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_links_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
    )
    op.create_table(
        "operator_sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("operator_id", types.id_type(), nullable=False),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.Column("last_used_at", types.instant_type(), nullable=False),
        sa.Column("expires_at", types.instant_type(), nullable=False),
        sa.Column("user_agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_operator_sessions_operator_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_operator_sessions")),
    )
    op.create_index(op.f("ix_operator_sessions_operator_id"), "operator_sessions", ["operator_id"], unique=False)


def _create_part_5() -> None:
    op.create_table(
        "operator_states",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("operator_id", types.id_type(), nullable=False),
        sa.Column("availability", sa.Text(), nullable=False),
        sa.Column("started_at", types.instant_type(), nullable=False),
        sa.Column("ended_at", types.instant_type(), nullable=True),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_operator_states_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_states")),
        comment="intervals of what each operator chose, for every report on time at work",
    )
    op.create_index(
        op.f("ix_operator_states_operator_id_started_at"),
        "operator_states",
        ["operator_id", "started_at"],
        unique=False,
    )
    op.create_table(
        "orders",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("site_id", types.id_type(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("contact_id", types.id_type(), nullable=False),
        sa.Column("conversation_id", types.id_type(), nullable=True),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("items", types.Json(), nullable=False),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_orders_contact_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_orders_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("site_id", "external_id", name=op.f("uq_orders_site_id_external_id")),
    )
    op.create_index(op.f("ix_orders_contact_id"), "orders", ["contact_id"], unique=False)


def _create_part_6() -> None:
    op.create_table(
        "site_checks",
        sa.Column("site_id", types.id_type(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("first_at", types.instant_type(), nullable=False),
        sa.Column("last_at", types.instant_type(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("refused_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_site_checks_site_id")),
        sa.PrimaryKeyConstraint("site_id", "origin", "page", name=op.f("pk_site_checks")),
        comment="from where the tag last asked; at most 200 rows a site",
    )
    op.create_table(
        "site_secrets",
        sa.Column("id", sa.Text(), nullable=False, comment="the key id that signed identities name"),
        sa.Column("site_id", types.id_type(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.Column("revoked_at", types.instant_type(), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_site_secrets_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_secrets")),
    )
    op.create_index(op.f("ix_site_secrets_site_id"), "site_secrets", ["site_id"], unique=False)


def _create_part_7() -> None:
    op.create_table(
        "visitors",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("site_id", types.id_type(), nullable=False),
        sa.Column("contact_id", types.id_type(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("browser", types.Json(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("visit_count", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", types.instant_type(), nullable=False),
        sa.Column("last_seen_at", types.instant_type(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_visitors_contact_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_visitors_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visitors")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_visitors_token_hash")),
    )
    op.create_index(op.f("ix_visitors_contact_id"), "visitors", ["contact_id"], unique=False)
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("webhook_id", types.id_type(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("event_offset", sa.BigInteger(), nullable=False),
        sa.Column(
            "event",
            sa.Text(),
            nullable=False,
            comment="the event as recorded: ids and small facts; rows are joined when sending",
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.Column("next_attempt_at", types.instant_type(), nullable=True),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"], name=op.f("fk_webhook_deliveries_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_deliveries")),
        sa.UniqueConstraint("webhook_id", "event_offset", name=op.f("uq_webhook_deliveries_webhook_id_event_offset")),
    )
    op.create_index(
        op.f("ix_webhook_deliveries_webhook_id_created_at"),
        "webhook_deliveries",
        ["webhook_id", "created_at"],
        unique=False,
    )


def _create_part_8() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("inbox_id", types.id_type(), nullable=False),
        sa.Column("site_id", types.id_type(), nullable=False),
        sa.Column("contact_id", types.id_type(), nullable=False),
        sa.Column("visitor_id", types.id_type(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("assignee_id", types.id_type(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_line_seq", sa.BigInteger(), nullable=False, comment="seq of the newest text or note"),
        sa.Column(
            "visitor_last_seq", sa.BigInteger(), nullable=False, comment="seq of the newest entry that is no note"
        ),
        sa.Column("last_at", types.instant_type(), nullable=False),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.Column("queued_at", types.instant_type(), nullable=True),
        sa.Column("assigned_at", types.instant_type(), nullable=True),
        sa.Column("first_visitor_message_at", types.instant_type(), nullable=True),
        sa.Column("first_operator_reply_at", types.instant_type(), nullable=True),
        sa.Column("waiting_since", types.instant_type(), nullable=True),
        sa.Column("closed_at", types.instant_type(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("visitor_delivered_seq", sa.BigInteger(), nullable=False),
        sa.Column("visitor_read_seq", sa.BigInteger(), nullable=False),
        sa.Column("operator_delivered_seq", sa.BigInteger(), nullable=False),
        sa.Column("operator_read_seq", sa.BigInteger(), nullable=False),
        sa.Column("unread_count", sa.Integer(), nullable=False, comment="visitor messages past operator_read_seq"),
        sa.Column(
            "visitor_unread_count", sa.Integer(), nullable=False, comment="operator messages past visitor_read_seq"
        ),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("rating_comment", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("started_on", types.Json(), nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["operators.id"], name=op.f("fk_conversations_assignee_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_conversations_contact_id")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_conversations_inbox_id")),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_conversations_site_id")),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitors.id"], name=op.f("fk_conversations_visitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("number", name=op.f("uq_conversations_number")),
    )
    op.create_index(op.f("ix_conversations_contact_id"), "conversations", ["contact_id"], unique=False)
    op.create_index(
        op.f("ix_conversations_closed_at_assignee_id"), "conversations", ["closed_at", "assignee_id"], unique=False
    )


def _create_part_9() -> None:
    op.create_table(
        "identities",
        sa.Column("inbox_id", types.id_type(), nullable=False),
        sa.Column(
            "address",
            sa.Text(),
            nullable=False,
            comment="on a website: the site's own user id, proved by a signed identity",
        ),
        sa.Column("contact_id", types.id_type(), nullable=False),
        sa.Column("created_at", types.instant_type(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contacts.id"], name=op.f("fk_identities_contact_id")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inboxes.id"], name=op.f("fk_identities_inbox_id")),
        sa.PrimaryKeyConstraint("inbox_id", "address", name=op.f("pk_identities")),
    )
    op.create_index(op.f("ix_identities_contact_id"), "identities", ["contact_id"], unique=False)
    op.create_table(
        "site_events",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("visitor_id", types.id_type(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("data", types.Json(), nullable=False),
        sa.Column("at", types.instant_type(), nullable=False),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitors.id"], name=op.f("fk_site_events_visitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_events")),
    )
    op.create_index(op.f("ix_site_events_at"), "site_events", ["at"], unique=False)
    op.create_index(op.f("ix_site_events_visitor_id"), "site_events", ["visitor_id"], unique=False)
    op.create_table(
        "visits",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("visitor_id", types.id_type(), nullable=False),
        sa.Column("started_at", types.instant_type(), nullable=False),
        sa.Column("last_seen_at", types.instant_type(), nullable=False),
        sa.Column("referrer", sa.Text(), nullable=True),
        sa.Column("landing_page", sa.Text(), nullable=True),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["visitor_id"], ["visitors.id"], name=op.f("fk_visits_visitor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index(op.f("ix_visits_visitor_id_started_at"), "visits", ["visitor_id", "started_at"], unique=False)


def _create_part_10() -> None:
    op.create_table(
        "assignments",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("conversation_id", types.id_type(), nullable=False),
        sa.Column("operator_id", types.id_type(), nullable=False),
        sa.Column("started_at", types.instant_type(), nullable=False),
        sa.Column("ended_at", types.instant_type(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True, comment="transferred, unassigned, closed"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_assignments_conversation_id")),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_assignments_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_conversation_id"), "assignments", ["conversation_id"], unique=False)
    op.create_index(
        op.f("ix_assignments_operator_id_started_at"), "assignments", ["operator_id", "started_at"], unique=False
    )
    op.create_table(
        "messages",
        sa.Column("conversation_id", types.id_type(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author_kind", sa.Text(), nullable=False),
        sa.Column("author_id", types.id_type(), nullable=True, comment="operator, bot or visitor"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("fact", types.Json(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("at", types.instant_type(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_messages_conversation_id")),
        sa.PrimaryKeyConstraint("conversation_id", "seq", name=op.f("pk_messages")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "uq_messages_author_client",
        "messages",
        ["author_id", "client_id"],
        unique=True,
        sqlite_where=sa.text("client_id IS NOT NULL"),
        postgresql_where=sa.text("client_id IS NOT NULL"),
    )


def _create_part_11() -> None:
    op.create_table(
        "page_views",
        sa.Column("id", types.id_type(), nullable=False),
        sa.Column("visit_id", types.id_type(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("at", types.instant_type(), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visits.id"], name=op.f("fk_page_views_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_views")),
    )
    op.create_index(op.f("ix_page_views_at"), "page_views", ["at"], unique=False)
    op.create_index(op.f("ix_page_views_visit_id"), "page_views", ["visit_id"], unique=False)
    op.create_table(
        "search_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("conversation_id", types.id_type(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_search_entries_conversation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_entries")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_search_entries_conversation_id_seq")),
        sqlite_autoincrement=True,
    )
