"""Passwords: argon2id, lengths, and no difference between a wrong password and an unknown account."""

import time
import unicodedata

import pytest
from argon2 import PasswordHasher

from klepet.kit import passwords
from klepet.kit.passwords import PasswordLengthError, hash_password, needs_rehash, verify_password

PASSWORD = "correct horse żółć"


@pytest.fixture(scope="module")
def stored() -> str:
    return hash_password(PASSWORD)


def test_hashes_are_argon2id_and_salted(stored: str) -> None:
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hash_password(PASSWORD) != stored


def test_the_right_password_alone_is_accepted(stored: str) -> None:
    assert verify_password(stored, PASSWORD)
    for wrong in ("", PASSWORD + " ", PASSWORD[:-1], PASSWORD.upper(), "x" * 10_000, "\ud800"):
        assert not verify_password(stored, wrong)


def test_keyboards_that_type_marks_apart(stored: str) -> None:
    assert verify_password(stored, unicodedata.normalize("NFD", PASSWORD))
    longest = unicodedata.normalize("NFD", "ǘ" * 200)
    assert verify_password(hash_password(longest), longest)


@pytest.mark.parametrize("password", [PASSWORD, "nobody has this password", ""])
def test_an_unknown_account_is_refused(password: str) -> None:
    assert not verify_password(None, password)


def test_an_unknown_account_costs_the_same_work(stored: str) -> None:
    assert not needs_rehash(passwords._DUMMY_HASH)  # the same settings, so the same work
    assert PasswordHasher().verify(passwords._DUMMY_HASH, "nobody has this password")

    def fastest(hashed: str | None) -> float:
        spans = []
        for _ in range(5):
            started = time.thread_time()
            verify_password(hashed, "a wrong password")
            spans.append(time.thread_time() - started)
        return min(spans)

    assert fastest(None) > fastest(stored) / 4


@pytest.mark.parametrize("broken", ["", "!", "$argon2id$v=19$m=19456,t=2,p=1$x$y", "plain text"])
def test_a_broken_hash_accepts_nothing(broken: str) -> None:
    assert not verify_password(broken, PASSWORD)
    assert not verify_password(broken, broken)


@pytest.mark.parametrize(
    ("password", "limit", "unit"),
    [
        ("", 10, "chars"),
        ("x" * 9, 10, "chars"),
        ("й" * 9, 10, "chars"),
        (unicodedata.normalize("NFD", "й" * 9), 10, "chars"),
        ("x" * 201, 200, "chars"),
        ("x" * 1_000_000, 200, "chars"),
        ("😀" * 101, 400, "bytes"),
    ],
)
def test_lengths_that_are_refused(password: str, limit: int, unit: str) -> None:
    with pytest.raises(PasswordLengthError, match=str(limit)) as caught:
        hash_password(password)
    assert (caught.value.limit, caught.value.unit) == (limit, unit)


@pytest.mark.parametrize("password", ["x" * 10, "x" * 200, "й" * 200, "😀" * 100, "\ud800" * 10])
def test_lengths_that_are_allowed(password: str) -> None:
    assert verify_password(hash_password(password), password)


def test_weaker_hashes_are_to_be_renewed(stored: str) -> None:
    assert not needs_rehash(stored)
    assert needs_rehash(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD))
