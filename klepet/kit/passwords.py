"""Passwords: argon2id hashes, about 20 ms and 19 MiB each.

The work holds a core, not the interpreter: call these from a thread, before a unit of work is queued.
"""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_CHARS = 10
MAX_CHARS = 200
MAX_BYTES = 400

# The least of the equivalent settings that OWASP recommends: many logins at once must not exhaust a small machine.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# Made with these settings from a text that nobody has as a password.
_DUMMY_HASH = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$gL0iVLWaBgvLNRmgzOJfMXwh02Ty6GjPvPhiy6MhjM8"


class PasswordLengthError(ValueError):
    """A password shorter or longer than allowed; `limit` of `unit` ("chars" or "bytes") was not kept."""

    def __init__(self, message: str, limit: int, unit: str) -> None:
        super().__init__(message)
        self.limit = limit
        self.unit = unit


def hash_password(password: str) -> str:
    """Hash a password for storage, or raise PasswordLengthError."""
    normal = _normalise(password)
    if len(normal) < MIN_CHARS:
        raise PasswordLengthError(f"a password needs at least {MIN_CHARS} characters", MIN_CHARS, "chars")
    if len(normal) > MAX_CHARS:
        raise PasswordLengthError(f"a password may have at most {MAX_CHARS} characters", MAX_CHARS, "chars")
    if len(_encode(normal)) > MAX_BYTES:
        raise PasswordLengthError(f"a password may have at most {MAX_BYTES} bytes", MAX_BYTES, "bytes")
    return _hasher.hash(_encode(normal))


def verify_password(stored: str | None, password: str) -> bool:
    """Check a password; takes as long for an unknown account (stored is None), so that none can be found by time."""
    try:
        _hasher.verify(_DUMMY_HASH if stored is None else stored, _encode(_normalise(password)))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Tell whether a stored hash was made with other settings than today's."""
    return _hasher.check_needs_rehash(stored)


def _normalise(password: str) -> str:
    """Spell letters with marks in one way, since keyboards differ in it; what is far too long is only cut."""
    return unicodedata.normalize("NFC", password[: 4 * MAX_CHARS])


def _encode(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
