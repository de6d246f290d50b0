"""What was erased is not in the file any more, not even in the parts of it that nobody uses. On PostgreSQL that is the
server's own business (VACUUM).
"""

import pytest

from klepet.store import search
from tests.api.people import add_contact, add_visitor, say

SECRET, KEPT = "xylophone", "trombone"


@pytest.fixture
def new_database():
    return lambda: None


def content_of(klepet):
    """The bytes of the database, once its log is written back."""
    path = klepet.config.data / "klepet.sqlite"
    klepet.write(lambda tx: None)
    conn = klepet.db._writer._conn
    assert conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    return path.read_bytes()


def test_an_erased_contact_leaves_no_trace_in_the_file(klepet, owner):
    site = owner.post("/sites", {"name": "Shop"}).json()
    contacts = {}
    for word in (SECRET, KEPT):
        contacts[word] = add_contact(
            klepet, name=f"Mr {word}", email=f"{word}@shop.test", attributes={"instrument": word}
        )
        visitor = add_visitor(klepet, contacts[word], site["id"])
        for number in range(60):
            say(klepet, visitor, f"{word} number {number}, for the {word} orchestra")
    klepet.index_messages()
    before = content_of(klepet)
    assert before.count(SECRET.encode()) > 60

    assert owner.delete(f"/contacts/{contacts[SECRET]}").status_code == 204

    after = content_of(klepet)
    assert after.count(SECRET.encode()) == 0
    assert after.count(KEPT.encode()) > 60
    klepet.write(
        lambda tx: tx.conn.exec_driver_sql("INSERT INTO search_words (search_words) VALUES ('integrity-check')")
    )
    assert len(klepet.read(lambda reader: search.find(reader, [KEPT], before=None, limit=100))) == 60
    assert klepet.read(lambda reader: search.find(reader, [SECRET], before=None, limit=100)) == []
