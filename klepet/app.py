"""The composition root: builds the parts, joins them, serves until told to stop."""

import asyncio
import contextlib
import errno
import gc
import logging
import os
import shutil
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, Literal

import uvicorn
from litestar import Litestar
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import structs

from klepet import __version__
from klepet.access import operators as operator_access
from klepet.actions.backups import plan_backups
from klepet.actions.demo_sites import FIRST_KEY, SECOND_KEY, ensure_demo_sites
from klepet.actions.links import create_setup_link
from klepet.demo import ShopConfig, create_shop
from klepet.jobs.finish_erasure import FinishErasure
from klepet.jobs.make_backup import MakeBackup
from klepet.jobs.prune_log import PruneLog
from klepet.jobs.prune_measurements import PruneMeasurements
from klepet.jobs.prune_records import PruneRecords
from klepet.jobs.prune_visitors import PruneVisitors
from klepet.jobs.release_conversations import ReleaseConversations
from klepet.jobs.runner import Runner
from klepet.jobs.send_webhook import SendWebhook, open_caller
from klepet.kit.clock import Clock, SystemClock
from klepet.kit.ids import Ids
from klepet.kit.logs import begin_logging, shown_line
from klepet.kit.service_manager import READY, STOPPING, tell_service_manager
from klepet.kit.tokens import new_token, token_hash
from klepet.kit.user_agents import describe_user_agent
from klepet.listeners import index_search, send_webhooks
from klepet.listeners.dispatcher import Dispatcher
from klepet.model.errors import Conflict
from klepet.model.frames import CLOSE_RECONNECT
from klepet.realtime.hub import Hub
from klepet.realtime.peers import Peers
from klepet.settings import Settings, SettingsError, Sockets, unknown_settings
from klepet.store.migrating import BeforeMigrating, backup_first
from klepet.store.opening import open_database
from klepet.web.api import api_routes
from klepet.web.config import CONNECTIONS_PER_ADDRESS, Limits, Parts, Rate, Rates, WebConfig
from klepet.web.errors import exception_handlers
from klepet.web.health import PATHS as HEALTH_PATHS
from klepet.web.health import Health
from klepet.web.http_guard import ProtocolSniffer
from klepet.web.leaving import sweep_presence
from klepet.web.pings import PingWheel
from klepet.web.principals import OperatorSession, VisitorSession
from klepet.web.public import public_routes
from klepet.web.reach import get_reach
from klepet.web.request_ids import with_request_ids
from klepet.web.session import Desk
from klepet.web.socket import MESSAGE_BYTES, serve_socket
from klepet.web.static import StaticFiles

SWEEP_SECONDS = 2.0
UNREAD_MILLISECONDS = 60_000
LANGUAGES = ("en", "pl", "ru", "sl")
_CROSS_ORIGIN = ("/w/", "/w.js", "/widget/", "/photos/", "/api/v1/visitor")
"""What pages of other origins may ask: nothing here reads a cookie."""

_log = logging.getLogger("klepet")


METRICS_PATH = "/metrics"
Serve = Callable[[Any, Send], Awaitable[None]]


