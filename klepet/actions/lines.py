"""Cleans the short texts that people and programs name things by. Refuses what no database or screen should hold."""

import unicodedata
from typing import overload

from klepet.model.errors import Invalid
from klepet.model.limits import EMAIL_CHARS

_REFUSED = frozenset({"Cc", "Cs"})


def clean_line(value: str, field: str) -> str:
    """One line without spaces around it, with at least one visible character. Raises Invalid."""
    line = unicodedata.normalize("NFC", value).strip()
    if not line:
        raise Invalid("this must not be empty", field=field)
    if any(unicodedata.category(character) in _REFUSED for character in line):
        raise Invalid("this must be one line without control characters", field=field)
    return line


@overload
def clean_optional_line(value: str, field: str) -> str | None: ...
@overload
def clean_optional_line(value: None, field: str) -> None: ...
def clean_optional_line(value: str | None, field: str) -> str | None:
    """The same, where nothing but spaces means nothing."""
    return None if value is None or not value.strip() else clean_line(value, field)


def clean_email(value: str, field: str = "email") -> str:
    """An address as it is compared: in lower case. Raises Invalid."""
    address = clean_line(value, field).lower()
    name, _, host = address.rpartition("@")
    if not name or not host or "@" in name or any(character.isspace() for character in address):
        raise Invalid("this is no e-mail address", field=field)
    if len(address) > EMAIL_CHARS:
        raise Invalid(f"an e-mail address has at most {EMAIL_CHARS} characters", field=field, limit=EMAIL_CHARS)
    return address
