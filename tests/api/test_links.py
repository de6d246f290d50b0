"""One-time links: single use, expiry, replacement, and that nothing tells them apart."""

import pytest

from klepet.kit.tokens import new_token
from tests.api.conftest import PASSWORD, Browser, invite
from tests.api.people import stored_text

HOUR, DAY = 3_600, 86_400


def set_up_body(token):
    return {"token": token, "email": "ada@shop.test", "name": "Ada", "password": PASSWORD}


def token_of(response):
    assert response.status_code == 201, response.text
    link = response.json()["link"]
    address, _, token = link.rpartition("/")
    assert address in ("http://klepet.test/console/#/invite", "http://klepet.test/console/#/reset")
    return token


def test_a_set_up_link_works_once(klepet):
    token = klepet.setup_token()
    assert Browser(klepet).post("/setup", set_up_body(token)).status_code == 201

    again = Browser(klepet).post("/setup", set_up_body(token) | {"email": "eve@shop.test"})

    assert again.status_code == 410
    assert again.json()["error"]["code"] == "gone"


def test_a_set_up_link_ends_after_an_hour_and_a_new_one_replaces_it(klepet):
    old = klepet.setup_token()
    new = klepet.setup_token()
    assert Browser(klepet).post("/setup", set_up_body(old)).status_code == 410
    klepet.clock.advance(HOUR)
    assert Browser(klepet).post("/setup", set_up_body(new)).status_code == 410
    assert Browser(klepet).get("/setup").json() == {"is_set_up": False}


@pytest.mark.parametrize("token", [new_token(), "' OR '1'='1' -- ", "x" * 200, "<script>alert(1)</script>"])
def test_forged_tokens_are_gone_everywhere(klepet, token):
    assert Browser(klepet).post("/setup", set_up_body(token)).status_code == 410
    assert Browser(klepet).post("/links/inspect", {"token": token}).status_code == 410
    assert Browser(klepet).post("/links/accept", {"token": token, "password": PASSWORD}).status_code == 410


def test_a_refused_set_up_leaves_the_link_usable(klepet):
    token = klepet.setup_token()
    for wrong in ({"password": "short"}, {"email": "nobody"}, {"name": " "}, {"language": "tlh"}):
        assert Browser(klepet).post("/setup", set_up_body(token) | wrong).status_code == 400
    assert Browser(klepet).post("/setup", set_up_body(token)).status_code == 201


def test_an_invitation_says_what_it_is_for_and_works_once(klepet, owner):
    made = owner.post("/operators/invitations", {"email": "Olga@shop.test", "role": "operator", "name": "Olga"})
    token = token_of(made)
    guest = Browser(klepet)

    assert guest.post("/links/inspect", {"token": token}).json() == {
        "kind": "invite",
        "email": "olga@shop.test",
        "name": "Olga",
        "role": "operator",
        "expires_at": made.json()["expires_at"],
    }
    me = guest.enter(guest.post("/links/accept", {"token": token, "password": PASSWORD, "language": "ru"}))
    assert me["operator"]["name"] == "Olga"
    assert me["operator"]["language"] == "ru"
    assert Browser(klepet).post("/links/accept", {"token": token, "password": PASSWORD}).status_code == 410
    assert owner.get("/operators/invitations").json()["items"] == []
    assert len(owner.get("/operators").json()["items"]) == 2


def test_invitations_can_be_listed_replaced_and_taken_back(klepet, owner):
    body = {"email": "olga@shop.test", "role": "operator"}
    first = token_of(owner.post("/operators/invitations", body))
    second = token_of(owner.post("/operators/invitations", body | {"role": "supervisor"}))
    assert Browser(klepet).post("/links/inspect", {"token": first}).status_code == 410
    (listed,) = owner.get("/operators/invitations").json()["items"]
    assert listed["role"] == "supervisor"
    assert "token" not in str(listed)

    assert owner.delete(f"/operators/invitations/{listed['id']}").status_code == 204

    assert owner.delete(f"/operators/invitations/{listed['id']}").status_code == 404
    assert Browser(klepet).post("/links/accept", {"token": second, "password": PASSWORD}).status_code == 410


def test_an_invitation_ends_after_a_week(klepet, owner):
    token = token_of(owner.post("/operators/invitations", {"email": "olga@shop.test", "role": "operator"}))
    klepet.clock.advance(7 * DAY)
    assert Browser(klepet).post("/links/accept", {"token": token, "password": PASSWORD}).status_code == 410
    assert owner.get("/operators/invitations").json()["items"] == []


def test_nobody_is_invited_twice(klepet, owner, operator):
    response = owner.post("/operators/invitations", {"email": "OLGA@shop.test", "role": "owner"})
    assert response.status_code == 409
    assert response.json()["error"]["field"] == "email"


def test_a_password_link_sets_a_new_password_once_and_ends_all_sessions(klepet, owner, operator):
    token = token_of(owner.post(f"/operators/{operator.id}/password-link"))
    guest = Browser(klepet)
    inspected = guest.post("/links/inspect", {"token": token}).json()
    assert (inspected["kind"], inspected["email"]) == ("reset", "olga@shop.test")

    guest.enter(guest.post("/links/accept", {"token": token, "password": "a whole new password"}))

    assert guest.me["operator"]["id"] == operator.me["operator"]["id"]
    assert operator.get("/me").status_code == 401
    assert Browser(klepet).post("/links/accept", {"token": token, "password": PASSWORD}).status_code == 410
    assert Browser(klepet).post("/session", {"email": "olga@shop.test", "password": PASSWORD}).status_code == 401
    Browser(klepet).sign_in("olga@shop.test", "a whole new password")


def test_disabling_takes_password_links_away(klepet, owner, operator):
    token = token_of(owner.post(f"/operators/{operator.id}/password-link"))
    owner.patch(f"/operators/{operator.id}", {"is_disabled": True})

    assert Browser(klepet).post("/links/accept", {"token": token, "password": PASSWORD}).status_code == 410
    assert owner.post(f"/operators/{operator.id}/password-link").status_code == 409


def test_links_of_one_kind_do_nothing_of_another(klepet, owner, operator):
    reset = token_of(owner.post(f"/operators/{operator.id}/password-link"))
    invitation = token_of(owner.post("/operators/invitations", {"email": "new@shop.test", "role": "operator"}))
    for token in (reset, invitation):
        assert Browser(klepet).post("/setup", set_up_body(token)).status_code == 410
        assert Browser(klepet).post("/links/inspect", {"token": token}).status_code == 200


def test_tokens_are_stored_hashed_only(klepet, owner):
    token = token_of(owner.post("/operators/invitations", {"email": "olga@shop.test", "role": "operator"}))
    api_token = owner.post("/api-tokens", {"name": "Bot", "role": "operator"}).json()["token"]
    files = b"".join(path.read_bytes() for path in klepet.config.data.glob("klepet.sqlite*"))
    stored = files + stored_text(klepet).encode()
    assert b"olga@shop.test" in stored
    for secret in (token, api_token, owner.cookie, owner.csrf, PASSWORD):
        assert secret.encode() not in stored


def test_disabled_owners_do_not_count_as_owners(klepet, owner):
    second = invite(owner, "owner", "olga@shop.test")
    assert owner.patch(f"/operators/{second.id}", {"is_disabled": True}).status_code == 200
    assert owner.patch(f"/operators/{owner.id}", {"role": "operator"}).status_code == 409
