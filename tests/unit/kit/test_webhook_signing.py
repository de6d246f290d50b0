"""Webhook signatures, as the library sees them that receivers use."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from klepet.kit.webhook_signing import new_webhook_secret, sign_webhook

SECRET = new_webhook_secret()
BODY = '{"type":"message.sent","text":"Zażółć"}'.encode()


def now() -> datetime:
    return datetime.now(UTC)  # the library compares with the machine's clock


def test_example_of_the_specification() -> None:
    headers = sign_webhook(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        datetime.fromtimestamp(1614265330, UTC),
        b'{"test": 2432232314}',
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_library_accepts_it() -> None:
    headers = sign_webhook([SECRET], "0196", now(), BODY)
    assert Webhook(SECRET).verify(BODY, headers) == {"type": "message.sent", "text": "Zażółć"}


def test_both_secrets_sign_during_a_replacement() -> None:
    other = new_webhook_secret()
    headers = sign_webhook([SECRET, other], "0196", now(), BODY)
    assert Webhook(SECRET).verify(BODY, headers) == Webhook(other).verify(BODY, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_webhook_secret()).verify(BODY, headers)


def test_changes_are_noticed() -> None:
    headers = sign_webhook([SECRET], "0196", now(), BODY)
    for changed in ({"webhook-id": "0197"}, {"webhook-timestamp": str(int(now().timestamp()) + 5)}):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(BODY, headers | changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY + b" ", headers)


@given(st.binary(min_size=32, max_size=32), st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3))
def test_any_secret_and_body(random: bytes, document: dict[str, str]) -> None:
    secret = new_webhook_secret(lambda count: random[:count])
    body = json.dumps(document).encode()
    assert Webhook(secret).verify(body, sign_webhook([secret], "id", now(), body)) == document


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_%%%", "whsec_é", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ="]
)
def test_wrong_secrets(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes"):
        sign_webhook([secret], "id", now(), BODY)


def test_no_secret() -> None:
    with pytest.raises(ValueError, match="needs a secret"):
        sign_webhook([], "id", now(), BODY)


@pytest.mark.parametrize("webhook_id", ["", "a.b", "a\r\nset-cookie: x", "é"])
def test_ids_that_could_be_confused(webhook_id: str) -> None:
    with pytest.raises(ValueError, match="full stop"):
        sign_webhook([SECRET], webhook_id, now(), BODY)