class Klepet:
    """A running klepet: made and closed on the event loop that it serves."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        settings.make_data_folder()
        self.settings = settings
        self.ids = Ids(clock)
        self.hub = Hub(clock)
        self.db = open_database(settings.database, clock, self.hub.take, _backup_first(settings, clock))
        config = WebConfig(
            public_url=settings.public_url,
            data=settings.data,
            languages=LANGUAGES,
            is_demo=settings.is_demo,
            rates=_scaled(Rates(), settings.rate_scale),
            connections_per_address=max(1, int(CONNECTIONS_PER_ADDRESS * settings.rate_scale)),
            trusted_proxies=settings.trusted_proxies,
            is_private_webhook_allowed=settings.is_private_webhook_allowed,
            backups=settings.backups,
            backup_hours=settings.backup_hours,
            database_warnings=tuple(self.db.warnings),
            listeners=(index_search.NAME, send_webhooks.NAME),
        )
        counts = self.hub.counts = self.db.counts
        self.parts = Parts(
            self.db, clock, self.ids, config, Limits(clock, config.rates, counts=counts), self.hub, counts
        )
        self.desk = Desk(self.parts, self.hub)
        self._peers = self._join_peers(clock)
        self._webhooks = SendWebhook(partial(open_caller, allow_private=settings.is_private_webhook_allowed), counts)
        self.dispatcher = Dispatcher(self.db, clock, self.ids, [index_search, send_webhooks])
        self.runner = Runner(
            self.db,
            clock,
            self.ids,
            [
                self._webhooks,
                FinishErasure(),
                ReleaseConversations(),
                PruneLog(config.log_kept),
                PruneMeasurements(config.measurements_kept),
                PruneVisitors(config.measurements_kept),
                PruneRecords(config.session_idle),
                *([_backup_job(settings)] if settings.backup_hours else []),
            ],
        )
        self.hub.on_commit.extend([self.dispatcher.wake, self.runner.wake])
        self._sweeper: asyncio.Task[None] | None = None
        self.health = Health(self.db, clock)
        self.app = asgi_app(self.desk, self.health, self._metrics())

    async def open(self) -> None:
        """Read what lives in memory, and begin the work in the background."""
        await self.db.follow()
        if self._peers is not None:
            self._peers.start()
        every = timedelta(hours=self.settings.backup_hours) if self.settings.backup_hours else None
        await self.db.write(lambda tx: plan_backups(tx, every, now=self.parts.clock.now()))
        operators = await self.db.read(operator_access.everyone)
        self.hub.set_availability((one.id, one.availability) for one in operators if not one.is_disabled)
        self._sweeper = asyncio.create_task(self._sweep())
        # The patterns take a tenth of a second to read; the first visitor does not wait for them.
        self.desk.spawn(asyncio.to_thread(describe_user_agent, "Mozilla/5.0"))
        self.dispatcher.wake()
        self.runner.wake()

    async def close(self) -> None:
        """Let clients reconnect elsewhere, finish what is under way, commit, close; also what was opened half."""
        self.desk.send_away(CLOSE_RECONNECT)
        if self._sweeper is not None:
            self._sweeper.cancel()
        if self.desk.tasks:
            await asyncio.wait(list(self.desk.tasks), timeout=5)
        await self.runner.close()
        await self.dispatcher.close()
        await self._webhooks.close()
        if self._peers is not None:
            self._peers.stop()
        await self.db.leave()
        self.db.close()

    async def new_setup_link(self) -> str | None:
        """The address at which the first owner is set up; None when there is one already."""
        token, now = new_token(), self.parts.clock.now()
        try:
            await self.db.write(lambda tx: create_setup_link(tx, token_hash(token), now=now, ids=self.ids))
        except Conflict:
            return None
        return f"{self.settings.public_url}/console/#/setup/{token}"

    def _metrics(self) -> Serve | None:
        if self.settings.metrics_token is None:
            return None
        from klepet.web.metrics import Metrics, Sources  # the library costs memory where nobody asks for it

        sources = Sources(
            listeners=self.parts.config.listeners,
            waiting_units=lambda: self.db.waiting,
            running_jobs=lambda: self.runner.running_count,
            is_draining=lambda: self.health.is_draining,
        )
        return Metrics(self.parts, sources, self.settings.metrics_token).serve

    def _join_peers(self, clock: Clock) -> Peers | None:
        """Let several processes on one database share presence, signals and rates."""
        shared, limits = self.db.shared, self.parts.limits
        if shared is None:
            return None
        peers = Peers(self.hub, clock, self.ids().hex, shared.publish, limits.take_elsewhere)
        shared.on_signals = peers.take
        shared.is_alone = lambda: peers.is_alone
        shared.on_reset = self._begin_anew
        self.hub.relay = peers
        limits.on_taken = peers.taken
        return peers

    def _begin_anew(self) -> None:
        """Let every client come back and be given everything: the log was replaced."""
        for session in list(self.desk.sessions):
            session.end(CLOSE_RECONNECT)

    async def _sweep(self) -> None:
        sweeps: list[Callable[[], None]] = [self.desk.sweep, partial(sweep_presence, self.desk)]
        if self._peers is not None:
            sweeps.append(self._peers.sweep)
        while True:
            began = self.parts.clock.monotonic()
            await asyncio.sleep(SWEEP_SECONDS)
            self.parts.counts.loop_lag_seconds.add(self.parts.clock.monotonic() - began - SWEEP_SECONDS)
            for sweep in sweeps:
                try:
                    sweep()
                except Exception:
                    _log.exception("a sweep failed; the next one goes on")


def _backup_job(settings: Settings) -> MakeBackup:
    told = {
        "KLEPET_DATA": str(settings.data),
        "KLEPET_DATABASE": settings.database_url or "",
        "KLEPET_BACKUPS": str(settings.backups),
        "KLEPET_BACKUPS_KEPT": str(settings.backups_kept),
    }
    polite = [nice, "-n", "10"] if (nice := shutil.which("nice")) else []
    command = [*polite, sys.executable, "-m", "klepet", "backup"]
    return MakeBackup(command, os.environ | told, settings.backup_hours * 3_600.0)


def _backup_first(settings: Settings, clock: Clock) -> BeforeMigrating | None:
    if not settings.is_backed_up_before_migrating:
        return None
    return backup_first(
        settings.uploads,
        settings.backups,
        version=__version__,
        keep=settings.backups_kept,
        clock=clock,
        tell=lambda text: _log.info("%s", text),
    )


def asgi_app(desk: Desk, health: Health, metrics: Serve | None = None) -> ASGIApp:
    """Everything that is served on klepet's own port, as one ASGI application."""
    litestar = Litestar(
        [*api_routes(), *public_routes(desk, desk.hub), get_reach],
        exception_handlers=exception_handlers(),
        openapi_config=None,
        logging_config=None,
    )
    litestar.state["parts"] = desk.parts
    static = StaticFiles()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        kind, path = str(scope["type"]), str(scope.get("path", ""))
        if kind == "websocket" and path == "/w/socket":
            await serve_socket(scope, receive, send, desk, VisitorSession)
        elif kind == "websocket" and path == "/api/v1/socket":
            await serve_socket(scope, receive, send, desk, OperatorSession)
        elif kind == "http" and path in HEALTH_PATHS:
            await health.serve(scope, send)
        elif kind == "http" and path == METRICS_PATH and metrics is not None:
            await metrics(scope, send)
        elif kind == "http" and path.startswith(_CROSS_ORIGIN):
            shared = _with_cors(send)
            if scope["method"] == "OPTIONS":  # type: ignore[typeddict-item]
                await _answer_preflight(shared)
            elif static.knows(path):
                await static.serve(scope, shared)
            else:
                await litestar(scope, receive, shared)
        elif kind == "http" and static.knows(path):
            await static.serve(scope, send)
        else:
            await litestar(scope, receive, send)

    return with_request_ids(app, desk.parts.config.trusted_proxies)


