"""Signatures of webhooks after the Standard Webhooks specification, so that receivers can use a ready library.

The signed text is `id.timestamp.body`; a secret is `whsec_` and base64. While a secret is being replaced, both sign.
"""

import base64
import binascii
import hmac
import secrets as system_secrets
from collections.abc import Callable, Sequence
from datetime import datetime

_PREFIX = "whsec_"
_SECRET_BYTES = 32
_MIN_SECRET_BYTES, _MAX_SECRET_BYTES = 24, 64  # what the specification allows


def new_webhook_secret(random: Callable[[int], bytes] = system_secrets.token_bytes) -> str:
    """Make a secret to be shown to the receiver once."""
    return _PREFIX + base64.b64encode(random(_SECRET_BYTES)).decode("ascii")


def sign_webhook(secrets: Sequence[str], webhook_id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of a webhook; a retry keeps its id and has a new time."""
    if not secrets:
        raise ValueError("a webhook needs a secret to be signed with")
    if not webhook_id or not webhook_id.isascii() or not webhook_id.isprintable() or "." in webhook_id:
        raise ValueError("the id of a webhook is printable ASCII without a full stop, which separates the signed parts")
    timestamp = str(int(sent_at.timestamp()))
    signed = f"{webhook_id}.{timestamp}.".encode("ascii") + body
    signatures = (hmac.digest(_key(secret), signed, "sha256") for secret in secrets)
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join("v1," + base64.b64encode(signature).decode("ascii") for signature in signatures),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if not secret.startswith(_PREFIX) or not _MIN_SECRET_BYTES <= len(key) <= _MAX_SECRET_BYTES:
        raise ValueError(f"a webhook secret is {_PREFIX} and the base64 of 24 to 64 bytes")
    return key
