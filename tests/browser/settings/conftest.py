"""The office of the console's tests, with colleagues who have consoles of their own."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.checks import PATIENCE
from tests.browser.console.conftest import console, consoles, office, stranger
from tests.browser.console.office import DESKTOP, Office, Person

__all__ = ["Colleague", "colleagues", "console", "consoles", "office", "stranger"]

PASSWORD = "long enough for anybody"


class Colleague(Person):
    """Somebody who was invited, signed in by REST, with consoles in the browser."""

    def __init__(self, office: Office, chromium: Browser, name: str, role: str) -> None:
        super().__init__(office.klepet)
        self.name, self.email, self._role = name, f"{secrets.token_hex(4)}@example.com", role
        self._office, self._chromium = office, chromium
        self._contexts: list[Any] = []
        self.errors: list[str] = []
        body = {"email": self.email, "name": name, "role": role}
        token = office.owner.ask("POST", "/operators/invitations", body)["link"].rpartition("/")[2]
        self.take(self.ask("POST", "/links/accept", {"token": token, "password": PASSWORD}))

    def opens(self, path: str, **profile: Any) -> Page:
        """A console of this person; each has a session of its own."""
        context = self._chromium.new_context(**(DESKTOP | profile))
        context.set_default_timeout(PATIENCE * 1_000)
        self._contexts.append(context)
        person = Person(self.klepet)
        person.sign_in(self.email, PASSWORD)
        person.enter(context)
        person.http.close()
        page = context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.goto(f"{self._office.console}#{path}")
        expect(page.get_by_role("navigation", name="Sections")).to_be_visible()
        expect(page.locator(".sign.online")).to_be_visible()
        return page

    def leaves(self) -> None:
        """Nothing of this person stays open, and the owner of the office is its only one again."""
        if self._role == "owner":
            id_ = self.ask("GET", "/me")["operator"]["id"]
            self._office.owner.ask("PATCH", f"/operators/{id_}", {"role": "operator"})
        for context in self._contexts:
            context.close()
        self.http.close()


@pytest.fixture
def colleagues(office: Office, chromium: Browser) -> Iterator[Callable[..., Colleague]]:
    """Makes people with a role; an error on a page of theirs fails the test."""
    made: list[Colleague] = []

    def make(name: str, role: str = "operator") -> Colleague:
        made.append(Colleague(office, chromium, name, role))
        return made[-1]

    yield make
    for colleague in made:
        colleague.leaves()
    assert [error for colleague in made for error in colleague.errors] == []
