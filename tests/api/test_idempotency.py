"""The header Idempotency-Key: once, whatever happens on the way."""

import pytest

from tests.api.conftest import Program, invite

KEY = {"idempotency-key": "order-42-try"}


def test_the_same_request_again_gets_the_same_answer_and_does_nothing(klepet, owner):
    first = owner.post("/sites", {"name": "Shop"}, headers=KEY)
    before = klepet.recorded()
    again = owner.post("/sites", {"name": "Shop"}, headers=KEY)

    assert first.status_code == again.status_code == 201
    assert again.json() == first.json()
    assert klepet.recorded() == before
    assert len(owner.get("/sites").json()["items"]) == 1


def test_without_a_key_each_request_counts(owner):
    owner.post("/sites", {"name": "Shop"})
    owner.post("/sites", {"name": "Shop"})
    assert len(owner.get("/sites").json()["items"]) == 2


def test_a_key_stands_for_one_request(owner):
    owner.post("/sites", {"name": "Shop"}, headers=KEY)
    response = owner.post("/sites", {"name": "Store"}, headers=KEY)
    assert response.status_code == 409
    assert response.json()["error"]["field"] == "Idempotency-Key"
    assert len(owner.get("/sites").json()["items"]) == 1


def test_a_key_belongs_to_its_principal(klepet, owner):
    second = invite(owner, "owner", "olga@shop.test")
    owner.post("/sites", {"name": "Shop"}, headers=KEY)
    assert second.post("/sites", {"name": "Shop"}, headers=KEY).status_code == 201
    assert len(owner.get("/sites").json()["items"]) == 2


def test_a_refused_request_may_be_sent_again_corrected(owner):
    assert owner.post("/sites", {"name": " "}, headers=KEY).status_code == 400
    assert owner.post("/sites", {"name": "Shop"}, headers=KEY).status_code == 201


def test_a_key_is_forgotten_after_a_day(klepet, owner):
    first = owner.post("/sites", {"name": "Shop"}, headers=KEY).json()
    klepet.clock.advance(86_400 + 1)
    assert owner.post("/sites", {"name": "Shop"}, headers=KEY).json()["id"] != first["id"]


def test_a_secret_is_neither_kept_nor_made_twice(klepet, owner):
    first = owner.post("/api-tokens", {"name": "Bot", "role": "owner"}, headers=KEY)
    again = owner.post("/api-tokens", {"name": "Bot", "role": "owner"}, headers=KEY)

    assert first.status_code == 201
    assert again.status_code == 409
    assert len(owner.get("/api-tokens").json()["items"]) == 1
    assert Program(klepet, first.json()["token"]).get("/me").status_code == 200
    kept = klepet.read(lambda r: r.conn.exec_driver_sql("SELECT body FROM answers").fetchall())
    assert first.json()["token"] not in str(kept)


@pytest.mark.parametrize("key", ["short", "x" * 65, "with space", "sémantique", "a'b\"c;d--e"])
def test_unfit_keys_are_refused(owner, key):
    response = owner.post("/sites", {"name": "Shop"}, headers={"idempotency-key": key.encode()})
    assert response.status_code == 400
    assert response.json()["error"]["field"] == "Idempotency-Key"
    assert owner.get("/sites").json()["items"] == []
