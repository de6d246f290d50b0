"""Profiles, photos, availability, roles; the last owner."""

import io

import pytest
from PIL import Image
from sqlalchemy import select

from klepet.store.tables import operator_states
from tests.api.conftest import Browser, Program, invite


def picture(kind: str = "PNG", size: tuple[int, int] = (600, 400)) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "#2f6f5e").save(output, kind)
    return output.getvalue()


def test_the_profile_is_changed_field_by_field(klepet, owner):
    me = owner.patch("/me", {"name": "Ada L.", "language": "pl"}).json()
    assert (me["operator"]["name"], me["operator"]["language"]) == ("Ada L.", "pl")
    assert me["operator"]["email"] == "ada@shop.test"
    me = owner.patch("/me", {"email": "Ada@New.test", "preferences": {"theme": "dark", "x": [1, None]}}).json()
    assert me["operator"]["email"] == "ada@new.test"
    assert owner.get("/me").json()["preferences"] == {"theme": "dark", "x": [1, None]}
    Browser(klepet).sign_in("ada@new.test")


def test_an_address_belongs_to_one_operator(owner, operator):
    response = operator.patch("/me", {"email": "ADA@shop.test"})
    assert response.status_code == 409
    assert response.json()["error"]["field"] == "email"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "\x00\u2028"}, "name"),
        ({"name": 7}, "name"),
        ({"email": "nobody"}, "email"),
        ({"email": "a@b@c"}, "email"),
        ({"email": "a b@c"}, "email"),
        ({"email": "x" * 250 + "@a.test"}, "email"),
        ({"language": "tlh"}, "language"),
        ({"language": "../en"}, "language"),
        ({"preferences": {"x": "y" * 8_192}}, "preferences"),
        ({"preferences": []}, "preferences"),
        ({"role": "owner"}, "role"),
        ({"is_disabled": False}, "is_disabled"),
    ],
)
def test_what_is_wrong_with_a_profile_is_named(klepet, operator, body, field):
    before = klepet.recorded()
    response = operator.patch("/me", body)

    assert response.status_code in (400, 413)
    assert response.json()["error"]["field"] == field
    assert klepet.recorded() == before


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_photo_is_made_square_and_served_to_everybody(klepet, owner, kind):
    me = owner.put("/me/photo", content=picture(kind), headers={"content-type": f"image/{kind.lower()}"}).json()

    url = me["operator"]["photo_url"]
    served = klepet.client.get(url)
    assert served.status_code == 200
    assert served.headers["content-type"] == "image/webp"
    assert served.headers["access-control-allow-origin"] == "*"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in served.headers["cache-control"]
    assert Image.open(io.BytesIO(served.content)).size == (256, 256)


def test_a_new_photo_replaces_the_old_file_and_removing_leaves_none(klepet, owner):
    folder = klepet.config.photos
    first = owner.put("/me/photo", content=picture()).json()["operator"]["photo_url"]
    second = owner.put("/me/photo", content=picture()).json()["operator"]["photo_url"]
    assert first != second
    assert klepet.client.get(first).status_code == 404
    assert [path.name for path in folder.iterdir()] == [second.rpartition("/")[2]]

    assert owner.delete("/me/photo").json()["operator"]["photo_url"] is None
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg onload=alert(1)>", b"GIF89a" + b"\x00" * 30, picture()[:200]],
    ids=["empty", "svg", "gif", "cut"],
)
def test_what_is_no_photo_is_refused(klepet, owner, data):
    response = owner.put("/me/photo", content=data)
    assert response.status_code == 400
    assert (response.json()["error"]["code"], response.json()["error"]["field"]) == ("invalid", "photo")
    assert not klepet.config.photos.exists()


def test_photos_over_5_mb_are_refused(owner):
    assert owner.put("/me/photo", content=b"x" * (5 * 1024 * 1024)).status_code == 400
    for too_many in (1, 2, 1_000):
        response = owner.put("/me/photo", content=b"x" * (5 * 1024 * 1024 + too_many))
        assert response.status_code == 413
        assert response.json()["error"]["code"] == "too_large"
        assert response.json()["error"]["limit"] == 5 * 1024 * 1024


