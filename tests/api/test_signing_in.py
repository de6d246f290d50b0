"""Sessions: signing in and out, CSRF, forged and ended cookies, rate limits."""

import pytest

from klepet.kit.tokens import new_token
from klepet.web.config import Rate, Rates
from tests.api.conftest import FREE, PASSWORD, PUBLIC_URL, Browser, invite, set_up

MINUTE, DAY = 60, 86_400


def test_right_credentials_sign_in_and_the_cookie_is_guarded(klepet, owner):
    browser = Browser(klepet)
    response = browser.post("/session", {"email": " ADA@shop.TEST".strip(), "password": PASSWORD})

    assert response.status_code == 200
    assert response.json()["operator"]["id"] == owner.me["operator"]["id"]
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "secure" not in cookie


def test_the_cookie_is_secure_where_klepet_is_reached_by_https(make_klepet):
    klepet = make_klepet(public_url="https://chat.shop.test")
    browser = Browser(klepet)
    data = {"token": klepet.setup_token(), "email": "ada@shop.test", "name": "Ada", "password": PASSWORD}
    response = browser.post("/setup", data, headers={"origin": "https://chat.shop.test"})

    assert "secure" in response.headers["set-cookie"].lower()


@pytest.mark.parametrize(
    ("email", "password"),
    [("ada@shop.test", "wrong password"), ("eve@shop.test", PASSWORD), ("ada@shop.test", PASSWORD + " ")],
)
def test_wrong_credentials_all_look_the_same(klepet, owner, email, password):
    response = Browser(klepet).post("/session", {"email": email, "password": password})

    assert response.status_code == 401
    assert response.json()["error"] == {
        "code": "sign_in_required",
        "message": "the address or the password is wrong",
    }
    assert "set-cookie" not in response.headers


def test_a_disabled_operator_cannot_sign_in_and_its_sessions_end(klepet, owner, operator):
    assert owner.patch(f"/operators/{operator.id}", {"is_disabled": True}).json()["is_disabled"] is True

    assert operator.get("/me").status_code == 401
    response = Browser(klepet).post("/session", {"email": "olga@shop.test", "password": PASSWORD})
    assert response.status_code == 401
    assert response.json()["error"]["message"] == "the address or the password is wrong"

    owner.patch(f"/operators/{operator.id}", {"is_disabled": False})
    Browser(klepet).sign_in("olga@shop.test")


def test_too_many_tries_on_an_account_are_slowed_down_wherever_they_come_from(make_klepet):
    klepet = make_klepet(rates=Rates(sign_in_account=Rate(3, 1 / 60), sign_in_address=FREE))
    owner = set_up(klepet)
    wrong = {"email": "ada@shop.test", "password": "wrong password"}
    for _ in range(3):
        assert owner.post("/session", wrong).status_code == 401

    refused = owner.post("/session", wrong)

    assert refused.status_code == 429
    assert 0 < refused.json()["error"]["retry_after_seconds"] <= 60
    assert refused.headers["retry-after"] == "60"
    assert owner.post("/session", wrong | {"email": "someone@else.test"}).status_code == 401
    klepet.clock.advance(60)
    Browser(klepet).sign_in("ada@shop.test")


def test_too_many_tries_from_an_address_are_slowed_down_whatever_the_account(make_klepet):
    klepet = make_klepet(
        rates=Rates(sign_in_account=FREE, sign_in_account_address=FREE, sign_in_address=Rate(3, 1 / 10))
    )
    for number in range(3):
        tried = {"email": f"a{number}@shop.test", "password": "wrong password"}
        assert Browser(klepet).post("/session", tried).status_code == 401

    tried = {"email": "a9@shop.test", "password": "wrong password"}
    assert Browser(klepet).post("/session", tried).status_code == 429
    # A header that no trusted proxy added changes nothing.
    spoofed = Browser(klepet).post("/session", tried, headers={"x-forwarded-for": "203.0.113.9"})
    assert spoofed.status_code == 429


def test_signing_out_ends_this_session_only(klepet, owner):
    elsewhere = Browser(klepet)
    elsewhere.sign_in("ada@shop.test")
    cookie = owner.cookie

    assert owner.delete("/session").status_code == 204

    assert owner.cookie is None
    owner.cookie = cookie
    assert owner.get("/me").status_code == 401
    assert elsewhere.get("/me").status_code == 200


def test_signing_out_everywhere_ends_all_sessions(klepet, owner):
    elsewhere = Browser(klepet)
    elsewhere.sign_in("ada@shop.test")
    cookie = owner.cookie

    assert owner.delete("/sessions").status_code == 204

    owner.cookie = cookie
    assert owner.get("/me").status_code == 401
    assert elsewhere.get("/me").status_code == 401


