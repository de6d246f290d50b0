"""What the shop is told by whoever starts it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime


def random_suffix() -> str:
    """Return six characters that make an order number hard to guess."""
    return secrets.token_hex(3).upper()


@dataclass(frozen=True)
class ShopConfig:
    """Where klepet is and which keys this shop was given there.

    `klepet_url` has no trailing slash. `identity_secret` is the text that the console shows for `identity_key_id`.
    `console_url`, when given, is linked from the strip on top, for people who try klepet out.
    """

    klepet_url: str
    site_key: str
    second_site_key: str
    identity_key_id: str
    identity_secret: str = field(repr=False)
    clock: Callable[[], datetime]
    currency: str = "EUR"
    console_url: str | None = None
    order_suffix: Callable[[], str] = random_suffix
