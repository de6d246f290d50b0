"""Sign who the customer is, on the server of the shop. Python 3.8 or newer, nothing to install.

KLEPET_KEY_ID=... KLEPET_SECRET=... python3 sample.py customer-42 "Ana Novak" ana@shop.example
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def sign_identity(key_id: str, secret: str, claims: dict) -> str:
    """Return the text to hand to the page; it is valid for an hour."""
    document = {"kid": key_id, "exp": int(time.time()) + 3600, **claims}
    payload = base64url(json.dumps(document).encode("utf-8"))
    signature = hmac.new(secret.encode("utf-8"), payload.encode("ascii"), hashlib.sha256).digest()
    return payload + "." + base64url(signature)


if __name__ == "__main__":
    user_id, name, email = sys.argv[1:4]
    claims = {"user_id": user_id, "name": name, "email": email, "attributes": {"plan": "gold"}}
    sys.stdout.write(sign_identity(os.environ["KLEPET_KEY_ID"], os.environ["KLEPET_SECRET"], claims) + "\n")
