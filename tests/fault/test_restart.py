"""What was under way when the server was killed goes on after the next start: webhooks and erasures."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from klepet.kit.clock import SystemClock
from klepet.store import sqlite
from klepet.store.column_types import micros_of
from tests.fault.clients import Client, connected, settle
from tests.fault.server import Server

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine

MESSAGES = 30_000
WAIT_SECONDS = 60


class Receiver(ThreadingHTTPServer):
    """Takes webhooks, and answers as it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 500
        self.hangs = threading.Event()
        self.hangs.set()
        self.calls: list[tuple[str, dict[str, Any]]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def until(self, count: int) -> None:
        """Wait until it was called so often."""
        ends = time.monotonic() + WAIT_SECONDS
        while len(self.calls) < count:
            assert time.monotonic() < ends, self.calls
            time.sleep(0.02)


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.calls.append((self.headers["webhook-id"], body))
        self.server.hangs.wait(30)
        self.send_response(self.server.status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.hangs.set()
    found.shutdown()
    found.server_close()


def say(server: Server, *texts: str) -> Client:
    """A visitor who wrote, and left."""
    visitor = Client(server.socket_url, "/w/socket", "visitor", {"site": server.site["key"]})

    async def story() -> None:
        async with connected([visitor]):
            for text in texts:
                visitor.send(text)
            await settle([visitor])

    asyncio.run(story())
    return visitor


def wait_until(is_so: Callable[[], bool]) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < ends
        time.sleep(0.05)


def add_webhook(server: Server, receiver: Receiver) -> str:
    url = f"http://127.0.0.1:{receiver.server_port}/"
    made = server.call("POST", "/webhooks", {"url": url, "events": ["conversation.created"]})
    return str(made["id"])


@pytest.mark.parametrize("is_cut_off", [False, True], ids=["refused", "cut off in the middle"])
def test_a_webhook_is_tried_again_under_the_same_id(
    make_server: Callable[..., Server], receiver: Receiver, is_cut_off: bool
) -> None:
    server = make_server(module="tests.fault.later", KLEPET_TEST_LATER="0")
    webhook_id = add_webhook(server, receiver)
    if is_cut_off:
        receiver.hangs.clear()
    say(server, "hello")
    receiver.until(1)
    if not is_cut_off:
        path = f"/webhooks/{webhook_id}/deliveries"
        wait_until(lambda: server.call("GET", path)["items"][0]["state"] == "failed")
    server.kill()
    receiver.hangs.set()
    receiver.status = 204
    server.environment["KLEPET_TEST_LATER"] = "300"
    server.start()
    receiver.until(2)
    assert receiver.calls[0] == receiver.calls[1]
    wait_until(lambda: server.call("GET", f"/webhooks/{webhook_id}/deliveries")["items"][0]["state"] == "delivered")
    assert len(receiver.calls) == 2


def test_an_event_whose_webhook_was_not_queued_yet_is_queued_after_the_start(
    server: Server, receiver: Receiver
) -> None:
    receiver.status = 204
    add_webhook(server, receiver)
    visitors = [Client(server.socket_url, "/w/socket", f"v{n}", {"site": server.site["key"]}) for n in range(20)]

    async def story() -> None:
        async with connected(visitors):
            for visitor in visitors:
                visitor.send()
                await visitor.stir()
            while not all(visitor.acked for visitor in visitors):  # noqa: ASYNC110 - acks come by themselves
                await asyncio.sleep(0.001)
            server.kill()

    asyncio.run(story())
    server.start()
    ids = {visitor.conversation_id for visitor in visitors}
    wait_until(lambda: {body["data"]["conversation_id"] for _, body in receiver.calls} == ids)


def test_an_erasure_is_finished(make_server: Callable[..., Server]) -> None:
    server = make_server(module="tests.fault.later", KLEPET_TEST_LATER="0")
    visitor = say(server, "forget me")
    (row,) = server.call("GET", "/conversations")["items"]
    contact_id = row["contact_id"]
    server.kill()
    add_messages(server, row["id"].replace("-", ""))
    server.start()

    def erase() -> None:
        try:
            server.call("DELETE", f"/contacts/{contact_id}")
        except httpx.HTTPError:
            return

    erasing = threading.Thread(target=erase)
    erasing.start()
    wait_until(lambda: count(server, "messages") < MESSAGES)
    server.kill()
    erasing.join()
    assert count(server, "messages") > 0, "it was over before the kill"
    assert count(server, "contacts") == 1
    server.environment["KLEPET_TEST_LATER"] = "300"
    server.start()
    wait_until(lambda: count(server, "contacts") == 0)
    for table in ("messages", "conversations", "visitors", "assignments", "search_entries"):
        assert count(server, table) == 0, table
    with pytest.raises(AssertionError, match="sign_in_required"):
        server.call("GET", "/visitor/state", token=visitor.token)


def add_messages(server: Server, conversation_id: str) -> None:
    """Many, put straight into the store."""
    conn = sqlite.DRIVER.connect(server.data / "klepet.db")
    at = micros_of(SystemClock().now())
    rows = [(bytes.fromhex(conversation_id), seq, at) for seq in range(2, MESSAGES + 1)]
    conn.executemany(
        "INSERT INTO messages (conversation_id, seq, kind, author_kind, text, at) VALUES (?, ?, 'text', 'bot', 'x', ?)",
        rows,
    )
    conn.commit()
    conn.close()


def count(server: Server, table: str) -> int:
    """Rows of a table."""
    conn = sqlite.DRIVER.connect(f"file:{server.data / 'klepet.db'}?mode=ro", uri=True)
    try:
        return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        conn.close()
