"""The public address, asked as a visitor's browser asks it: whether it leads here, whether WebSocket gets through, what
the proxy says of itself, and its clock. Nothing else is asked, and no redirect is followed.
"""

import ssl
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from secrets import token_bytes, token_hex
from urllib.parse import urlsplit

import httpx
import msgspec

from klepet.kit.clock import Clock
from klepet.kit.outbound_http import GuardedTransport, guarded_client
from klepet.kit.upgrades import Upgrade, UpgradeResult, is_loopback, try_upgrade
from klepet.web.doctor.findings import Check, Finding, State
from klepet.web.reach import PATH, Forwarding, Reach, mark_of

SECONDS = 5.0
SKEW_SECONDS = 10.0
"""The header Date has whole seconds, and an answer takes a moment."""
REASON_CHARS = 200


async def examine_address(
    url: str, epoch: str | None, clock: Clock, *, tls: ssl.SSLContext | None = None
) -> list[Finding]:
    """Everything of this module. `epoch` is what the database says; None where it cannot be read, and then whoever
    answers as klepet does is taken for it. `tls` is for tests.
    """
    nonce = token_hex(16)
    transport = GuardedTransport(allow_private=True, timeout_seconds=SECONDS, tls=tls)
    try:
        async with guarded_client(transport) as http:
            answer = await http.get(f"{url}{PATH}", params={"nonce": nonce})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return [_unreachable(url, error)]
    reach = _reach_of(answer)
    if epoch is None and answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        # Most likely this klepet, which cannot say who it is without the database.
        return [Finding(Check.ADDRESS, State.NOTE, "address_waits", {"url": url, "status": str(answer.status_code)})]
    if reach is None or (epoch is not None and reach.mark != mark_of(epoch, nonce)):
        return [Finding(Check.ADDRESS, State.BAD, "address_foreign", {"url": url, "status": str(answer.status_code)})]
    upgrade = await try_upgrade(f"{url}/w/socket", token_bytes(16), seconds=SECONDS, tls=tls)
    return [
        *_address(url),
        _socket(url, upgrade),
        *examine_forwarding(url, reach.forwarding),
        *_clock(answer, clock.now()),
    ]


def examine_forwarding(url: str, forwarding: Forwarding) -> list[Finding]:
    """What a request tells of the proxy that it came through."""
    if forwarding.is_forwarded and not forwarding.is_proxy_trusted:
        return [Finding(Check.PROXY, State.BAD, "proxy_untrusted")]
    if forwarding.is_proxy_trusted and not forwarding.is_forwarded and not is_loopback(urlsplit(url).hostname or ""):
        return [Finding(Check.PROXY, State.BAD, "proxy_silent")]
    return [Finding(Check.PROXY, State.GOOD, "proxy_good" if forwarding.is_forwarded else "proxy_none")]


def _address(url: str) -> Iterator[Finding]:
    values: dict[str, str | int | float] = {"url": url}
    if is_loopback(urlsplit(url).hostname or ""):
        yield Finding(Check.ADDRESS, State.NOTE, "address_local", values)
    elif not url.startswith("https://"):
        yield Finding(Check.ADDRESS, State.WARN, "address_plain", values)
    else:
        yield Finding(Check.ADDRESS, State.GOOD, "address_good", values)


def _unreachable(url: str, error: Exception) -> Finding:
    reason = (str(error) or type(error).__name__)[:REASON_CHARS]
    code = "address_certificate" if "CERTIFICATE" in reason.upper() else "address_unreachable"
    return Finding(Check.ADDRESS, State.BAD, code, {"url": url, "reason": reason})


def _reach_of(answer: httpx.Response) -> Reach | None:
    try:
        return msgspec.json.decode(answer.content, type=Reach) if answer.status_code == 200 else None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _socket(url: str, upgrade: Upgrade) -> Finding:
    match upgrade.result:
        case UpgradeResult.WORKS:
            return Finding(Check.SOCKET, State.GOOD, "socket_good", {"url": url})
        case UpgradeResult.REFUSED:
            return Finding(Check.SOCKET, State.BAD, "socket_stripped", {"status": str(upgrade.status)})
        case UpgradeResult.SILENT:
            return Finding(Check.SOCKET, State.BAD, "socket_silent")
        case UpgradeResult.FAILED:
            return Finding(Check.SOCKET, State.BAD, "socket_failed", {"reason": upgrade.reason[:REASON_CHARS]})


def _clock(answer: httpx.Response, now: datetime) -> Iterator[Finding]:
    try:
        there = parsedate_to_datetime(answer.headers["date"])
        skew = abs((there - now).total_seconds())
    except (KeyError, ValueError, TypeError):
        return
    if skew > SKEW_SECONDS:
        yield Finding(Check.CLOCK, State.WARN, "clock_public", {"seconds": round(skew)})
    else:
        yield Finding(Check.CLOCK, State.GOOD, "clock_good")
