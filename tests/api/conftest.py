"""A klepet in process: routes over a real database, a clock that stands still, clients like browsers and programs."""

import functools
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from argon2 import PasswordHasher
from litestar import Litestar
from litestar.testing import TestClient

from klepet.actions.links import create_setup_link
from klepet.actions.listening import run_listener
from klepet.kit import passwords
from klepet.kit.clock import FakeClock
from klepet.kit.ids import Ids
from klepet.kit.tokens import new_token, token_hash
from klepet.listeners import index_search
from klepet.realtime.hub import Hub
from klepet.store.cluster import PostgresDatabase
from klepet.store.database import SqliteDatabase
from klepet.web.api import api_routes
from klepet.web.config import Limits, Parts, Rate, Rates, WebConfig
from klepet.web.errors import exception_handlers
from tests.schemas import make_schema

PUBLIC_URL = "http://klepet.test"
PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
FREE = Rate(100_000, 100_000)
FREE_RATES = Rates(
    sign_in_account=FREE,
    sign_in_account_address=FREE,
    sign_in_address=FREE,
    refused_address=FREE,
    operator=FREE,
    visitor=FREE,
    visitor_address=FREE,
)


class Klepet:
    """A running klepet with its insides in reach."""

    def __init__(self, folder: Path, rates: Rates = FREE_RATES, database: str | None = None, **config: Any) -> None:
        self.clock = FakeClock(datetime(2026, 5, 4, 9, 0, tzinfo=UTC))
        self.ids = Ids(self.clock)
        values: dict[str, Any] = {
            "public_url": PUBLIC_URL,
            "data": folder,
            "languages": ("en", "pl", "ru", "sl"),
            "rates": rates,
        }
        self.config = WebConfig(**(values | config))
        self.events: list[Any] = []
        self.database = database
        self.db: Any = None
        self.hub = Hub(self.clock)
        self.app = IDLE.pop() if IDLE else _application()
        self.app.state["klepet"] = self
        self.client = TestClient(self.app, base_url=PUBLIC_URL)
        self.client.__enter__()

    def close(self) -> None:
        """End; the application goes on with the parts of the next."""
        self.client.__exit__(None, None, None)
        self.app.state.clear()
        IDLE.append(self.app)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Parts]:
        """The parts that are the application's while it runs."""
        if self.database is not None:
            self.db = PostgresDatabase(self.database, self.clock, self.events.append)
            await self.db.follow()
        else:
            path = self.config.data / "klepet.sqlite"
            if not path.exists():
                path.write_bytes(_empty_database())
            self.db = SqliteDatabase(path, self.clock, self.events.append, synchronous="OFF")
        limits = Limits(self.clock, self.config.rates)
        try:
            yield Parts(self.db, self.clock, self.ids, self.config, limits, self.hub)
        finally:
            if self.database is not None:
                await self.db.leave()
            self.db.close()

    def write(self, run: Callable[[Any], Any]) -> Any:
        """Run one unit."""
        return self.client.blocking_portal.call(lambda: self.db.write(run))

    def read(self, run: Callable[[Any], Any]) -> Any:
        """Run one read."""
        return self.client.blocking_portal.call(lambda: self.db.read(run))

    def index_messages(self) -> None:
        """Let the search listener catch up, as it does by itself in a running server."""
        now = self.clock.now()
        self.write(
            lambda tx: run_listener(
                tx, index_search.NAME, index_search.EVENTS, index_search.handle, now=now, ids=self.ids, limit=500
            )
        )

    def setup_token(self) -> str:
        """A fresh set-up link's token."""
        token = new_token()
        now = self.clock.now()
        self.write(lambda tx: create_setup_link(tx, token_hash(token), now=now, ids=self.ids))
        return token

    def recorded(self) -> list[str]:
        """The types of all events so far."""
        return [type(item.event).__struct_config__.tag for group in self.events for item in group.events]


IDLE: list[Litestar] = []
"""Applications without parts: building one takes longer than most tests."""


def _application() -> Litestar:
    return Litestar(
        api_routes(),
        lifespan=[_run],
        exception_handlers=exception_handlers(),
        openapi_config=None,
        logging_config=None,
    )


