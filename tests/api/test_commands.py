"""Visitors' connections: who is let in again, commands that are done in their order and once."""

import json
import threading
import time

import pytest

from klepet.kit.tokens import IdentityClaims, sign_identity
from klepet.store import writer
from klepet.store.tables import site_events
from klepet.store.writer import Unit
from klepet.web.principals import VisitorSession
from klepet.web.session import Caller, Desk

CALLER = Caller(address="192.0.2.1", origin=None, host="klepet.test", user_agent="")
ELSEWHERE = Caller(address="192.0.2.1", origin="https://elsewhere.example", host="klepet.test", user_agent="")


class Line:
    """Carries frames to nobody but the test."""

    transport = "test"

    def __init__(self):
        self.frames = []

    def send(self, data):
        self.frames.append(json.loads(data))

    def close(self, code):
        self.frames.append({"type": "closed", "code": code})


class Visitor:
    """A visitor's connection, in process: frames that are given together are received in one turn of the loop."""

    def __init__(self, klepet, site, caller=CALLER, **hello):
        self.klepet = klepet
        self.caller = caller
        self.line = Line()
        self._call(self._begin)
        self.tell({"type": "hello", "protocol": 1, "site": site["key"]} | hello)
        self.wait_for("welcome", 1)

    async def _begin(self):
        parts = self.klepet.app.state["parts"]
        self.session = VisitorSession(Desk(parts, self.klepet.hub), self.line, self.caller)

    def _call(self, run):
        return self.klepet.client.blocking_portal.call(run)

    def tell(self, *frames):
        async def receive():
            for frame in frames:
                self.session.receive(json.dumps(frame))

        self._call(receive)

    def wait_for(self, kind, count):
        ends = time.monotonic() + 60
        while len(self.of(kind)) < count and not self.of("closed") and time.monotonic() < ends:
            time.sleep(0.005)
        return self.of(kind)

    def of(self, kind):
        return [frame for frame in self.line.frames if frame["type"] == kind]


@pytest.fixture
def site(owner):
    return owner.post("/sites", {"name": "Shop"}).json()


@pytest.fixture
def visitor(klepet, site):
    visitor = Visitor(klepet, site)
    yield visitor
    visitor._call(lambda: _end(visitor))


async def _end(visitor):
    visitor.session.end(1000)


def test_what_follows_an_end_in_one_breath_is_done_after_it(owner, visitor):
    visitor.tell({"type": "send_message", "client_id": "message-1", "text": "Hello"})
    (ack,) = visitor.wait_for("ack", 1)
    conversation = ack["conversation_id"]
    visitor.tell(
        {"type": "end_conversation", "client_id": "the-end-1", "conversation_id": conversation},
        {"type": "send_message", "client_id": "message-2", "conversation_id": conversation, "text": "One more thing"},
    )
    assert [ack["client_id"] for ack in visitor.wait_for("ack", 3)] == ["message-1", "the-end-1", "message-2"]
    found = owner.get(f"/conversations/{conversation}/messages").json()["items"]
    lines = [message["fact"]["line"] if message["fact"] else message["text"] for message in found]
    assert lines == ["Hello", "closed_by_visitor", "reopened", "One more thing"]
    assert owner.get(f"/conversations/{conversation}").json()["conversation"]["status"] == "open"


@pytest.fixture
def hold_up(klepet):
    """Keeps the writer busy from now on, until what this gives is called."""
    may_go_on, begun = threading.Event(), threading.Event()

    def wait(tx):
        begun.set()
        may_go_on.wait(60)

    def hold_up():
        klepet.db._writer.submit(Unit(lambda result, error: None, run=wait))
        assert begun.wait(60)
        return may_go_on.set

    yield hold_up
    may_go_on.set()


def test_a_message_that_finds_no_room_pushes_back_none_before_it(visitor, hold_up, monkeypatch):
    first, second, third = ({"type": "send_message", "client_id": f"message-{n}", "text": str(n)} for n in (1, 2, 3))
    go_on = hold_up()
    visitor.tell(first)
    visitor.tell()  # a turn of the loop later the first one is queued
    with monkeypatch.context() as full:
        full.setattr(writer, "QUEUE_UNITS", 0)
        visitor.tell(second, third)
        assert [frame["client_id"] for frame in visitor.wait_for("refused", 2)] == ["message-2", "message-3"]
    go_on()
    visitor.wait_for("ack", 1)
    visitor.tell(second, third)
    visitor.wait_for("ack", 3)
    acked = visitor.of("ack")
    assert [frame["client_id"] for frame in acked] == ["message-1", "message-2", "message-3"]
    assert [frame["seq"] for frame in acked] == sorted(frame["seq"] for frame in acked)


