"""Whoever sends too much is slowed, then cut off, and nobody else notices: others write while the flood goes on, and
are answered before it ends. The flooder has an address of its own, as limits count by address too.
"""

import contextlib
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.attacks.server import Server, Visitor
from tests.attacks.wires import ELSEWHERE, Closed, DeafSocket, Poll, Socket, Wire

NOWHERE = "019a0000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with its ordinary limits."""
    made = Server(Path(tmp_path_factory.mktemp("ordinary")), rate_scale=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a tenth of its limits, which a slow machine reaches too."""
    made = Server(Path(tmp_path_factory.mktemp("tight")), rate_scale=0.1)
    yield made
    made.close()


@contextlib.contextmanager
def flood(work: Callable[[], None]) -> Iterator[None]:
    """Repeat the work in another thread until the block ends."""
    stop, begun, errors = threading.Event(), threading.Event(), []

    def run() -> None:
        try:
            while not stop.is_set():
                work()
                begun.set()
        except Exception as error:
            errors.append(error)
            begun.set()

    thread = threading.Thread(target=run)
    thread.start()
    begun.wait(30)
    try:
        yield
    finally:
        assert thread.is_alive() or errors, "the flood ended before the others were answered"
        stop.set()
        thread.join(30)
        if errors:
            raise errors[0]


def flooder(server: Server, **hello: Any) -> Visitor:
    return Visitor(server, Socket, address=ELSEWHERE, **hello)


def answers_until_closed(wire: Wire) -> tuple[list[dict[str, Any]], int]:
    """All that comes, and the code at the end."""
    frames = []
    while True:
        try:
            frames.append(wire.receive())
        except Closed as closed:
            return frames, closed.code


def wait_for_messages(server: Server, visitor: Visitor) -> list[str]:
    """The client ids of a visitor's messages, when no more of them come."""
    contact = visitor.welcome["visitor_state"]["contact"]["id"]
    found: list[str] = []
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        before, found = found, []
        for conversation in server.owner.ok("GET", f"/conversations?contact_id={contact}")["items"]:
            messages = server.owner.ok("GET", f"/conversations/{conversation['id']}/messages?limit=100")["items"]
            found += [message["client_id"] for message in messages if message["kind"] == "text"]
        if found and found == before:
            break
        time.sleep(0.2)
    return found


FLOODS: dict[str, Callable[[int], Any]] = {
    "messages": lambda n: {"type": "send_message", "client_id": f"flooding{n}", "text": "x"},
    "pings": lambda n: {"type": "ping"},
    "typing": lambda n: {"type": "set_typing", "conversation_id": NOWHERE, "is_typing": bool(n % 2)},
    "receipts": lambda n: {"type": "advance_receipt", "conversation_id": NOWHERE, "read_seq": n},
    "pages": lambda n: {"type": "show_page", "page": {"url": f"https://shop.example/{n}"}},
    "events": lambda n: {"type": "track_event", "client_id": f"flooding{n}", "name": "x"},
    "contact": lambda n: {"type": "set_contact", "client_id": f"flooding{n}", "details": {"name": f"N {n}"}},
    "malformed": lambda n: {"type": "no such"},
    "large": lambda n: {"type": "ping", "padding": "x" * 65_000},
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_of_frames_is_cut_off(ordinary: Server, name: str) -> None:
    victim = ordinary.visitor()
    attacker = flooder(ordinary)
    total = 1_000 if name != "large" else 600
    for number in range(total):
        attacker.wire.send(FLOODS[name](number))
    frames, code = answers_until_closed(attacker.wire)
    assert code == 4429
    refused = [frame["error"] for frame in frames if frame["type"] == "refused"]
    kinds = Counter(error["code"] for error in refused)
    if name in ("messages", "pages", "events", "contact"):
        assert kinds["too_many"] > 100
        assert all(error["retry_after_seconds"] > 0 for error in refused if error["code"] == "too_many")
    if name == "messages":
        # The wire may be cut before they are stored and acknowledged; what was taken is stored, in order.
        ids = wait_for_messages(ordinary, attacker)
        assert ids == [f"flooding{number}" for number in range(len(ids))]
        assert 20 <= len(ids) <= 40
    assert len(frames) <= 500, "an answer to each of the first 200 at most, and events of one's own"
    assert victim.says("I am still here")


def test_typing_that_flickers_reaches_operators_at_a_bearable_rate(ordinary: Server) -> None:
    attacker = flooder(ordinary)
    conversation = attacker.says("hello")
    console = ordinary.owner.enter()
    for number in range(100):
        attacker.wire.send({"type": "set_typing", "conversation_id": conversation, "is_typing": bool(number % 2)})
    console.wait_for("typing")
    attacker.says("done")
    console.wait_for("event", lambda frame: "done" in str(frame))
    typing = [frame for frame in console.drain() if frame["type"] == "typing"]
    assert len(typing) <= 40


def test_others_are_answered_while_messages_flood(ordinary: Server) -> None:
    attackers: list[Visitor] = []

    def work() -> None:
        if not attackers:
            attackers.append(flooder(ordinary))
        attacker = attackers[0]
        for number in range(50):
            attacker.wire.send(FLOODS["messages"](number) | {"client_id": secrets.token_hex(8)})
        with contextlib.suppress(Closed, TimeoutError):
            attacker.wire.receive(seconds=0.01)
            return
        with contextlib.suppress(Closed, ConnectionClosed, TimeoutError):
            attackers[0] = flooder(ordinary, token=attacker.token)

    victims = [ordinary.visitor(), ordinary.visitor(Poll)]
    with flood(work):
        for number in range(5):
            assert [victim.says(f"word {number}") for victim in victims]


def test_others_connect_while_hellos_flood(ordinary: Server) -> None:
    codes: Counter[int] = Counter()

    def work() -> None:
        wire = Socket(ordinary.url, "/w", {}, ELSEWHERE)
        wire.send({"type": "hello", "protocol": 1, "site": ordinary.key})
        try:
            wire.wait_for("welcome")
            codes[0] += 1
        except Closed as closed:
            codes[closed.code] += 1
        finally:
            wire.close()

    before = ordinary.owner.ok("GET", "/contacts?limit=100")
    assert before
    with flood(work):
        while codes[4429] < 30:
            assert ordinary.visitor().says("hello")
            assert ordinary.visitor(Poll).says("hello")
            time.sleep(0.3)  # these count too, by their own address
    assert set(codes) == {0, 4429}


def test_connections_that_say_nothing_are_counted(tight: Server) -> None:
    """So many are let in at once from one address, then some a second; each may say nothing for 5 seconds."""
    codes: Counter[int] = Counter()
    silent = [Socket(tight.url, "/w", {}, ELSEWHERE) for _ in range(80)]
    assert tight.visitor().says("hello")
    for wire in silent:
        codes[wire.close_code()] += 1
    assert set(codes) == {4408, 4429}
    assert codes[4429] >= 20


@pytest.mark.parametrize(("path", "address"), [("/w/poll", "127.0.0.61"), ("/api/v1/poll", "127.0.0.62")])
def test_polls_are_counted(tight: Server, path: str, address: str) -> None:
    answers: list[httpx.Response] = []
    with httpx.Client(base_url=tight.url, transport=httpx.HTTPTransport(local_address=address), timeout=60) as http:
        while len(answers) < 1_000 and (not answers or answers[-1].status_code != 429):
            answers.append(http.post(path, content=b'{"call": 1, "session": "none"}'))
    *allowed, last = answers
    assert len(allowed) >= 20
    assert {answer.status_code for answer in allowed} == {410}
    assert last.status_code == 429
    assert last.json()["error"]["code"] == "too_many"
    assert int(last.headers["retry-after"]) >= 1
    assert tight.visitor(Poll).says("hello")


@pytest.mark.parametrize("path", ["/w/{key}/config", "/w/{key}/texts/en", "/chat/{key}"])
def test_what_the_tag_asks_is_counted(tight: Server, path: str) -> None:
    url = path.format(key=tight.key)
    transport = httpx.HTTPTransport(local_address=ELSEWHERE)
    with httpx.Client(base_url=tight.url, transport=transport, timeout=60) as http:
        codes = Counter(http.get(url, headers={"origin": f"http://a{n}.example"}).status_code for n in range(100))
    assert set(codes) <= {200, 429}
    assert codes[429] >= 1
    assert httpx.get(tight.url + url).status_code == 200


def test_what_the_tag_asks_is_remembered_within_bounds(server: Server) -> None:
    site = server.owner.ok("POST", "/sites", {"name": "Busy"})
    with httpx.Client(base_url=server.url, timeout=60) as http:
        for number in range(300):
            headers = {"origin": f"https://page{number}.example"}
            assert http.get(f"/w/{site['key']}/config", params={"p": "x" * 3_000}, headers=headers).status_code == 200
    checks = server.owner.ok("GET", f"/sites/{site['id']}/installation")["checks"]
    assert 100 <= len(checks) <= 200
    assert max(len(check["page"]) for check in checks) == 500


def test_a_program_that_floods_is_slowed(tight: Server) -> None:
    token = tight.owner.ok("POST", "/api-tokens", {"name": "loop", "role": "operator"})["token"]
    other = tight.invite("operator")
    with httpx.Client(base_url=tight.url, headers={"authorization": f"Bearer {token}"}, timeout=60) as http:
        codes = Counter(http.get("/api/v1/me").status_code for _ in range(150))
    assert set(codes) == {200, 429}
    assert other.ok("GET", "/me")


def test_guesses_of_tokens_are_slowed(tight: Server) -> None:
    transport = httpx.HTTPTransport(local_address=ELSEWHERE)
    with httpx.Client(base_url=tight.url, transport=transport, timeout=60) as http:
        headers = {"authorization": "Bearer klepet_" + "A" * 43}
        codes = Counter(http.get("/api/v1/me", headers=headers).status_code for _ in range(100))
    assert set(codes) == {401, 429}


def test_whoever_does_not_read_is_dropped(attacked: Server) -> None:
    """16 MB for a reader that takes nothing: it is dropped and may come back; the server keeps at most half of that."""
    before = attacked.memory_kib
    deaf = attacked.visitor(DeafSocket)
    conversation = deaf.says("hello")
    console = attacked.owner.enter()
    text = "𝕏" * 4_000
    for number in range(1_000):
        frame = {"type": "send_message", "client_id": f"toomuch{number}", "conversation_id": conversation, "text": text}
        console.send(json.dumps(frame, ensure_ascii=False))
        if number % 50 == 49:
            console.answer_to(f"toomuch{number}")
    attacked.still_works()
    frames, code = answers_until_closed(deaf.wire)
    assert code in (4000, 1006)
    assert len(frames) < 1_000
    grown = attacked.memory_kib - before
    assert grown < 100 * 1024, f"{grown} KiB"
    back = attacked.visitor(token=deaf.token)
    assert back.welcome["visitor_state"]["messages"][-1]["text"] == text
