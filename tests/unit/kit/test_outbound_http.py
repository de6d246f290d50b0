"""HTTP to foreign hosts: one look-up, checked addresses, the right names, small and timely answers."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from klepet.kit.outbound_http import (
    GuardedTransport,
    RefusedHostError,
    ResponseTooLargeError,
    UnknownHostError,
    guarded_client,
    system_resolver,
)

CERTIFICATE = Path(__file__).with_name("hooks.example.pem")  # self-signed, for hooks.example, with its key
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def replying(text: str) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(text.replace("\n", "\r\n").encode())

    return answer


OK = replying("HTTP/1.1 200 OK\nContent-Length: 2\n\nok")


class Receiver:
    """A server on 127.0.0.1 that keeps what it was sent."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: list[str] = []
        self.server_names: list[str | None] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0
            )
            self.requests.append((head + await reader.readexactly(length)).decode())
            await self.answer(writer)
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        context.sni_callback = lambda _socket, name, _context: self.server_names.append(name)
        return context


@asynccontextmanager
async def receiver(answer: Answer = OK, *, tls: bool = False) -> AsyncIterator[Receiver]:
    made = Receiver(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=made.context() if tls else None)
    made.port = server.sockets[0].getsockname()[1]
    async with server:
        yield made


class Names:
    """A resolver with prepared answers, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def transport(names: Names | None = None, **options: object) -> GuardedTransport:
    return GuardedTransport(names or Names(["127.0.0.1"]), **({"allow_private": True} | options))  # type: ignore[arg-type]


async def post(url: str, through: GuardedTransport, body: bytes = b"{}") -> httpx.Response:
    async with guarded_client(through) as client:
        return await client.post(url, content=body)


def test_posts_to_the_checked_address_under_the_name() -> None:
    async def story() -> None:
        async with receiver() as server:
            names = Names(["127.0.0.1"])
            response = await post(f"http://hooks.example:{server.port}/in?x=1", transport(names), b'{"a":1}')
            assert (response.status_code, response.text) == (200, "ok")
            assert names.asked == ["hooks.example"]
            assert str(response.request.url) == f"http://hooks.example:{server.port}/in?x=1"
            lines = server.requests[0].lower().split("\r\n")
            assert lines[0] == "post /in?x=1 http/1.1"
            assert f"host: hooks.example:{server.port}" in lines
            assert "accept-encoding: identity" in lines
            assert lines[-1] == '{"a":1}'

    asyncio.run(story())


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1"])
def test_refused_addresses_are_never_connected_to(address: str) -> None:
    async def story() -> None:
        async with receiver() as server:
            with pytest.raises(RefusedHostError, match="address"):
                await post(f"http://hooks.example:{server.port}/", transport(Names([address]), allow_private=False))
            assert server.requests == []

    asyncio.run(story())


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "localhost", "[::1]"])
def test_every_spelling_of_this_machine_is_refused(host: str) -> None:
    async def story() -> None:
        guarded = GuardedTransport(system_resolver)
        with pytest.raises((RefusedHostError, UnknownHostError, httpx.InvalidURL)):
            await post(f"http://{host}:9/", guarded)

    asyncio.run(story())


def test_a_name_that_changes_its_address_is_not_looked_up_again() -> None:
    async def story() -> None:
        async with receiver() as server:
            names = Names(["127.0.0.1"], ["10.0.0.1"])
            assert (await post(f"http://hooks.example:{server.port}/", transport(names))).status_code == 200
            assert names.asked == ["hooks.example"]

    asyncio.run(story())


def test_the_next_address_is_tried() -> None:
    async def story() -> None:
        async with receiver() as server:
            names = Names(["127.0.0.9", "127.0.0.1"])
            assert (await post(f"http://hooks.example:{server.port}/", transport(names))).text == "ok"
            assert len(server.requests) == 1

    asyncio.run(story())


def test_tls_is_for_the_name() -> None:
    async def story() -> None:
        trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
        async with receiver(tls=True) as server:
            response = await post(f"https://hooks.example:{server.port}/", transport(tls=trusting))
            assert response.text == "ok"
            assert server.server_names == ["hooks.example"]
            with pytest.raises(httpx.ConnectError, match=r"(?i)hostname mismatch"):
                await post(f"https://other.example:{server.port}/", transport(tls=trusting))
            with pytest.raises(httpx.ConnectError, match=r"(?i)self.signed"):
                await post(f"https://hooks.example:{server.port}/", transport())
            assert len(server.requests) == 1

    asyncio.run(story())


def test_another_name_at_the_same_address_is_checked_anew() -> None:
    async def story() -> None:
        trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
        async with receiver(tls=True) as server, guarded_client(transport(tls=trusting)) as client:
            await client.get(f"https://hooks.example:{server.port}/")
            with pytest.raises(httpx.ConnectError):
                await client.get(f"https://other.example:{server.port}/")

    asyncio.run(story())


def test_redirects_are_not_followed() -> None:
    async def story() -> None:
        async with receiver(
            replying("HTTP/1.1 302 Found\nLocation: http://10.0.0.1/\nContent-Length: 0\n\n")
        ) as server:
            response = await post(f"http://hooks.example:{server.port}/", transport())
            assert response.status_code == 302
            assert len(server.requests) == 1

    asyncio.run(story())


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 4096)
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def silent(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(1.5)


COMPRESSED = replying("HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: 2\n\nxx")


@pytest.mark.parametrize("answer", [endless, COMPRESSED], ids=["endless", "compressed"])
def test_large_answers(answer: Answer) -> None:
    async def story() -> None:
        async with receiver(answer) as server:
            with pytest.raises(ResponseTooLargeError):
                await post(f"http://hooks.example:{server.port}/", transport(max_response_bytes=50_000))

    asyncio.run(story())


@pytest.mark.parametrize("answer", [dripping, silent], ids=["dripping", "silent"])
def test_slow_answers(answer: Answer) -> None:
    async def story() -> None:
        async with asyncio.timeout(60), receiver(answer) as server:
            with pytest.raises(httpx.ReadTimeout, match=r"within 0\.3 s"):
                await post(f"http://hooks.example:{server.port}/", transport(timeout_seconds=0.3))

    asyncio.run(story())


def test_a_slow_look_up_counts() -> None:
    class Slow(Names):
        async def __call__(self, host: str) -> Sequence[str]:
            await asyncio.sleep(5)
            return ["127.0.0.1"]

    async def story() -> None:
        with pytest.raises(httpx.ReadTimeout):
            await post("http://hooks.example:9/", transport(Slow(["127.0.0.1"]), timeout_seconds=0.1))

    asyncio.run(story())


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with receiver() as server, receiver() as proxy:
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
            await post(f"http://hooks.example:{server.port}/", transport())
            assert (len(server.requests), len(proxy.requests)) == (1, 0)

    asyncio.run(story())


def test_unknown_hosts() -> None:
    async def story() -> None:
        with pytest.raises(UnknownHostError, match="no address"):
            await post("http://hooks.example:9/", transport(Names([])))

    asyncio.run(story())
