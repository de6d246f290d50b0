"""Tokens and signed identities: what is believed, and the attacks that are not."""

import base64
import hashlib
import hmac
import json
import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klepet.kit.tokens import (
    MAX_IDENTITY_BYTES,
    IdentityClaims,
    IdentityError,
    IdentityProblem,
    new_token,
    same_token,
    sign_identity,
    token_hash,
    verify_identity,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET = b"a secret of the shop"
SECRETS = {"one": SECRET, "two": b"another secret"}
IN_AN_HOUR = int(NOW.timestamp()) + 3600
CLAIMS: dict[str, Any] = {"kid": "one", "user_id": "42", "exp": IN_AN_HOUR}


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def signed(document: object, secret: bytes = SECRET) -> str:
    """Sign as a site does, without the code under test; bytes are signed as they are."""
    payload = encode(document if isinstance(document, bytes) else json.dumps(document).encode())
    return payload + "." + encode(hmac.new(secret, payload.encode(), hashlib.sha256).digest())


def problem_of(token: str, secrets: dict[str, bytes] | None = None, now: datetime = NOW) -> IdentityProblem:
    with pytest.raises(IdentityError) as caught:
        verify_identity(token, SECRETS if secrets is None else secrets, now)
    assert str(caught.value)
    return caught.value.reason


# Random tokens


def test_tokens_are_256_random_bits_with_a_prefix() -> None:
    assert new_token(lambda count: b"\xff" * count, prefix="kv_") == "kv_" + "_" * 42 + "8"
    token = new_token(prefix="kv_")
    assert len(base64.urlsafe_b64decode(token.removeprefix("kv_") + "=")) == 32
    assert len({new_token() for _ in range(100)}) == 100


def test_tokens_are_compared_by_hash() -> None:
    token = new_token()
    stored = token_hash(token)
    assert stored == hashlib.sha256(token.encode()).digest()
    assert same_token(token, stored)
    assert not same_token(token + "x", stored)
    assert not same_token("", stored)
    assert not same_token("\ud800 é", stored)


# Identities that are believed


def test_a_signed_identity_is_believed() -> None:
    attributes = {"plan": "gold", "orders": 3, "score": 0.5, "vip": True, "since": None}
    document = CLAIMS | {"name": "Ana Žagar", "email": "ana@shop.example", "phone": "+386 1", "attributes": attributes}
    claims = verify_identity(signed(document), SECRETS, NOW)
    assert (claims.user_id, claims.name, claims.email, claims.phone) == (
        "42",
        "Ana Žagar",
        "ana@shop.example",
        "+386 1",
    )
    assert claims.attributes == attributes
    assert claims.expires_at == NOW + timedelta(hours=1)


def test_each_key_signs_while_it_is_known() -> None:
    token = signed(CLAIMS | {"kid": "two"}, SECRETS["two"])
    assert verify_identity(token, SECRETS, NOW).user_id == "42"
    assert problem_of(token, {"one": SECRET}) == "unknown_key"


def test_unknown_claims_are_ignored() -> None:
    assert verify_identity(signed(CLAIMS | {"iss": "shop", "nested": {"a": [1]}}), SECRETS, NOW).user_id == "42"


@given(
    user_id=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=200),
    seconds=st.integers(min_value=1, max_value=24 * 3600),
    secret=st.binary(min_size=1, max_size=100),
)
def test_what_we_sign_we_believe(user_id: str, seconds: int, secret: bytes) -> None:
    claims = IdentityClaims(kid="k", user_id=user_id, exp=int(NOW.timestamp()) + seconds)
    token = sign_identity(claims, secret)
    assert verify_identity(token, {"k": secret}, NOW) == claims
    assert problem_of(token, {"k": secret + b"x"}) == "bad_signature"


def test_nothing_is_signed_with_an_empty_secret() -> None:
    with pytest.raises(ValueError, match="secret"):
        sign_identity(IdentityClaims(kid="k", user_id="1", exp=IN_AN_HOUR), b"")


# Time


@pytest.mark.parametrize(
    ("seconds", "problem"),
    [
        (-1, IdentityProblem.EXPIRED),
        (0, IdentityProblem.EXPIRED),
        (1, None),
        (24 * 3600 + 60, None),
        (24 * 3600 + 61, IdentityProblem.TOO_LONG_LIVED),
        (2**40 - int(NOW.timestamp()), IdentityProblem.TOO_LONG_LIVED),
    ],
)
def test_lifetime(seconds: int, problem: IdentityProblem | None) -> None:
    token = signed(CLAIMS | {"exp": int(NOW.timestamp()) + seconds})
    if problem is None:
        assert verify_identity(token, SECRETS, NOW).user_id == "42"
    else:
        assert problem_of(token) == problem


def test_replayed_after_its_end() -> None:
    assert problem_of(signed(CLAIMS), now=NOW + timedelta(hours=1)) == "expired"


# Attacks on the form

GOOD = signed(CLAIMS)
PAYLOAD, SIGNATURE = GOOD.split(".")


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        PAYLOAD,
        f"{PAYLOAD}.",
        f".{SIGNATURE}",
        f"{GOOD}.",
        f"{encode(b'{}')}.{GOOD}",  # three parts, as a JWT
        f"{PAYLOAD}==.{SIGNATURE}",
        f"{PAYLOAD}.{SIGNATURE}=",
        f"{PAYLOAD}.{SIGNATURE}\n",
        f" {GOOD}",
        f"{PAYLOAD}\x00.{SIGNATURE}",
        f"{PAYLOAD}.{SIGNATURE[:-1]}é",
        f"{PAYLOAD}.\ud800",
        f"{PAYLOAD}.{SIGNATURE}AA++",
        signed(b"no json"),
        signed(b"\xff\xfe"),
        signed(b"null"),
        signed([1]),
        signed({"user_id": "42", "exp": IN_AN_HOUR}),
        signed(CLAIMS | {"kid": 1}),
        signed(CLAIMS | {"kid": None}),
        signed(b'{"kid":' + b"[" * 2500),
        signed(b'{"kid":"one","user_id":"42","exp":1,"attributes":' + b'{"a":' * 550 + b"1" + b"}" * 551)[:-3],
        "A" * (MAX_IDENTITY_BYTES + 1),
        signed(CLAIMS | {"attributes": {"a": "x" * 4000}}),
    ],
)
def test_malformed(token: str) -> None:
    assert problem_of(token) == "malformed"


