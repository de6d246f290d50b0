"""What one process tells of a commit is what another hands on: whole, or not at all."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from klepet.model.committed import Committed, Rows, StoredEvent
from klepet.model.events import MessageSent
from klepet.model.views import Author, Message
from klepet.model.words import AuthorKind, MessageKind
from klepet.store import notices
from klepet.store.bus import NOTICE_BYTES
from klepet.store.notices import NoticeAssembler

CONVERSATION, CONTACT, SITE = UUID(int=1), UUID(int=2), UUID(int=3)
NOW = datetime(2026, 5, 4, 9, 30, 15, 123_456, tzinfo=UTC)


def commit_of(texts: list[str]) -> Committed:
    """A commit of these messages."""
    events, rows = [], Rows()
    for seq, text in enumerate(texts, 1):
        event = MessageSent(
            conversation_id=CONVERSATION,
            contact_id=CONTACT,
            site_id=SITE,
            seq=seq,
            kind=MessageKind.TEXT,
            author_kind=AuthorKind.VISITOR,
        )
        author = Author(AuthorKind.VISITOR)
        rows.messages[CONVERSATION, seq] = Message(
            CONVERSATION, seq, MessageKind.TEXT, author, text, NOW, f"client-{seq}", None
        )
        events.append(StoredEvent(40 + seq, NOW, event))
    return Committed(events, rows)


def heard(told: list[str]) -> str | None:
    """What is put together of these."""
    assembler, text = NoticeAssembler(), None
    for notice in told:
        text = assembler.whole(notice)
    return text


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=4_000), min_size=1, max_size=40))
def test_a_commit_arrives_as_it_was(texts: list[str]) -> None:
    committed = commit_of(texts)
    told = notices.encode("one", "epoch", committed)
    assert all(0 < len(notice.encode()) < NOTICE_BYTES for notice in told)
    assert len(set(told)) == len(told) <= notices.PIECES
    text = heard(told)
    assert text is not None
    assert notices.is_from(text, "one")
    assert notices.decode(text) in (None, ("epoch", committed))
    if sum(len(text.encode()) for text in texts) < 10_000:
        assert notices.decode(text) == ("epoch", committed)


def test_what_is_too_much_or_not_to_be_told_names_the_process_only() -> None:
    many = [commit_of(["x" * 4_000] * 60), commit_of(["x"] * (notices.EVENTS + 1)), None]
    for committed in many:
        (notice,) = notices.encode("one", "epoch", committed)
        text = heard([notice])
        assert text is not None
        assert notices.is_from(text, "one")
        assert notices.decode(text) is None


def test_pieces_that_are_missing_or_mixed_up_are_not_put_together() -> None:
    first, second, third = notices.encode("one", "epoch", commit_of(["ž" * 4_000, "x" * 9_000]))
    wrong: list[list[str]] = [[second, third], [first, third], [first, second, second, third], [""], ["x"], ["1.x"]]
    for told in wrong:
        assert heard(told) == ""
    assembler = NoticeAssembler()
    found = [assembler.whole(notice) for notice in (first, first, second, third)]
    assert found[:3] == [None] * 3
    assert found[3], "what begins again counts from there"


def test_what_this_version_does_not_know_is_not_handed_on() -> None:
    (notice,) = notices.encode("one", "epoch", commit_of(["x"]))
    change: Callable[[str, str], str] = notice.replace
    for other in (change("message.sent", "message.sung"), change("[[41,", "[[null,"), notice[:-1]):
        text = heard([other])
        assert text
        assert notices.decode(text) is None
