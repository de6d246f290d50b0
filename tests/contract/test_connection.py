"""What every transport of sockets must do, whatever it is made of: RFC 6455, limits, drain, and silence about peers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from klepet.model.frames import CLOSE_BAD_FRAME, CLOSE_RECONNECT, CLOSE_TOO_MANY
from klepet.web import http_guard, picows_socket, socket
from klepet.web.socket import MESSAGE_BYTES
from tests.contract.sockets import BINARY, CLOSE, CONT, PING, PING_SECONDS, PONG, TEXT, Client, World, serving

Scene = Callable[[World, Client], Awaitable[None]]
TRANSPORTS = ("picows", "uvicorn")


@pytest.fixture(params=TRANSPORTS)
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., None]:
    """Play a scene with a server and a client that has connected."""

    def run(scene: Scene, **options: Any) -> None:
        async def work() -> None:
            async with _connected(request.param, tmp_path, **options) as (world, client):
                await scene(world, client)

        asyncio.run(work())

    return run


@asynccontextmanager
async def _connected(transport: str, folder: Path, **options: Any) -> AsyncIterator[tuple[World, Client]]:
    headers, path = options.pop("headers", {}), options.pop("path", "/w/socket")
    async with serving(transport, folder, **options) as world:
        client = await Client.connect(world.port, path, **headers)
        try:
            yield world, client
        finally:
            await client.aclose()


def test_a_text_goes_both_ways(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        for text in ("a", "ž" * 100, "x" * 200, "y" * 20_000):
            client.send(f"again {text}".encode())
            assert await client.receive_but_pings() == (TEXT, text.encode())
        assert len(world.session.received) == 4

    play(scene)


def test_a_long_frame_of_the_server_arrives_whole(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(b"again -")
        await client.receive_but_pings()
        for size in (125, 126, 65_535, 65_536, 300_000):
            world.session.connection.send(b"z" * size)
            assert await client.receive_but_pings() == (TEXT, b"z" * size)

    play(scene)


def test_frames_in_many_pieces_and_many_in_one(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        for text in (b"again one", b"again two", b"again three"):
            client.send(text)
        assert [await client.receive_but_pings() for _ in range(3)] == [
            (TEXT, b"one"),
            (TEXT, b"two"),
            (TEXT, b"three"),
        ]
        for byte in bytes((0x81, 0x80 | 9, 0, 0, 0, 0)) + b"again bit":
            client.writer.write(bytes((byte,)))
            await client.writer.drain()
            await asyncio.sleep(0.002)
        assert await client.receive_but_pings() == (TEXT, b"bit")

    play(scene)


def test_a_fragmented_message_is_one_with_a_ping_in_between(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        letter = "ž".encode()
        client.send(b"again so", fin=False)
        client.send(b"me " + letter[:1], CONT, fin=False)
        client.send(b"are you there", PING)
        client.send(letter[1:] + b"!", CONT)
        assert await client.receive_but_pings() == (PONG, b"are you there")
        assert await client.receive_but_pings() == (TEXT, "some ž!".encode())

    play(scene)


@pytest.mark.parametrize(
    "breach",
    [
        pytest.param([(b"x", CONT, {})], id="a continuation of nothing"),
        pytest.param([(b"x", TEXT, {"fin": False}), (b"y", TEXT, {})], id="a text within a text"),
        pytest.param([(b"x", TEXT, {"rsv": 4})], id="a reserved bit"),
        pytest.param([(b"x", TEXT, {"mask": False})], id="without a mask"),
        pytest.param([(b"x", PING, {"fin": False})], id="a fragmented ping"),
        pytest.param([(b"x" * 126, PING, {})], id="a long ping"),
        pytest.param([(b"x", 0x3, {})], id="an unknown opcode"),
        pytest.param([(b"\x03", CLOSE, {})], id="half a close code"),
    ],
)
def test_a_breach_of_the_protocol_closes(play: Callable[..., None], breach: list[tuple[bytes, int, Any]]) -> None:
    async def scene(world: World, client: Client) -> None:
        for payload, opcode, how in breach:
            client.send(payload, opcode, **how)
        assert await client.close_code() == 1002
        await world.until(lambda: world.session.is_closed)
        assert world.session.received == []

    play(scene)


@pytest.mark.parametrize("text", [b"\xff", b"ok \xc5", b"\xed\xa0\x80"])
def test_a_text_that_is_no_utf_8_closes(play: Callable[..., None], text: bytes) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(text)
        assert await client.close_code() == 1007
        await world.until(lambda: world.session.is_closed)
        assert world.session.received == []

    play(scene)


def test_a_fragmented_text_that_is_no_utf_8_closes(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(b"\xc5", fin=False)
        client.send(b"x", CONT)
        assert await client.close_code() == 1007

    play(scene)


@pytest.mark.parametrize("pieces", [1, 4])
def test_a_message_over_the_limit_closes(play: Callable[..., None], pieces: int) -> None:
    async def scene(world: World, client: Client) -> None:
        size = (MESSAGE_BYTES + pieces) // pieces + 1
        for at in range(pieces):
            client.send(b"x" * size, CONT if at else TEXT, fin=at == pieces - 1)
        assert await client.close_code() == 1009
        await world.until(lambda: world.session.is_closed)
        assert world.session.received == []

    play(scene)


def test_a_message_at_the_limit_arrives(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(b"x" * MESSAGE_BYTES)
        await world.until(lambda: bool(world.session.received))
        assert len(world.session.received[0]) == MESSAGE_BYTES

    play(scene)


def test_binary_is_refused(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(b"\x00\x01", BINARY)
        assert await client.close_code() == CLOSE_BAD_FRAME

    play(scene)


@pytest.mark.parametrize("code", [CLOSE_RECONNECT, CLOSE_BAD_FRAME, 4401])
def test_a_close_of_the_server_tells_its_code_after_what_was_sent(play: Callable[..., None], code: int) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(b"again last words")
        client.send(f"close {code}".encode())
        client.send(b"again too late")
        assert await client.receive_but_pings() == (TEXT, b"last words")
        assert await client.receive_but_pings() == (CLOSE, code.to_bytes(2, "big"))
        assert "again too late" not in world.session.received
        client.send(code.to_bytes(2, "big"), CLOSE)
        assert await client.is_at_end()

    play(scene)


def test_a_client_that_does_not_answer_a_close_is_hung_up_on(
    play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picows_socket, "CLOSE_SECONDS", 0.2)

    async def scene(world: World, client: Client) -> None:
        for connection in world.server.server_state.connections:
            if hasattr(connection, "close_timeout"):
                connection.close_timeout = 0.2
        client.send(b"close 4000")
        assert await client.close_code() == 4000
        assert await client.is_at_end()

    play(scene)


@pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x03\xe9bye"])
def test_a_close_of_the_client_is_answered(play: Callable[..., None], payload: bytes) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(payload, CLOSE)
        opcode, answer = await client.receive_but_pings()
        assert opcode == CLOSE
        assert answer[:2] == payload[:2]
        assert await client.is_at_end()
        await world.until(lambda: world.session.is_closed)

    play(scene)


def test_a_client_that_vanishes_ends_its_session_once(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(b"again -")
        await client.receive_but_pings()
        client.writer.transport.abort()
        await world.until(lambda: world.session.is_closed)
        await asyncio.sleep(0.05)
        assert world.session.closed_times == 1
        world.session.connection.send(b"nobody hears this")
        world.session.connection.close(CLOSE_RECONNECT)

    play(scene)


def test_quiet_clients_are_pinged_and_kept_while_they_answer(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        for _ in range(4):
            opcode, payload = await client.receive()
            assert opcode == PING
            client.send(payload, PONG)
        client.send(b"again still here")
        assert await client.receive_but_pings() == (TEXT, b"still here")

    play(scene)


def test_a_client_that_answers_no_ping_is_given_up(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        await asyncio.wait_for(client.is_at_end(), 10 * PING_SECONDS)
        await world.until(lambda: world.session.is_closed)

    play(scene)


def test_a_slow_reader_is_closed_and_keeps_no_memory(
    play: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (socket, picows_socket):
        monkeypatch.setattr(module, "QUEUED_BYTES", 100_000)

    async def scene(world: World, client: Client) -> None:
        client.send(b"again -")
        await client.receive_but_pings()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        frame = b"x" * 50_000
        for _ in range(400):  # far more than the kernel's buffers hold
            world.session.connection.send(frame)
            await asyncio.sleep(0)
        client.writer.transport.resume_reading()  # type: ignore[attr-defined]
        assert await client.close_code() == CLOSE_RECONNECT

    play(scene)


def test_an_address_with_too_many_connections_is_told_so(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        world.session.desk.addresses["127.0.0.1"] = 1
        other = await Client.connect(world.port)
        assert await other.close_code() == CLOSE_TOO_MANY
        assert len(world.sessions) == 1
        await other.aclose()

    play(scene, connections_per_address=1)


@pytest.mark.parametrize(("proxies", "address"), [((), "127.0.0.1"), (("127.0.0.1/32",), "203.0.113.7")])
def test_the_address_behind_a_proxy_counts_where_the_proxy_is_trusted(
    play: Callable[..., None], proxies: tuple[str, ...], address: str
) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(b"again -")
        await client.receive_but_pings()
        caller = world.session.caller
        assert caller.address == address
        assert (caller.origin, caller.host) == ("http://shop.test", f"127.0.0.1:{world.port}")
        assert (caller.user_agent, caller.cookie, caller.language) == ("Browser/1", "s3cret", "sl")

    headers = {
        "X_Forwarded_For": "203.0.113.7",
        "Origin": "http://shop.test",
        "User_Agent": "Browser/1",
        "Cookie": "other=1; klepet_session=s3cret",
        "Accept_Language": "sl;q=0.9, en",
    }
    play(scene, proxies=proxies, headers=headers)


@pytest.mark.parametrize(
    "wrong", [{"Sec_WebSocket_Version": "12"}, {"Sec_WebSocket_Key": ""}, {"Connection": "keep-alive, no-upgrade"}]
)
def test_a_handshake_that_is_none_is_refused(play: Callable[..., None], wrong: dict[str, str]) -> None:
    async def scene(world: World, client: Client) -> None:
        assert client.answer.split()[1][0] in "45"
        assert world.sessions == []

    play(scene, headers=wrong)


@pytest.mark.parametrize(
    ("path", "headers", "cut"),
    [
        ("/w/socket", "", 1),
        ("/w/socket?a=b&c", "X-Empty:\r\nX-Letters: \xe9\t\r\n", 40),
        ("/w/socket", "".join(f"X-{number}: x\r\n" for number in range(90)), -2),
        ("/w/socket", f"X: {'x' * 5_000}\r\n" * 2, -1),
    ],
)
def test_a_handshake_may_come_in_pieces(play: Callable[..., None], path: str, headers: str, cut: int) -> None:
    async def scene(world: World, client: Client) -> None:
        head = (  # as older Firefox sends it
            f"GET {path} HTTP/1.1\r\nhost: a\r\nUPGRADE: WebSocket\r\nconnection: keep-alive, Upgrade\r\n{headers}"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        ).encode("latin-1")
        for pieces in ([head], [head[:cut], head[cut:]]):
            reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.05)  # so that the other side reads it alone
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
            assert b" 101 " in answer
            assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
            writer.close()
        await world.until(lambda: len(world.sessions) == 3)

    play(scene)


def test_who_says_nothing_is_hung_up_on(play: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_guard, "HEAD_SECONDS", 0.1)

    async def scene(world: World, client: Client) -> None:
        for begun in (b"", b"GET /w/soc"):
            reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
            writer.write(begun)
            with suppress(ConnectionError):
                assert await asyncio.wait_for(reader.read(), 60) == b""
            writer.close()

    play(scene)


def test_a_stop_does_not_wait_for_who_says_nothing(play: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_guard, "HEAD_SECONDS", 600.0)

    async def scene(world: World, client: Client) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
        client.send(b"again -")
        await client.receive_but_pings()
        world.server.config.timeout_graceful_shutdown = 600
        world.server.should_exit = True
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()

    play(scene)


def test_deflate_is_not_taken_up(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        assert " 101 " in client.answer
        assert "sec-websocket-extensions" not in client.answer.lower()

    play(scene, headers={"Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits"})


def test_a_stop_sends_clients_away_with_what_was_sent(play: Callable[..., None]) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(b"again -")
        await client.receive_but_pings()
        world.session.connection.send(b"last words")
        world.session.end(CLOSE_RECONNECT)
        world.server.should_exit = True
        assert await client.receive_but_pings() == (TEXT, b"last words")
        assert await client.receive_but_pings() == (CLOSE, CLOSE_RECONNECT.to_bytes(2, "big"))
        assert await client.is_at_end()
        await asyncio.wait_for(world.serving, 60)

    play(scene)


def test_a_session_that_fails_is_logged_and_closed(play: Callable[..., None], caplog: pytest.LogCaptureFixture) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(b"raise")
        client.send(b"\x03\xe8", CLOSE)
        assert await client.is_at_end()
        await world.until(lambda: world.session.is_closed)

    play(scene)
    assert "a session that fails" in caplog.text


def test_the_log_names_no_peer(play: Callable[..., None], caplog: pytest.LogCaptureFixture) -> None:
    async def scene(world: World, client: Client) -> None:
        client.send(b"\xff")
        await client.close_code()
        for payload, how in ((b"x", {"rsv": 1}), (b"x", {"mask": False})):
            other = await Client.connect(world.port)
            other.send(payload, **how)
            await other.close_code()
            await other.aclose()

    with caplog.at_level(logging.INFO, "klepet"):
        play(scene)
    said = [record.getMessage() for record in caplog.records if record.name != "uvicorn.error" or record.levelno > 20]
    assert not any("127.0.0.1" in line for line in said)
