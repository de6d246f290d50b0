"""API tokens: what they may, and how they end."""

import pytest

from tests.api.conftest import Program, invite


def make(browser, role="operator", name="Bot", **values):
    response = browser.post("/api-tokens", {"name": name, "role": role} | values)
    assert response.status_code == 201, response.text
    return response.json()


def test_a_token_acts_as_its_maker_with_its_own_role(klepet, owner):
    made = make(owner, "supervisor")
    program = Program(klepet, made["token"])

    me = program.get("/me").json()

    assert me["operator"]["id"] == owner.me["operator"]["id"]
    assert "reassign" in me["permissions"]
    assert "manage_sites" not in me["permissions"]
    assert me["csrf_token"] is None
    assert program.post("/sites", {"name": "Shop"}).status_code == 403
    assert Program(klepet, make(owner, "owner")["token"]).post("/sites", {"name": "Shop"}).status_code == 201


def test_a_token_is_shown_once_and_listed_without_it(klepet, owner):
    made = make(owner)
    assert made["token"].startswith("klepet_")
    (listed,) = owner.get("/api-tokens").json()["items"]
    assert listed["last_used_at"] is None
    assert made["token"] not in str(listed)
    klepet.clock.advance(60)
    Program(klepet, made["token"]).get("/me")
    assert owner.get("/api-tokens").json()["items"][0]["last_used_at"] == "2026-05-04T09:01:00Z"


def test_a_revoked_token_counts_no_more(klepet, owner):
    made = make(owner)
    assert owner.delete(f"/api-tokens/{made['id']}").status_code == 204
    assert Program(klepet, made["token"]).get("/me").status_code == 401
    assert owner.delete(f"/api-tokens/{made['id']}").status_code == 404
    assert owner.get("/api-tokens").json()["items"] == []


def test_a_token_ends_when_it_expires_and_stays_listed(klepet, owner):
    made = make(owner, expires_at="2026-05-05T09:00:00Z")
    assert made["expires_at"] == "2026-05-05T09:00:00Z"
    assert make(owner, name="Forever")["expires_at"] is None
    program = Program(klepet, made["token"])
    klepet.clock.advance(86_399)
    assert program.get("/me").status_code == 200
    klepet.clock.advance(1)
    assert program.get("/me").status_code == 401
    assert [found["expires_at"] for found in owner.get("/api-tokens").json()["items"]] == [None, made["expires_at"]]
    assert owner.delete(f"/api-tokens/{made['id']}").status_code == 204


@pytest.mark.parametrize(
    "expires_at", ["2026-05-04T09:00:00Z", "2020-01-01T00:00:00Z", "2027-01-01T00:00:00", "soon", 1]
)
def test_a_token_cannot_expire_in_the_past_or_never_quite(owner, expires_at):
    response = owner.post("/api-tokens", {"name": "Bot", "role": "operator", "expires_at": expires_at})
    assert response.status_code == 400
    assert response.json()["error"]["field"] == "expires_at"


def test_a_token_falls_with_its_makers_role(klepet, owner):
    second = invite(owner, "owner", "olga@shop.test")
    program = Program(klepet, make(second, "owner")["token"])
    assert program.get("/webhooks").status_code == 200
    owner.patch(f"/operators/{second.id}", {"role": "operator"})
    assert program.get("/webhooks").status_code == 403
    assert program.get("/contacts").status_code == 200


def test_a_token_cannot_make_itself_stronger(klepet, owner):
    program = Program(klepet, make(owner, "supervisor")["token"])
    assert program.post("/api-tokens", {"name": "More", "role": "owner"}).status_code == 403
    assert program.patch(f"/operators/{owner.id}", {"role": "owner"}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/me/password", {"current_password": "x", "new_password": "y" * 12}),
        ("PATCH", "/me", {"email": "taken@over.test"}),
        ("DELETE", "/session", None),
        ("DELETE", "/sessions", None),
    ],
)
def test_what_belongs_to_the_person_is_not_for_tokens(klepet, owner, method, path, body):
    program = Program(klepet, make(owner, "owner")["token"])
    response = program.request(method, path, **({"json": body} if body else {}))
    assert response.status_code == 403
    assert owner.get("/me").status_code == 200


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer klepet_" + "x" * 43,
        "Bearer ' OR 1=1 --",
        "Bearer " + "x" * 5_000,
        "Basic YWRhOmFkYQ==",
        "Token x",
        "",
    ],
)
def test_forged_tokens_are_refused(klepet, owner, header):
    # Not even a right cookie helps: whoever sends a token means it.
    headers = {"authorization": header, "cookie": f"klepet_session={owner.cookie}"}
    response = klepet.client.get("/api/v1/me", headers=headers)
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "sign_in_required"
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_sessions_token_is_no_api_token(klepet, owner):
    assert Program(klepet, owner.cookie).get("/me").status_code == 401
