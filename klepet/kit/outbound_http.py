"""HTTP to hosts that somebody else names, such as the receivers of webhooks.

Each request looks its host up once, checks every address, and connects to a checked address with the name's own TLS
server name and Host header. Redirects are answers like any other, answers are small, and all of it has one deadline.
"""

import asyncio
import socket
import ssl
from collections.abc import Sequence

import httpx

from klepet.kit.addresses import AddressRefusedError, HostNotFoundError, Resolver, resolve_public


class RefusedHostError(httpx.TransportError):
    """The host may not be called."""


class UnknownHostError(httpx.TransportError):
    """The host does not exist, or has no address."""


class ResponseTooLargeError(httpx.TransportError):
    """The answer was longer than allowed, or compressed, which could hide its length."""


async def system_resolver(host: str) -> Sequence[str]:
    """Look a host up as the machine does."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class GuardedTransport(httpx.AsyncBaseTransport):
    """A transport for httpx that reaches only public addresses, or also private ones where that is allowed."""

    def __init__(
        self,
        resolver: Resolver = system_resolver,
        *,
        allow_private: bool = False,
        max_response_bytes: int = 64 * 1024,
        timeout_seconds: float = 15.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._resolver = resolver
        self._allow_private = allow_private
        self._max_response_bytes = max_response_bytes
        self._timeout_seconds = timeout_seconds
        # No connection is kept: the pool knows them by address, and a certificate was checked for one name only.
        self._inner = httpx.AsyncHTTPTransport(
            verify=tls or ssl.create_default_context(),
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=0),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return its whole answer."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._send(request)
        except TimeoutError:
            message = f"no complete answer within {self._timeout_seconds:g} s"
            raise httpx.ReadTimeout(message, request=request) from None

    async def _send(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        try:
            addresses = await resolve_public(host, self._resolver, allow_private=self._allow_private)
        except AddressRefusedError as error:
            raise RefusedHostError(str(error), request=request) from None
        except HostNotFoundError as error:
            raise UnknownHostError(str(error), request=request) from None
        request.headers["accept-encoding"] = "identity"
        for address in addresses[:-1]:
            try:
                return await self._send_to(str(address), host, request)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # the next address; nothing was sent yet
        return await self._send_to(str(addresses[-1]), host, request)

    async def _send_to(self, address: str, host: str, request: httpx.Request) -> httpx.Response:
        addressed = httpx.Request(
            request.method,
            request.url.copy_with(host=address),
            headers=request.headers,  # with the Host of the name
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": host},
        )
        response = await self._inner.handle_async_request(addressed)
        try:
            body = await self._read(response, request)
        finally:
            await response.aclose()
        return httpx.Response(response.status_code, headers=response.headers, content=body, request=request)

    async def _read(self, response: httpx.Response, request: httpx.Request) -> bytes:
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise ResponseTooLargeError("the answer is compressed although that was not asked for", request=request)
        body = bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > self._max_response_bytes:
                message = f"the answer is longer than {self._max_response_bytes} bytes"
                raise ResponseTooLargeError(message, request=request)
        return bytes(body)

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()


def guarded_client(transport: GuardedTransport) -> httpx.AsyncClient:
    """Make a client that follows no redirect and takes nothing from the environment, such as a proxy or a .netrc."""
    return httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False)
