"""The first owner, by the one-time link of the first start."""

from tests.api.conftest import PASSWORD, Browser


def body(token: str, **changes):
    return {"token": token, "email": "Ada@Shop.test", "name": " Ada ", "password": PASSWORD} | changes


def test_the_first_owner_is_made_and_signed_in(klepet):
    browser = Browser(klepet)
    assert browser.get("/setup").json() == {"is_set_up": False}

    response = browser.post("/setup", body(klepet.setup_token(), language="sl"))

    assert response.status_code == 201, response.text
    me = response.json()
    assert me["operator"]["email"] == "ada@shop.test"
    assert me["operator"]["name"] == "Ada"
    assert me["operator"]["role"] == "owner"
    assert me["operator"]["language"] == "sl"
    assert "manage_operators" in me["permissions"]
    assert browser.get("/me").json()["operator"] == me["operator"]
    assert browser.get("/setup").json() == {"is_set_up": True}
    assert klepet.recorded() == ["link.created", "link.used", "operator.joined", "session.started"]


def test_whether_it_is_set_up_may_be_read_from_anywhere(klepet):
    for site in ("none", "cross-site"):
        response = klepet.client.get("/api/v1/setup", headers={"sec-fetch-site": site})
        assert response.json() == {"is_set_up": False}
