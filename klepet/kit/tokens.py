"""Credentials: random tokens that are stored hashed, and identities signed by somebody else's server.

A signed identity is `base64url(json) + "." + base64url(hmac_sha256(secret, first part))`, both without padding, where
json is {"kid", "user_id", "exp"} and optionally "name", "email", "phone" and "attributes". The secret is used as the
bytes of the text that its owner was given. The format names no algorithm, so none can be talked down.
"""

import base64
import binascii
import hashlib
import hmac
import secrets as system_secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

MAX_IDENTITY_BYTES = 4096
MAX_LIFETIME_SECONDS = 24 * 3600
CLOCK_TOLERANCE_SECONDS = 60
_TOKEN_BYTES = 32


def new_token(random: Callable[[int], bytes] = system_secrets.token_bytes, prefix: str = "") -> str:
    """Make a token of 256 random bits; the prefix tells people and secret scanners what it is."""
    return prefix + _encode(random(_TOKEN_BYTES))


def token_hash(token: str) -> bytes:
    """Hash a token for storage; a plain hash is enough because nobody can guess 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def same_token(token: str, stored_hash: bytes) -> bool:
    """Compare a token with a stored hash in constant time."""
    return hmac.compare_digest(token_hash(token), stored_hash)


class IdentityProblem(StrEnum):
    """Why a signed identity was refused."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    EXPIRED = "expired"
    TOO_LONG_LIVED = "too_long_lived"
    BAD_CLAIMS = "bad_claims"


class IdentityError(ValueError):
    """A signed identity that must not be believed; the message is meant for the site's developer. `expired` is what it
    said while it counted: genuine, but of the past.
    """

    def __init__(self, reason: IdentityProblem, message: str, expired: "IdentityClaims | None" = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.expired = expired


# No control characters, no lone surrogates, and something visible.
_LINE = r"^(?=.*\S)[^\x00-\x1f\x7f-\x9f\ud800-\udfff]*\Z"
UserId = Annotated[str, Meta(min_length=1, max_length=200, pattern=_LINE)]
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=_LINE)]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^\s@\x00-\x1f\x7f]+@[^\s@\x00-\x1f\x7f]+\Z")]
Phone = Annotated[str, Meta(min_length=1, max_length=40, pattern=_LINE)]
AttributeName = Annotated[str, Meta(min_length=1, max_length=64, pattern=_LINE)]
AttributeText = Annotated[str, Meta(max_length=1000)]
AttributeInteger = Annotated[int, Meta(ge=-(2**53), le=2**53)]  # what every JSON reader keeps exactly
Attributes = Annotated[dict[AttributeName, AttributeText | AttributeInteger | float | bool | None], Meta(max_length=50)]


class IdentityClaims(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Who somebody is, as the holder of the secret says; `exp` in seconds since 1970."""

    kid: Annotated[str, Meta(min_length=1, max_length=64)]
    user_id: UserId
    exp: Annotated[int, Meta(ge=0, le=2**40)]
    name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    attributes: Attributes = {}  # msgspec gives each instance its own

    @property
    def expires_at(self) -> datetime:
        """Tell when the identity stops being valid."""
        return datetime.fromtimestamp(self.exp, UTC)


class _KeyId(Struct):
    kid: str


_claims_decoder = msgspec.json.Decoder(IdentityClaims)
_key_decoder = msgspec.json.Decoder(_KeyId)


def sign_identity(claims: IdentityClaims, secret: bytes) -> str:
    """Sign claims with the secret that claims.kid names."""
    if not secret:
        raise ValueError("an identity needs a secret to be signed with")
    payload = _encode(msgspec.json.encode(claims))
    return f"{payload}.{_encode(_signature(secret, payload))}"


def verify_identity(token: str, secrets: Mapping[str, bytes], now: datetime) -> IdentityClaims:
    """Return the claims of a signed identity, or raise IdentityError; secrets are by key id."""
    if len(token) > MAX_IDENTITY_BYTES:
        raise IdentityError(IdentityProblem.MALFORMED, f"the identity is longer than {MAX_IDENTITY_BYTES} bytes")
    payload, separator, signature = token.partition(".")
    if not separator:
        raise IdentityError(IdentityProblem.MALFORMED, "the identity must be two parts joined by a dot")
    document = _decode(payload)
    given_signature = _decode(signature)
    try:
        key_id = _key_decoder.decode(document).kid
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IdentityError(IdentityProblem.MALFORMED, f"the identity is no JSON object with a kid: {error}") from None
    secret = secrets.get(key_id)
    if not secret:  # an empty secret would let anyone sign
        raise IdentityError(IdentityProblem.UNKNOWN_KEY, "no secret has this kid; was it replaced or deleted?")
    if not hmac.compare_digest(_signature(secret, payload), given_signature):
        raise IdentityError(IdentityProblem.BAD_SIGNATURE, "the signature does not fit the identity and its secret")
    try:
        claims = _claims_decoder.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise IdentityError(IdentityProblem.BAD_CLAIMS, f"the claims cannot be used: {error}") from None
    _check_lifetime(claims, now)
    return claims


def _check_lifetime(claims: IdentityClaims, now: datetime) -> None:
    remaining = claims.exp - now.timestamp()
    if remaining <= 0:
        raise IdentityError(IdentityProblem.EXPIRED, "the identity has expired; sign a new one for each page", claims)
    if remaining > MAX_LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS:
        raise IdentityError(IdentityProblem.TOO_LONG_LIVED, "exp may lie at most 24 hours ahead, in seconds since 1970")


def _signature(secret: bytes, payload: str) -> bytes:
    return hmac.digest(secret, payload.encode("ascii"), "sha256")


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    """Decode base64url without padding, in its only canonical spelling."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        data = b""
    # A second spelling of the same bytes (padding, "+/", stray last bits) would be a second token for one signature.
    if not data or _encode(data) != text:
        raise IdentityError(IdentityProblem.MALFORMED, "both parts must be base64url without padding")
    return data
