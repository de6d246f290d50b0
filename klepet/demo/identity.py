"""Telling klepet who has signed in: the part that a customer's developer writes on their own server.

Only the standard library, and no import from klepet: it can be copied as it is.
"""

import base64
import hashlib
import hmac
import json

LIFETIME_SECONDS = 3600


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def identity_token(key_id: str, secret: str, now: int, *, user_id: str, name: str, email: str) -> str:
    """Return a token that says, for an hour, that this browser belongs to this customer."""
    claims = {"kid": key_id, "user_id": user_id, "name": name, "email": email, "exp": now + LIFETIME_SECONDS}
    payload = _base64url(json.dumps(claims).encode())
    signature = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    return payload + "." + _base64url(signature)
