"""Sites: settings, keys, installation, identity secrets."""

from datetime import timedelta
from uuid import UUID

import pytest

from klepet.access.sites import identity_secrets
from klepet.actions.bookkeeping import note_site_check
from klepet.kit.tokens import IdentityClaims, IdentityError, sign_identity, verify_identity
from tests.api.conftest import Browser

SETTINGS = {
    "colour": "#aa3366",
    "position": "left",
    "languages": ["pl", "en"],
    "greeting": {"pl": "Dzień dobry!", "en": "Hello!"},
    "allowed_origins": ["HTTPS://Shop.Example/", "http://localhost:*", "https://*.shop.example"],
    "is_signed_identity_required": True,
}


def add_site(owner: Browser, **values):
    response = owner.post("/sites", {"name": "Shop"} | values)
    assert response.status_code == 201, response.text
    return response.json()


def test_a_site_is_added_with_its_inbox_and_read_back(klepet, owner):
    site = add_site(owner, settings=SETTINGS)

    assert site["name"] == "Shop"
    assert len(site["key"]) == 16
    assert site["settings"] == SETTINGS | {
        "allowed_origins": ["https://shop.example", "http://localhost:*", "https://*.shop.example"]
    }
    assert owner.get(f"/sites/{site['id']}").json() == site
    assert owner.get("/sites").json() == {"items": [site], "next_cursor": None}
    rows = klepet.read(lambda r: r.conn.exec_driver_sql("SELECT channel FROM inboxes").fetchall())
    assert [row[0] for row in rows] == ["website"]
    assert add_site(owner)["key"] != site["key"]


def test_name_and_settings_change_apart(owner):
    site = add_site(owner, settings=SETTINGS)
    renamed = owner.patch(f"/sites/{site['id']}", {"name": "Store"}).json()
    assert (renamed["name"], renamed["settings"]) == ("Store", site["settings"])
    changed = owner.patch(f"/sites/{site['id']}", {"settings": {"colour": "#000000"}}).json()
    assert changed["name"] == "Store"
    assert changed["settings"]["colour"] == "#000000"
    assert changed["settings"]["languages"] == ["en"]


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"colour": "red"}, "settings.colour"),
        ({"colour": "#fff"}, "settings.colour"),
        ({"colour": "#ffffff;}body{display:none"}, "settings.colour"),
        ({"position": "top"}, "settings.position"),
        ({"languages": []}, "settings.languages"),
        ({"languages": ["en", "en"]}, "settings.languages"),
        ({"languages": ["tlh"]}, "settings.languages"),
        ({"greeting": {"en": "x" * 501}}, "settings.greeting.en"),
        ({"greeting": {"tlh": "nuqneH"}}, "settings.greeting"),
        ({"greeting": {"en": 7}}, None),
        ({"allowed_origins": ["shop.example"]}, "settings.allowed_origins[0]"),
        ({"allowed_origins": ["https://a.example", "https://b.example/path"]}, "settings.allowed_origins[1]"),
        ({"allowed_origins": ["*"]}, "settings.allowed_origins[0]"),
        ({"allowed_origins": ["https://*"]}, "settings.allowed_origins[0]"),
        ({"allowed_origins": ["javascript://x"]}, "settings.allowed_origins[0]"),
        ({"allowed_origins": [f"https://s{n}.example" for n in range(51)]}, "settings.allowed_origins"),
        ({"is_signed_identity_required": "yes"}, "settings.is_signed_identity_required"),
        ({"color": "#aa3366"}, "settings.color"),
    ],
)
def test_what_is_wrong_with_settings_is_named(klepet, owner, settings, field):
    before = klepet.recorded()
    response = owner.post("/sites", {"name": "Shop", "settings": settings})

    assert response.status_code == 400
    if field:
        assert response.json()["error"]["field"] == field
    assert klepet.recorded() == before


def test_the_installation_tells_from_where_the_tag_asked(klepet, owner):
    site = add_site(owner)
    site_id = owner.get("/sites").json()["items"][0]["id"]

    def ask(origin: str, page: str, reason: str | None = None) -> None:
        now = klepet.clock.now()
        klepet.write(lambda tx: note_site_check(tx, UUID(site_id), origin, page, refused_reason=reason, now=now))
        klepet.clock.advance(60)

    ask("https://shop.example", "/")
    ask("https://evil.example", "/fake", "origin_not_allowed")
    ask("https://shop.example", "/")

    found = owner.get(f"/sites/{site_id}/installation").json()

    assert found["chat_url"] == f"http://klepet.test/chat/{site['key']}"
    assert found["snippet"] == f'<script async src="http://klepet.test/w.js" data-site="{site["key"]}"></script>'
    assert [(check["origin"], check["count"], check["refused_reason"]) for check in found["checks"]] == [
        ("https://shop.example", 2, None),
        ("https://evil.example", 1, "origin_not_allowed"),
    ]
    assert found["checks"][0]["first_at"] == "2026-05-04T09:00:00Z"
    assert found["checks"][0]["last_at"] == "2026-05-04T09:02:00Z"


def test_checks_of_a_site_are_bounded(klepet, owner):
    site_id = UUID(add_site(owner)["id"])
    now = klepet.clock.now()

    def many(tx):
        for number in range(250):
            note_site_check(
                tx, site_id, "https://x.example", f"/{number}", refused_reason=None, now=now + timedelta(seconds=number)
            )

    klepet.write(many)
    checks = owner.get(f"/sites/{site_id}/installation").json()["checks"]
    assert len(checks) == 200
    assert checks[0]["page"] == "/249"


def test_secrets_rotate_without_a_gap(klepet, owner):
    site_id = add_site(owner)["id"]
    old = owner.post(f"/sites/{site_id}/secrets").json()
    new = owner.post(f"/sites/{site_id}/secrets").json()
    listed = owner.get(f"/sites/{site_id}/secrets").json()["items"]
    assert [secret["id"] for secret in listed] == [old["id"], new["id"]]
    assert "secret" not in listed[0]

    def verify(secret):
        exp = int(klepet.clock.now().timestamp()) + 600
        claims = IdentityClaims(kid=secret["id"], user_id="u1", exp=exp)
        known = klepet.read(lambda r: identity_secrets(r, UUID(site_id)))
        return verify_identity(sign_identity(claims, secret["secret"].encode()), known, klepet.clock.now())

    assert verify(old).user_id == "u1"
    assert verify(new).user_id == "u1"
    assert owner.delete(f"/sites/{site_id}/secrets/{old['id']}").status_code == 204
    with pytest.raises(IdentityError):
        verify(old)
    assert verify(new).user_id == "u1"
    assert owner.delete(f"/sites/{site_id}/secrets/{old['id']}").status_code == 404
    assert len(owner.get(f"/sites/{site_id}/secrets").json()["items"]) == 1


def test_a_secret_of_one_site_is_none_of_another(owner):
    first, second = add_site(owner), add_site(owner)
    secret = owner.post(f"/sites/{first['id']}/secrets").json()
    assert owner.delete(f"/sites/{second['id']}/secrets/{secret['id']}").status_code == 404
    assert owner.get(f"/sites/{second['id']}/secrets").json()["items"] == []


def test_secrets_of_a_site_are_bounded(owner):
    site_id = add_site(owner)["id"]
    for _ in range(10):
        assert owner.post(f"/sites/{site_id}/secrets").status_code == 201
    assert owner.post(f"/sites/{site_id}/secrets").status_code == 429
