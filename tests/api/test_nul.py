"""The character NUL, which PostgreSQL does not store and cannot be asked about, is answered alike on both engines."""

from tests.api.conftest import PASSWORD
from tests.api.people import add_contact, add_visitor, say

ASKED = [
    "/search?query=a%00b",
    "/search?q=a%00b",
    "/contacts?search=a%00b",
    "/contacts?query=a%00b",
    "/contacts?q=%00",
    "/conversations?cursor=%00",
    "/sites/%00",
    "/operators/%00",
]


GIVEN = [
    ("/session", {"email": "ada\0@shop.test", "password": PASSWORD}),
    ("/links/accept", {"token": "a\0", "password": PASSWORD}),
    ("/visitor/session", {"site": "a\0b"}),
    ("/sites", {"name": "a\0b", "settings": {"greeting": {"en": "a\0b"}}}),
    ("/sites", {"name": "a", "settings": {"allowed_origins": ["https://a\0b.test"]}}),
    ("/webhooks", {"url": "https://a.test/\0", "events": ["message.sent"]}),
    ("/api-tokens", {"name": "a\0b", "role": "operator"}),
    ("/operators/invitations", {"email": "a\0@b.test", "name": "A\0", "role": "operator"}),
]


def test_what_is_asked(klepet, owner):
    site = owner.post("/sites", {"name": "Shop"}).json()
    say(klepet, add_visitor(klepet, add_contact(klepet, name="Ana"), site["id"]), "a b")
    klepet.index_messages()
    assert {path: owner.get(path).status_code for path in ASKED if owner.get(path).status_code >= 500} == {}


def test_what_is_given(klepet, owner):
    answers = [(path, body, owner.post(path, body)) for path, body in GIVEN]
    assert [(path, body, answer.text) for path, body, answer in answers if answer.status_code >= 500] == []


def test_what_stands_on_a_contact(klepet, owner):
    contact = add_contact(klepet, name="Ana")
    given = {"name": "A\0na", "phone": "1\0", "attributes": {"a\0b": "c\0d"}}
    for field, value in given.items():
        answer = owner.patch(f"/contacts/{contact}", {field: value})
        assert answer.status_code in (200, 400, 422), answer.text
    assert "\0" not in (owner.get(f"/contacts/{contact}").json()["name"])
    answer = owner.post(f"/contacts/{contact}/orders", {"id": "A\0-1", "value": "12.50", "currency": "EUR"})
    assert answer.status_code in (201, 400, 404, 422), answer.text
