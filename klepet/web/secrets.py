"""Passwords at the edge: hashed and checked in threads, before a unit is queued, and only so many at a time."""

import anyio.to_thread

from klepet.kit import passwords
from klepet.model.errors import Invalid

_hashing = anyio.CapacityLimiter(2)  # each takes 19 MiB and a core for 20 ms


async def hash_new_password(password: str, field: str = "password") -> str:
    """Hash a password for storage. Raises Invalid for one that is too short or too long."""
    try:
        return await anyio.to_thread.run_sync(passwords.hash_password, password, limiter=_hashing)
    except passwords.PasswordLengthError as error:
        raise Invalid(str(error), field=field, limit=error.limit) from None


async def check_password(stored: str | None, password: str) -> bool:
    """Check a password; takes as long for an unknown account."""
    return await anyio.to_thread.run_sync(passwords.verify_password, stored, password, limiter=_hashing)


async def renewed_hash(stored: str, password: str) -> str | None:
    """The same password hashed anew, when its hash was made with older settings."""
    if not passwords.needs_rehash(stored):
        return None
    return await hash_new_password(password)