@pytest.mark.parametrize(
    "name",
    ["../klepet.sqlite", "..%2Fklepet.sqlite", "%2e%2e%2fklepet.sqlite", "x.webp", "klepet.sqlite", "%00", ".part"],
)
def test_only_photos_are_served_from_the_folder(klepet, owner, name):
    owner.put("/me/photo", content=picture())
    assert klepet.client.get(f"/photos/{name}").status_code == 404


def test_availability_is_kept_as_intervals(klepet, owner):
    assert owner.me["operator"]["availability"] == "accepting"
    klepet.clock.advance(60)
    assert owner.put("/me/availability", {"availability": "away"}).json()["availability"] == "away"
    owner.put("/me/availability", {"availability": "away"})
    assert klepet.recorded().count("operator.availability_changed") == 1
    states = operator_states.c
    query = select(states.availability, states.started_at, states.ended_at).order_by(states.started_at)
    first, second = klepet.read(lambda r: r.conn.execute(query).fetchall())
    assert (first.availability, (first.ended_at - first.started_at).total_seconds()) == ("accepting", 60)
    assert (second.availability, second.ended_at) == ("away", None)


def seen(owner: Browser) -> dict[str, str | None]:
    return {item["operator_id"]: item["last_seen_at"] for item in owner.get("/operators/activity").json()["items"]}


def test_owners_see_who_was_here_when(klepet, owner, operator):
    joined = seen(owner)
    assert list(joined) == [str(owner.id), str(operator.id)]
    klepet.clock.advance(9 * 60)
    operator.get("/me")
    assert seen(owner) == joined, "noted every ten minutes at most"
    klepet.clock.advance(60)
    operator.get("/me")
    last = seen(owner)[str(operator.id)]
    assert last == klepet.clock.now().isoformat().replace("+00:00", "Z")

    klepet.clock.advance(60)
    operator.delete("/session")
    assert seen(owner)[str(operator.id)] == last, "whoever signs out is not forgotten"


def test_owners_change_roles_and_the_change_counts_at_once(owner, operator):
    assert operator.get("/webhooks").status_code == 403
    assert owner.patch(f"/operators/{operator.id}", {"role": "owner"}).json()["role"] == "owner"
    assert operator.get("/webhooks").status_code == 200
    owner.patch(f"/operators/{operator.id}", {"role": "operator"})
    assert operator.get("/webhooks").status_code == 403


@pytest.mark.parametrize("change", [{"role": "operator"}, {"role": "supervisor"}, {"is_disabled": True}])
def test_the_last_owner_stays_owner(klepet, owner, operator, change):
    before = klepet.recorded()
    response = owner.patch(f"/operators/{owner.id}", change)
    assert response.status_code == 409
    assert klepet.recorded() == before
    assert owner.get("/me").json()["operator"]["role"] == "owner"


def test_an_owner_may_go_when_another_is_there(owner):
    second = invite(owner, "owner", "olga@shop.test")
    assert second.patch(f"/operators/{owner.id}", {"role": "operator"}).status_code == 200
    assert owner.get("/operators/invitations").status_code == 403
    assert second.patch(f"/operators/{second.id}", {"is_disabled": True}).status_code == 409


def test_disabling_ends_api_tokens_too(klepet, owner):
    second = invite(owner, "owner", "olga@shop.test")
    program = Program(klepet, second.post("/api-tokens", {"name": "Bot", "role": "owner"}).json()["token"])
    assert program.get("/me").status_code == 200
    owner.patch(f"/operators/{second.id}", {"is_disabled": True})
    assert program.get("/me").status_code == 401


def test_unknown_operators_are_not_found(owner):
    unknown = "019a0000-0000-7000-8000-000000000000"
    assert owner.get(f"/operators/{unknown}").status_code == 404
    assert owner.patch(f"/operators/{unknown}", {"role": "owner"}).status_code == 404
    assert owner.post(f"/operators/{unknown}/password-link").status_code == 404
    assert owner.get("/operators/not-an-id").status_code == 404


def test_unfit_characters_are_left_out_of_names(owner):
    me = owner.patch("/me", {"name": "A\x00d\na  L.\ufffe"}).json()
    assert me["operator"]["name"] == "Ad a L."