def test_a_message_that_is_lost_later_comes_before_those_that_were_refused_at_once(visitor, hold_up, monkeypatch):
    """The second found no room while the first still waited, and the first could not be stored then."""
    first, second = ({"type": "send_message", "client_id": f"message-{n}", "text": str(n)} for n in (1, 2))
    go_on = hold_up()
    visitor.tell(first)
    visitor.tell()
    with monkeypatch.context() as full:
        full.setattr(writer, "QUEUE_UNITS", 0)
        visitor.tell(second)
        visitor.wait_for("refused", 1)
    visitor.tell(second)  # there is room again
    visitor.tell()
    with monkeypatch.context() as broken:
        db = visitor.klepet.db
        broken.setattr(db._engine, "commit", _fail)
        go_on()
        assert [frame["client_id"] for frame in visitor.wait_for("refused", 3)][1:] == ["message-1", "message-2"]
    visitor.tell(second)
    assert [frame["client_id"] for frame in visitor.wait_for("refused", 4)][3:] == ["message-2"]
    visitor.tell(first, second)
    visitor.wait_for("ack", 2)
    assert [frame["client_id"] for frame in visitor.of("ack")] == ["message-1", "message-2"]


def _fail(conn, committed=None):
    raise OSError("the disk is full")


def test_an_event_of_the_page_sent_again_is_counted_once(klepet, visitor):
    frame = {"type": "track_event", "client_id": "tracked-1", "name": "added_to_cart", "data": {"sku": "A"}}
    visitor.tell(frame)
    visitor.wait_for("ack", 1)
    visitor.tell(frame, frame | {"client_id": "tracked-2"})
    visitor.wait_for("ack", 3)
    assert klepet.read(lambda r: len(r.conn.execute(site_events.select()).all())) == 2


@pytest.fixture
def sign(klepet, owner, site):
    """Signs, as the site's server does, who somebody is: for an hour."""
    secret = owner.post(f"/sites/{site['id']}/secrets").json()

    def sign(user_id):
        exp = int(klepet.clock.now().timestamp()) + 3_600
        return sign_identity(IdentityClaims(kid=secret["id"], user_id=user_id, exp=exp), secret["secret"].encode())

    return sign


def test_a_page_that_stays_open_for_longer_than_its_identity_counts_goes_on(klepet, site, sign):
    """The token names the same customer still: nothing that the visitor has is taken away."""
    identity = sign("42")
    (welcome,) = Visitor(klepet, site, identity=identity).of("welcome")
    klepet.clock.advance(7_200)

    again = Visitor(klepet, site, token=welcome["token"], identity=identity)

    assert [frame["principal_id"] for frame in again.of("welcome")] == [welcome["principal_id"]]
    assert again.of("welcome")[0]["visitor_state"]["contact"]["user_id"] == "42"


def test_an_old_identity_of_somebody_else_is_refused_and_told(klepet, site, sign):
    mine, theirs = sign("42"), sign("43")
    (welcome,) = Visitor(klepet, site, identity=mine).of("welcome")
    (nobody,) = Visitor(klepet, site).of("welcome")
    klepet.clock.advance(7_200)
    for token in (welcome["token"], nobody["token"], None):
        refused = Visitor(klepet, site, token=token, identity=theirs)
        assert refused.of("welcome") == []
        assert [frame["type"] for frame in refused.line.frames] == ["refused", "closed"]
        error = refused.of("refused")[0]["error"]
        assert (error["code"], error["field"]) == ("sign_in_required", "identity")
        assert error["message"].startswith("expired: ")
        assert refused.of("closed")[0]["code"] == 4401


def test_a_page_that_is_not_allowed_is_told_why(klepet, owner, site):
    owner.patch(f"/sites/{site['id']}", {"settings": {"allowed_origins": ["https://shop.example"]}})
    refused = Visitor(klepet, site, caller=ELSEWHERE)
    assert "https://elsewhere.example" in refused.of("refused")[0]["error"]["message"]
    assert refused.of("closed")[0]["code"] == 4403
