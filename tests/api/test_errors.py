"""One shape for everything that goes wrong, and nothing stored then."""

from typing import Any, cast

import httpx
import pytest

from klepet.web.request_ids import with_request_ids
from tests.api.conftest import Browser

ID = "019a0000-0000-7000-8000-000000000000"


def problem(response, status, code):
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/json")
    body = response.json()
    assert set(body) == {"error"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    assert "Traceback" not in response.text
    return body["error"]


@pytest.mark.parametrize(
    "content",
    [
        b"{not json",
        b"",
        b"[]",
        b'"text"',
        b"null",
        b"17",
        b'{"name":"\xff\xfe"}',
        b'{"name":"\\ud800"}',
        b"[" * 100_000,
        b'{"name":' * 10_000,
        b'{"name":"Shop"} trailing',
        b'{"name":NaN}',
    ],
    ids=range(12),
)
def test_broken_bodies(klepet, owner, content):
    before = klepet.recorded()
    problem(owner.post("/sites", content=content, headers={"content-type": "application/json"}), 400, "invalid")
    assert klepet.recorded() == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_bodies_that_are_no_json(owner, kind):
    response = owner.post("/sites", content=b'{"name":"Shop"}', headers={"content-type": kind})
    assert problem(response, 400, "invalid")["field"] == "Content-Type"


def test_wrong_fields_are_named_by_their_place(owner):
    assert problem(owner.post("/sites", {"nam": "Shop"}), 400, "invalid")["field"] in ("nam", "name")
    assert problem(owner.post("/sites", {"name": "Shop", "x": 1}), 400, "invalid")["field"] == "x"
    response = owner.post("/sites", {"name": "Shop", "settings": {"colour": 7}})
    assert problem(response, 400, "invalid")["field"] == "settings.colour"


def test_bodies_over_the_limit(owner):
    found = problem(owner.post("/sites", {"name": "x" * 300_000}), 413, "too_large")
    assert found["limit"] == 262_144
    assert "262144 bytes" in found["message"]


def test_unknown_addresses_and_methods(klepet, owner):
    problem(owner.get("/nothing/here"), 404, "not_found")
    problem(owner.get("/sites/not-an-id"), 404, "not_found")
    problem(klepet.client.get("/nothing"), 404, "not_found")
    response = owner.put("/sites", {"name": "Shop"})
    problem(response, 405, "invalid")
    assert set(response.headers["allow"].split(", ")) >= {"GET", "POST"}


def test_a_fault_of_our_own_tells_nothing(klepet, owner, monkeypatch, caplog):
    async def broken(run, **options):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(klepet.db, "read", broken)
    response = Browser(klepet).get("/setup")
    assert "secret detail" not in response.text
    problem(response, 500, "internal")


def test_a_fault_of_our_own_names_its_lines_in_the_log(klepet, monkeypatch, caplog):
    async def broken(run, **options):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(klepet.db, "read", broken)
    path = f"/api/v1/sites/{ID}"

    async def ask():
        transport = httpx.ASGITransport(app=cast(Any, with_request_ids(klepet.app, ())))
        async with httpx.AsyncClient(transport=transport, base_url="http://klepet.test") as client:
            return await client.get(path, headers={"authorization": "Bearer " + "a" * 40})

    caplog.set_level("WARNING", "httpx")  # the client's own lines name what it asked for
    response = klepet.client.blocking_portal.call(ask)
    problem(response, 500, "internal")
    found = response.json()["error"]["request_id"]
    assert response.headers["x-request-id"] == found
    assert "GET /api/v1/sites/{site_id} failed" in caplog.text
    assert path not in caplog.text
    assert "secret detail" in caplog.text


@pytest.mark.parametrize("path", ["/sites?limit=%00", "/contacts?q=%ff%fe", "/contacts?q=%00", "/contacts?cursor=%F0"])
def test_strange_query_strings_break_nothing(owner, path):
    assert owner.get(path).status_code in (200, 400)
