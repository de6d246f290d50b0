"""The office of the console's tests, with people who wrote to it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.console.conftest import console, consoles, office
from tests.browser.console.office import Office

__all__ = ["console", "consoles", "office", "person"]


@pytest.fixture
def person(office: Office) -> Callable[..., dict[str, Any]]:
    """Makes a contact who wrote once."""

    def make(name: str, text: str = "Where is my parcel?", **known: Any) -> dict[str, Any]:
        visitor = office.visitor().says(text).is_called(name)
        contact_id = office.owner.ask("GET", f"/conversations/{visitor.conversation_id}")["contact"]["id"]
        found: dict[str, Any] = office.owner.ask("PATCH", f"/contacts/{contact_id}", known)
        return found

    return make