def test_a_session_ends_when_it_is_unused_for_30_days(klepet, owner):
    klepet.clock.advance(30 * DAY - 1)
    assert owner.get("/me").status_code == 200
    klepet.clock.advance(30 * DAY - 1)
    assert owner.get("/me").status_code == 200
    klepet.clock.advance(30 * DAY)
    assert owner.get("/me").status_code == 401


def test_a_session_ends_after_90_days_however_often_it_is_used(klepet, owner):
    for _ in range(9):
        klepet.clock.advance(10 * DAY - 1)
        assert owner.get("/me").status_code == 200
    klepet.clock.advance(9)
    assert owner.get("/me").status_code == 401


def test_a_changed_password_ends_the_other_sessions(klepet, owner):
    elsewhere = Browser(klepet)
    elsewhere.sign_in("ada@shop.test")
    change = {"current_password": PASSWORD, "new_password": "another fine password"}

    assert owner.put("/me/password", change | {"current_password": "wrong password"}).status_code == 400
    assert owner.put("/me/password", change).status_code == 204

    assert owner.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 401
    assert elsewhere.post("/session", {"email": "ada@shop.test", "password": PASSWORD}).status_code == 401
    elsewhere.sign_in("ada@shop.test", "another fine password")


@pytest.mark.parametrize("password", ["short", "x" * 201, "     "])
def test_unfit_passwords_are_refused_and_the_field_is_named(owner, password):
    response = owner.put("/me/password", {"current_password": PASSWORD, "new_password": password})

    assert response.status_code == 400
    assert response.json()["error"]["field"] == "new_password"
    assert response.json()["error"]["limit"] in (10, 200)


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "x",
        "0" * 43,
        "' OR 1=1 --",
        "%00",
        "a" * 5_000,
        new_token(),
        new_token() + ".admin",
    ],
)
def test_forged_cookies_sign_nobody_in(klepet, owner, cookie):
    forger = Browser(klepet)
    forger.cookie = cookie
    response = forger.get("/me")

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "sign_in_required"


@pytest.mark.parametrize(
    "headers",
    [
        {"x-klepet-csrf": ""},
        {"x-klepet-csrf": "0" * 43},
        {"x-klepet-csrf": "ž"},
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {"origin": "http://klepet.test.evil.test"},
        {"origin": "http://evil.test/klepet.test"},
        {"origin": "http://klepet.test@evil.test"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_unsafe_requests_that_another_page_could_send_are_refused(klepet, owner, headers):
    encoded = {name: value.encode() for name, value in headers.items()}
    before = klepet.recorded()
    response = owner.post("/sites", {"name": "Shop"}, headers=encoded)

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "not_allowed"
    assert klepet.recorded() == before


def test_another_sessions_csrf_token_is_refused(klepet, owner, operator):
    response = owner.patch("/me", {"name": "Eve"}, headers={"x-klepet-csrf": operator.csrf})
    assert response.status_code == 403


def test_a_cookie_without_any_origin_is_refused_for_unsafe_methods(klepet, owner):
    headers = {"cookie": f"klepet_session={owner.cookie}", "x-klepet-csrf": owner.csrf}
    response = klepet.client.post("/api/v1/sites", json={"name": "Shop"}, headers=headers)
    assert response.status_code == 403


def test_another_sites_page_cannot_sign_its_reader_in(klepet, owner):
    data = {"email": "ada@shop.test", "password": PASSWORD}
    for headers in ({"origin": "http://evil.test"}, {"sec-fetch-site": "cross-site"}):
        assert klepet.client.post("/api/v1/session", json=data, headers=headers).status_code == 403
    assert klepet.client.post("/api/v1/session", json=data).status_code == 200  # a program
    assert klepet.client.post("/api/v1/session", json=data, headers={"origin": PUBLIC_URL}).status_code == 200


def test_many_sessions_of_an_operator_push_out_the_oldest(klepet, owner):
    klepet.clock.advance(MINUTE)
    first = Browser(klepet)
    first.sign_in("ada@shop.test")
    last = first
    for _ in range(49):
        klepet.clock.advance(MINUTE)
        last = Browser(klepet)
        last.sign_in("ada@shop.test")
    assert owner.get("/me").status_code == 401
    assert first.get("/me").status_code == 200
    assert last.get("/me").status_code == 200


def test_every_answer_is_private_and_no_sniffing_is_allowed(klepet, owner, operator):
    for response in (owner.get("/me"), Browser(klepet).get("/me"), operator.get("/webhooks"), owner.get("/nothing")):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"


def test_invited_operators_sign_in_by_their_own_password(klepet, owner):
    joined = invite(owner, "supervisor", "sue@shop.test")
    assert joined.me["operator"]["role"] == "supervisor"
    assert "reassign" in joined.me["permissions"]
    assert "manage_sites" not in joined.me["permissions"]