def _with_cors(send: Send) -> Send:
    async def wrapped(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = [*message.get("headers", []), (b"access-control-allow-origin", b"*")]
            message = {**message, "headers": headers}
        await send(message)

    return wrapped


async def _answer_preflight(send: Send) -> None:
    headers = [
        (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
        (b"access-control-allow-headers", b"authorization, content-type, idempotency-key"),
        (b"access-control-max-age", b"86400"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _scaled(rates: Rates, scale: float) -> Rates:
    changed = {
        name: Rate(rate.burst * scale, rate.per_second * scale)
        for name in rates.__struct_fields__
        if (rate := getattr(rates, name))
    }
    return structs.replace(rates, **changed)


def socket_protocol(desk: Desk, sockets: Sockets) -> type[asyncio.Protocol]:
    """What takes connections that ask for a WebSocket."""
    if sockets is Sockets.UVICORN:
        from klepet.web.socket_guard import GuardedSockets

        return GuardedSockets
    from klepet.web.picows_socket import protocol_for

    return protocol_for(desk, {b"/w/socket": VisitorSession, b"/api/v1/socket": OperatorSession}, PingWheel())


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: klepet drains before it stops."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Leave the signals to `serve`."""
        yield


def _sockets(settings: Settings) -> Iterator[tuple[socket.socket, str]]:
    """The sockets of klepet and of the demo shop, bound before anything else is begun, each with what to do where it
    cannot be had. Raises SettingsError.
    """
    remedy = "choose another with --port or KLEPET_PORT"
    yield _bind(settings.host, settings.port, remedy), remedy
    if settings.is_demo:
        remedy = "choose another with KLEPET_DEMO_PORT, or switch the demo shop off with KLEPET_DEMO=0"
        yield _bind(settings.host, settings.demo_port, remedy), remedy


def _bind(host: str, port: int, remedy: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # passed on to connections: who takes nothing for so long is gone
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_MILLISECONDS)
    except (OSError, UnicodeError) as error:
        bound.close()
        number = error.errno if isinstance(error, OSError) else None
        if number == errno.EADDRINUSE:
            raise SettingsError(f"port {port} is taken by another program; stop it, or {remedy}") from None
        if number == errno.EACCES:
            raise SettingsError(f"this user may not listen on port {port}; {remedy}") from None
        raise SettingsError(
            f"--host or KLEPET_HOST has to be an address of this machine, and {host!r} is none"
        ) from None
    return bound


def _listen(bound: Iterable[tuple[socket.socket, str]]) -> None:
    """Let connections come. Raises SettingsError where another program began to listen meanwhile."""
    for one, remedy in bound:
        try:
            one.listen(2048)
        except OSError:
            port = one.getsockname()[1]
            raise SettingsError(f"port {port} is taken by another program; stop it, or {remedy}") from None


def _server(app: ASGIApp, sockets: type[asyncio.Protocol] | Literal["none"]) -> _Server:
    config = uvicorn.Config(
        app,
        http=ProtocolSniffer,
        lifespan="off",
        log_config=None,  # its lines go where klepet's go
        log_level="warning",
        access_log=False,
        proxy_headers=False,  # uvicorn believes every proxy on this machine; klepet only those that it was told of
        ws=sockets,
        ws_per_message_deflate=False,
        ws_max_size=MESSAGE_BYTES,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return _Server(config)


async def serve(settings: Settings, clock: Clock) -> None:
    """Serve until SIGTERM or SIGINT, then drain."""
    stopped, hurried = asyncio.Event(), asyncio.Event()

    def stop() -> None:
        (hurried if stopped.is_set() else stopped).set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    async with contextlib.AsyncExitStack() as stack:
        bound = [(stack.enter_context(one), remedy) for one, remedy in _sockets(settings)]
        if settings.database_url is None:  # who comes while the only process starts, waits; else another takes them
            _listen(bound)
        klepet = Klepet(settings, clock)
        stack.push_async_callback(klepet.close)
        await klepet.open()
        servers = [_server(klepet.app, socket_protocol(klepet.desk, settings.sockets))]
        if settings.is_demo:
            servers.append(_server(await _demo_shop(klepet, clock), "none"))
        await _say(klepet)
        # What stands now stands until the end: the collector need not walk through it each time, holding everybody up.
        gc.collect()
        gc.freeze()
        pairs = zip(servers, [one for one, _ in bound], strict=True)
        _listen(bound)
        tell_service_manager(READY, os.environ)
        running = [asyncio.create_task(server.serve(sockets=[listening])) for server, listening in pairs]
        ended = asyncio.create_task(stopped.wait())
        await asyncio.wait([ended, *running], return_when=asyncio.FIRST_COMPLETED)
        tell_service_manager(STOPPING, os.environ)
        klepet.health.is_draining = True
        with contextlib.suppress(TimeoutError):  # balancers look at /readyz meanwhile; who asks again does not wait
            async with asyncio.timeout(settings.drain_seconds if stopped.is_set() else 0):
                await hurried.wait()
        for server in servers:
            for listening in server.servers:
                listening.close()
        klepet.desk.send_away(CLOSE_RECONNECT)
        for server in servers:
            server.should_exit = True
        await asyncio.gather(*running)
        ended.cancel()


async def _demo_shop(klepet: Klepet, clock: Clock) -> ASGIApp:
    secret, now = new_token(), clock.now()
    key_id, secret = await klepet.db.write(
        lambda tx: ensure_demo_sites(tx, secret=secret, languages=LANGUAGES, now=now, ids=klepet.ids)
    )
    return create_shop(
        ShopConfig(
            klepet_url=klepet.settings.public_url,
            site_key=FIRST_KEY,
            second_site_key=SECOND_KEY,
            identity_key_id=key_id,
            identity_secret=secret,
            clock=clock.now,
            console_url=f"{klepet.settings.public_url}/console/",
        )
    )


async def _say(klepet: Klepet) -> None:
    settings = klepet.settings
    lines = []
    if settings.is_demo:
        lines.append(f"Demo shop   http://{settings.host}:{settings.demo_port}/")
    lines.append(f"Console     {settings.public_url}/console/")
    link = await klepet.new_setup_link()
    if link is not None:
        lines.append(f"Set up      {link}   (works once, for an hour)")
    sys.stdout.write("".join(shown_line(settings.log_style, line) + "\n" for line in lines))
    sys.stdout.flush()


def run(settings: Settings) -> int:
    """Serve; the answer is the exit code. Raises what keeps klepet from starting."""
    begin_logging(settings.log_style, settings.log_level)
    logging.getLogger("uvicorn.error").addFilter(_is_klepets)
    for sentence in unknown_settings(os.environ):
        _log.warning("%s", sentence)
    sys.setswitchinterval(0.0005)
    gc.set_threshold(5_000, 20, 20)
    _allow_many_connections()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(settings, SystemClock()))
    return 0


def _allow_many_connections() -> None:
    """Raise the limit of open files, a connection being one, to what the system lets this user have."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _is_klepets(record: logging.LogRecord) -> bool:
    """Whether a line tells of klepet, not of a client that breaks HTTP or WebSocket: who floods would fill the disk."""
    return not str(record.msg).startswith(("Invalid HTTP request", "Invalid UTF-8 sequence", "Unsupported upgrade"))


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
