"""What the shop remembers of a browser, in one signed cookie of its own: cart, customer, plan, last order."""

import base64
import binascii
import hashlib
import hmac
from typing import Annotated

import msgspec

COOKIE = "kettle_fern"
COOKIE_SECONDS = 30 * 24 * 3600

ShortText = Annotated[str, msgspec.Meta(max_length=80)]
MailText = Annotated[str, msgspec.Meta(max_length=120)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=99)]
Cart = Annotated[dict[ShortText, Quantity], msgspec.Meta(max_length=40)]


class Customer(msgspec.Struct, frozen=True):
    """Who has signed in."""

    user_id: ShortText
    name: ShortText
    email: MailText


class Order(msgspec.Struct, frozen=True):
    """The last order of this browser."""

    number: ShortText
    cart: Cart
    delivery: ShortText
    name: ShortText
    email: MailText


class Session(msgspec.Struct, frozen=True):
    """Everything the cookie holds. It is replaced, never changed."""

    cart: Cart = {}
    customer: Customer | None = None
    plan: ShortText | None = None
    order: Order | None = None


class SessionCodec:
    """Writes sessions into cookies and reads them back; a cookie that was tampered with is an empty session."""

    def __init__(self, secret: str) -> None:
        # Derived, so that a token signed for klepet can never pass for a session, or the other way round.
        self._key = hmac.new(secret.encode(), b"kettle-and-fern session", hashlib.sha256).digest()
        self._decoder = msgspec.json.Decoder(Session)

    def encode(self, session: Session) -> str:
        """Return the cookie for a session."""
        body = base64.urlsafe_b64encode(msgspec.json.encode(session))
        return f"{body.decode('ascii')}.{self._sign(body)}"

    def decode(self, cookie: str) -> Session:
        """Return the session of a cookie."""
        body, _, signature = cookie.partition(".")
        raw = body.encode("utf-8", "replace")
        if not hmac.compare_digest(self._sign(raw).encode(), signature.encode("utf-8", "replace")):
            return Session()
        try:
            return self._decoder.decode(base64.urlsafe_b64decode(raw))
        except (binascii.Error, msgspec.MsgspecError):
            return Session()

    def _sign(self, body: bytes) -> str:
        return hmac.new(self._key, body, hashlib.sha256).hexdigest()