@asynccontextmanager
async def _run(app: Litestar) -> AsyncIterator[None]:
    async with app.state["klepet"].opened() as app.state["parts"]:
        yield


@functools.cache
def _empty_database() -> bytes:
    """A database as the migrations make it, made once for all tests."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.sqlite"
        make_schema(path)
        return path.read_bytes()


class Browser:
    """A console's page: keeps the cookie, sends Origin and the CSRF header."""

    def __init__(self, klepet: Klepet) -> None:
        self.klepet = klepet
        self.cookie: str | None = None
        self.csrf: str | None = None
        self.me: dict[str, Any] = {}

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"origin": PUBLIC_URL, **options.pop("headers", {})}
        if self.csrf:
            headers.setdefault("x-klepet-csrf", self.csrf)
        if self.cookie:
            headers.setdefault("cookie", f"klepet_session={self.cookie}")
        self.klepet.client.cookies.clear()
        response = self.klepet.client.request(method, f"/api/v1{path}", headers=headers, **options)
        if "klepet_session" in response.cookies:
            self.cookie = response.cookies["klepet_session"]
        elif "max-age=0" in response.headers.get("set-cookie", "").lower():
            self.cookie = None
        self.klepet.client.cookies.clear()
        return response

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.request("POST", path, **({"json": json} if json is not None else {}), **options)

    def put(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.request("PUT", path, **({"json": json} if json is not None else {}), **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        return self.request("PATCH", path, **({"json": json} if json is not None else {}), **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        return self.request("DELETE", path, **options)

    def enter(self, response: httpx.Response) -> dict[str, Any]:
        """Take a Me for one's own."""
        assert response.status_code in (200, 201), response.text
        self.me = response.json()
        self.csrf = self.me["csrf_token"]
        return self.me

    def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        return self.enter(self.post("/session", {"email": email, "password": password}))

    @property
    def id(self) -> UUID:
        return UUID(self.me["operator"]["id"])


class Program(Browser):
    """A program with an API token: no cookie, no Origin."""

    def __init__(self, klepet: Klepet, token: str) -> None:
        super().__init__(klepet)
        self.token = token

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        self.klepet.client.cookies.clear()
        headers = {"authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return self.klepet.client.request(method, f"/api/v1{path}", headers=headers, **options)


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing costs next to nothing here. What it costs really is looked at where it is made."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)


@pytest.fixture
def make_klepet(tmp_path: Path, new_database: Callable[[], str | None]) -> Iterator[Callable[..., Klepet]]:
    made: list[Klepet] = []

    def make(**options: Any) -> Klepet:
        place, folder = options.pop("at", (None, tmp_path / str(len(made))))
        folder.mkdir(exist_ok=True)
        database = new_database() if place is None else place if isinstance(place, str) else None
        klepet = Klepet(folder, database=database, **options)
        made.append(klepet)
        return klepet

    yield make
    for klepet in made:
        klepet.close()


@pytest.fixture
def klepet(make_klepet: Callable[..., Klepet]) -> Klepet:
    return make_klepet()


@pytest.fixture
def owner(klepet: Klepet) -> Browser:
    return set_up(klepet)


def set_up(klepet: Klepet) -> Browser:
    browser = Browser(klepet)
    data = {"token": klepet.setup_token(), "email": "ada@shop.test", "name": "Ada", "password": PASSWORD}
    browser.enter(browser.post("/setup", data))
    return browser


def invite(owner: Browser, role: str, email: str) -> Browser:
    """An operator of a role, signed in."""
    made = owner.post("/operators/invitations", {"email": email, "name": email.split("@")[0], "role": role})
    assert made.status_code == 201, made.text
    browser = Browser(owner.klepet)
    token = made.json()["link"].rpartition("/")[2]
    browser.enter(browser.post("/links/accept", {"token": token, "password": PASSWORD}))
    return browser


@pytest.fixture
def supervisor(owner: Browser) -> Browser:
    return invite(owner, "supervisor", "sue@shop.test")


@pytest.fixture
def operator(owner: Browser) -> Browser:
    return invite(owner, "operator", "olga@shop.test")
