"""The short texts that people and programs name things by: cleaned by kit, refused in the one error shape."""

from typing import overload

from klepet.kit import text_limits
from klepet.kit.text_limits import TextEmptyError, TextTooLongError
from klepet.model.errors import Invalid
from klepet.model.limits import EMAIL_CHARS, NAME_CHARS


def clean_line(value: str, field: str, max_chars: int = NAME_CHARS) -> str:
    """One line with something visible in it. Raises Invalid."""
    try:
        return text_limits.clean_line(value, max_chars)
    except TextEmptyError:
        raise Invalid("this must not be empty", field=field) from None
    except TextTooLongError as error:
        raise Invalid(str(error), field=field, limit=error.limit) from None


@overload
def clean_optional_line(value: str, field: str, max_chars: int = NAME_CHARS) -> str | None: ...
@overload
def clean_optional_line(value: None, field: str, max_chars: int = NAME_CHARS) -> None: ...
def clean_optional_line(value: str | None, field: str, max_chars: int = NAME_CHARS) -> str | None:
    """The same, where nothing but spaces means nothing."""
    return None if value is None or not value.strip() else clean_line(value, field, max_chars)


def clean_email(value: str, field: str = "email") -> str:
    """An address as it is compared: in lower case. Raises Invalid."""
    address = clean_line(value, field, EMAIL_CHARS).lower()
    name, _, host = address.rpartition("@")
    if not name or not host or "@" in name or any(character.isspace() for character in address):
        raise Invalid("this is no e-mail address", field=field)
    return address
