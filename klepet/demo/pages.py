"""Drawing pages: Jinja templates in `templates/`, and the few things that every page needs."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from klepet.demo import words
from klepet.demo.cart import money
from klepet.demo.catalog import CATEGORIES
from klepet.demo.config import ShopConfig
from klepet.demo.identity import identity_token
from klepet.demo.session import Customer, Session

# A call of klepet's JavaScript API: the command, then its arguments.
Call = Sequence[object]

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class Assets:
    """The shop's own style sheets, scripts and pictures, read once; an address changes when its content does."""

    def __init__(self) -> None:
        self._content: dict[str, tuple[bytes, str]] = {}
        self._version: dict[str, str] = {}
        root = files("klepet.demo")
        for folder in ("assets", "art"):
            for file in root.joinpath(folder).iterdir():
                ending = file.name.rpartition(".")[2]
                if ending in _TYPES:
                    content = file.read_bytes()
                    self._content[file.name] = (content, _TYPES[ending])
                    self._version[file.name] = hashlib.sha256(content).hexdigest()[:10]

    def url(self, name: str) -> str:
        """Return the address of a file; an unknown name is a mistake in a template."""
        return f"/assets/{name}?v={self._version[name]}"

    def read(self, name: str) -> tuple[bytes, str] | None:
        """Return a file's content and media type."""
        return self._content.get(name)

    def text(self, name: str) -> str:
        """Return a file's content as text."""
        return self._content[name][0].decode()

    def is_current(self, name: str, version: str) -> bool:
        """Tell whether an address carries the version that is served, so that it may be kept for good."""
        return self._version.get(name) == version


class Pages:
    """Turns a template, a session and a few values into a page."""

    def __init__(self, config: ShopConfig, assets: Assets) -> None:
        self._config = config
        self._environment = Environment(
            loader=PackageLoader("klepet.demo"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.policies["json.dumps_kwargs"] = {}  # keys in the order in which people read them
        self._environment.filters["money"] = lambda amount: money(amount, config.currency)
        self._environment.globals.update(t=words, shop=config, categories=CATEGORIES, asset=assets.url)

    def draw(self, template: str, session: Session, path: str, calls: Sequence[Call] = (), **values: Any) -> str:
        """Return the page as text. `calls` are what the page tells klepet, after who the customer is."""
        about: list[Call] = []
        if session.customer:
            about.append(["identify", self._token(session.customer)])
        if session.plan:
            about.append(["set", {"plan": session.plan}])
        return self._environment.get_template(template).render(
            path=path, session=session, calls=[*about, *calls], pieces=sum(session.cart.values()), **values
        )

    def _token(self, customer: Customer) -> str:
        config = self._config
        return identity_token(
            config.identity_key_id,
            config.identity_secret,
            int(config.clock().timestamp()),
            user_id=customer.user_id,
            name=customer.name,
            email=customer.email,
        )