def test_a_second_spelling_of_a_signature_is_malformed() -> None:
    # 32 bytes leave two unused bits in the last character; a lenient decoder accepts four spellings.
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = alphabet[alphabet.index(SIGNATURE[-1]) ^ 1]
    assert problem_of(f"{PAYLOAD}.{SIGNATURE[:-1]}{twin}") == "malformed"


def test_deep_nesting_is_refused_with_and_without_a_signature() -> None:
    deep = b'{"kid":"one","user_id":"42","exp":%d,"x":' % IN_AN_HOUR + b"[" * 1400 + b"]" * 1400 + b"}"
    assert problem_of(signed(deep)) == "malformed"
    assert problem_of(signed(deep, b"guess")) == "malformed"


# Attacks on the key and the signature


@pytest.mark.parametrize("kid", ["three", "", "ONE", "one ", "__class__", "../one"])
def test_unknown_keys(kid: str) -> None:
    assert problem_of(signed(CLAIMS | {"kid": kid})) == "unknown_key"


def test_an_empty_secret_is_no_secret() -> None:
    assert problem_of(signed(CLAIMS, b""), {"one": b""}) == "unknown_key"


@pytest.mark.parametrize(
    "token",
    [
        signed(CLAIMS, b"guess"),
        signed(CLAIMS, b""),
        signed(CLAIMS | {"kid": "two"}),  # the right secret under the wrong name
        signed(CLAIMS, SECRETS["two"]),
        signed(CLAIMS, b"one"),  # the key id as the secret
        f"{PAYLOAD}.{encode(b'x')}",
        f"{PAYLOAD}.{encode(bytes(32))}",
        f"{PAYLOAD}.{encode(hashlib.sha256(PAYLOAD.encode()).digest())}",  # not keyed
        f"{PAYLOAD}.{encode(hashlib.sha256(SECRET + PAYLOAD.encode()).digest())}",  # length extension
        f"{PAYLOAD}.{encode(hmac.new(SECRET, PAYLOAD.encode(), hashlib.sha1).digest())}",
        f"{PAYLOAD}.{encode(hmac.new(SECRET, json.dumps(CLAIMS).encode(), hashlib.sha256).digest())}",
        f"{encode(json.dumps(CLAIMS | {'user_id': '43'}).encode())}.{SIGNATURE}",  # somebody else
        f"{encode(json.dumps(CLAIMS | {'exp': IN_AN_HOUR + 1}).encode())}.{SIGNATURE}",  # living longer
        f"{encode(json.dumps(CLAIMS).encode() + b' ')}.{SIGNATURE}",
    ],
)
def test_bad_signatures(token: str) -> None:
    assert problem_of(token) == "bad_signature"


@given(st.integers(min_value=0, max_value=len(GOOD) - 1), st.characters(max_codepoint=127))
def test_no_changed_character_is_believed(position: int, character: str) -> None:
    changed = GOOD[:position] + character + GOOD[position + 1 :]
    if changed != GOOD:
        assert problem_of(changed) in {"malformed", "unknown_key", "bad_signature"}


@given(st.text(max_size=200))
def test_any_text_is_refused_cleanly(text: str) -> None:
    assert problem_of(text) == "malformed"


# Claims that cannot be used, although signed


@pytest.mark.parametrize(
    "wrong",
    [
        {"user_id": ""},
        {"user_id": "   "},
        {"user_id": "x" * 201},
        {"user_id": 42},
        {"user_id": None},
        {"user_id": "a\x00b"},
        {"user_id": "a\nb"},
        {"user_id": "a\n"},
        {"exp": "3000000000"},
        {"exp": True},
        {"exp": -1},
        {"exp": IN_AN_HOUR + 0.5},
        {"exp": 10**30},
        {"exp": None},
        {"exp": math.inf},
        {"name": ""},
        {"name": "x" * 201},
        {"name": ["Ana"]},
        {"email": "no address"},
        {"email": "a@b\n"},
        {"email": "a@" + "b" * 253},
        {"phone": "1" * 41},
        {"attributes": []},
        {"attributes": {"": 1}},
        {"attributes": {"a": {"nested": 1}}},
        {"attributes": {"a": [1]}},
        {"attributes": {"a": "x" * 1001}},
        {"attributes": {"a": 2**53 + 1}},
        {"attributes": {"a": math.nan}},
        {"attributes": {str(number): 1 for number in range(51)}},
    ],
)
def test_bad_claims(wrong: dict[str, Any]) -> None:
    assert problem_of(signed(CLAIMS | wrong)) in {"bad_claims", "malformed"}


@pytest.mark.parametrize("missing", ["user_id", "exp"])
def test_missing_claims(missing: str) -> None:
    assert problem_of(signed({name: value for name, value in CLAIMS.items() if name != missing})) == "bad_claims"


def test_claims_show_nothing_unsigned() -> None:
    """The reason for bad claims is told only to who could sign them."""
    assert problem_of(signed(CLAIMS | {"user_id": ""}, b"guess")) == "bad_signature"
