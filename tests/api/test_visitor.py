"""The visitor's side over REST."""

from uuid import UUID

import pytest

from klepet.kit.tokens import Attributes, IdentityClaims, new_token, sign_identity
from klepet.web.config import Rate, Rates
from tests.api.conftest import FREE, Browser, Program, set_up

UNKNOWN = "019a0000-0000-7000-8000-000000000000"
SIGNED_ONLY = {"is_signed_identity_required": True}


@pytest.fixture
def site(owner):
    return owner.post("/sites", {"name": "Shop"}).json()


def start(klepet, site, **values):
    response = Browser(klepet).post("/visitor/session", {"site": site["key"]} | values, headers={"origin": ""})
    assert response.status_code == 201, response.text
    return Program(klepet, response.json()["token"])


def write(visitor, text, **values):
    return visitor.post("/visitor/messages", {"client_id": new_token()[:20], "text": text} | values)


def test_a_visitor_writes_and_reads_its_own(klepet, owner, site):
    visitor = start(klepet, site)
    sent = write(visitor, "Hello?")
    assert sent.status_code == 201, sent.text
    conversation = sent.json()["conversation_id"]
    owner.post(f"/conversations/{conversation}/messages", {"client_id": "client-id-1", "text": "Hi!"})
    owner.post(f"/conversations/{conversation}/messages", {"client_id": "client-id-2", "text": "!!", "kind": "note"})

    state = visitor.get("/visitor/state").json()

    assert [found["id"] for found in state["conversations"]] == [conversation]
    assert [message["text"] for message in state["messages"]] == ["Hello?", "", "Hi!"]
    assert [operator["name"] for operator in state["operators"]] == ["Ada"]
    assert "email" not in str(state["operators"])
    page = visitor.get(f"/visitor/conversations/{conversation}/messages").json()
    assert [message["text"] for message in page["items"]] == ["Hello?", "", "Hi!"]
    text = visitor.get(f"/visitor/conversations/{conversation}/transcript").text
    assert "Ada: Hi!" in text
    assert "Ada joined" in text
    headers = {"accept-language": "ru-RU,ru;q=0.9"}
    assert "Ada joined" not in visitor.get(f"/visitor/conversations/{conversation}/transcript", headers=headers).text
    assert "!!" not in text


def test_the_conversation_with_the_newest_line_comes_first_and_brings_its_transcript(klepet, owner, site):
    visitor = start(klepet, site)
    first = write(visitor, "First matter").json()["conversation_id"]
    visitor.post(f"/visitor/conversations/{first}/closure")
    klepet.clock.advance(60)
    second = write(visitor, "Second matter").json()["conversation_id"]

    def order():
        return [found["id"] for found in visitor.get("/visitor/state").json()["conversations"]]

    assert order() == [second, first]
    klepet.clock.advance(60)
    owner.post(f"/conversations/{first}/messages", {"client_id": "client-id-1", "text": "!!", "kind": "note"})
    assert order() == [second, first], "a note is nothing that the visitor sees"
    owner.delete(f"/conversations/{first}/closure")
    owner.post(f"/conversations/{first}/messages", {"client_id": "client-id-2", "text": "Still there?"})
    assert order() == [first, second]
    state = visitor.get("/visitor/state").json()
    assert {message["conversation_id"] for message in state["messages"]} == {first}


def test_the_same_message_again_is_one_message(klepet, site):
    visitor = start(klepet, site)
    body = {"client_id": "client-id-1", "text": "Hello?"}
    assert visitor.post("/visitor/messages", body).json() == visitor.post("/visitor/messages", body).json()
    assert len(visitor.get("/visitor/state").json()["messages"]) == 1


def test_ending_and_rating(klepet, owner, site):
    visitor = start(klepet, site)
    conversation = write(visitor, "Hello?").json()["conversation_id"]
    ended = visitor.post(f"/visitor/conversations/{conversation}/closure")
    assert (ended.json()["status"], ended.json()["closed_by"]) == ("closed", "visitor")
    rated = visitor.put(f"/visitor/conversations/{conversation}/rating", {"score": 5, "comment": "Great"})
    assert rated.json()["rating"] == 5
    found = owner.get(f"/conversations/{conversation}").json()["conversation"]
    assert (found["rating"], found["rating_comment"]) == (5, "Great")
    assert visitor.put(f"/visitor/conversations/{conversation}/rating", {"score": 6}).status_code == 400
    assert write(visitor, "One more", conversation_id=conversation).status_code == 201
    assert visitor.get("/visitor/state").json()["conversations"][0]["status"] == "open"


def test_nothing_of_another_visitor_is_in_reach(klepet, site):
    one, other = start(klepet, site), start(klepet, site)
    conversation = write(one, "My secret").json()["conversation_id"]
    path = f"/visitor/conversations/{conversation}"
    for response in (
        other.get(f"{path}/messages"),
        other.get(f"{path}/transcript"),
        other.post(f"{path}/closure"),
        other.put(f"{path}/rating", {"score": 1}),
        write(other, "Hello", conversation_id=conversation),
        other.get(f"/visitor/conversations/{UNKNOWN}/messages"),
    ):
        assert response.status_code == 404, response.text
        assert "secret" not in response.text
    assert other.get("/visitor/state").json()["conversations"] == []


@pytest.mark.parametrize("token", ["", "x", new_token(), "' OR 1=1 --", "x" * 300])
def test_forged_tokens_are_refused(klepet, site, token):
    assert Program(klepet, token).get("/visitor/state").status_code == 401


def test_tokens_of_one_kind_open_nothing_of_the_other(klepet, owner, site):
    visitor = start(klepet, site)
    for path in ("/me", "/conversations", "/contacts", "/sites"):
        assert visitor.get(path).status_code == 401
    api_token = owner.post("/api-tokens", {"name": "Bot", "role": "owner"}).json()["token"]
    assert Program(klepet, api_token).get("/visitor/state").status_code == 401
    assert owner.get("/visitor/state").status_code == 401


def test_unsigned_details_are_claims_and_can_be_refused(klepet, owner, site):
    visitor = start(klepet, site)
    contact = visitor.patch("/visitor/contact", {"name": "Vera", "email": "v@x.test", "attributes": {"a": 1}}).json()
    assert (contact["name"], contact["email"], contact["attributes"]) == ("Vera", "v@x.test", {"a": 1})
    assert visitor.patch("/visitor/contact", {"email": "nobody"}).status_code == 400
    owner.patch(f"/sites/{site['id']}", {"settings": SIGNED_ONLY})
    assert visitor.patch("/visitor/contact", {"name": "Eve"}).status_code == 403
    assert visitor.get("/visitor/state").json()["contact"]["name"] == "Vera"


def test_a_signed_identity_joins_devices(klepet, owner, site):
    secret = owner.post(f"/sites/{site['id']}/secrets").json()

    def sign(user_id, key=secret["secret"], seconds=600, **claims):
        exp = int(klepet.clock.now().timestamp()) + seconds
        return sign_identity(IdentityClaims(kid=secret["id"], user_id=user_id, exp=exp, **claims), key.encode())

    phone = start(klepet, site, identity=sign("u1", name="Vera"))
    write(phone, "From the phone")
    laptop = start(klepet, site, identity=sign("u1"))
    assert laptop.get("/visitor/state").json()["messages"][0]["text"] == "From the phone"
    assert laptop.get("/visitor/state").json()["contact"]["user_id"] == "u1"
    stranger = start(klepet, site, identity=sign("u2"))
    assert stranger.get("/visitor/state").json()["conversations"] == []
    for identity in (
        sign("u1", key="another secret, also long"),
        sign("u1", seconds=-1),
        sign("u1", seconds=90_000),
        sign("u1")[:-2],
        "x" * 30,
    ):
        response = Browser(klepet).post("/visitor/session", {"site": site["key"], "identity": identity})
        assert response.status_code == 400, response.text
        assert response.json()["error"]["field"] == "identity"


def test_signed_attributes_find_room_among_unsigned_ones(klepet, owner, site):
    secret = owner.post(f"/sites/{site['id']}/secrets").json()
    exp = int(klepet.clock.now().timestamp()) + 600
    signed: Attributes = {"plan": "gold", "a7": "signed"}
    claims = IdentityClaims(kid=secret["id"], user_id="u1", exp=exp)
    visitor = start(klepet, site, identity=sign_identity(claims, secret["secret"].encode()))
    assert visitor.patch("/visitor/contact", {"attributes": {f"a{n}": n for n in range(50)}}).status_code == 200

    claims = IdentityClaims(kid=secret["id"], user_id="u1", exp=exp, attributes=signed)
    again = start(klepet, site, identity=sign_identity(claims, secret["secret"].encode()))

    attributes = again.get("/visitor/state").json()["contact"]["attributes"]
    assert len(attributes) == 50
    assert {name: attributes[name] for name in signed} == signed


def test_only_the_sites_own_pages_may_start(klepet, owner, site):
    owner.patch(f"/sites/{site['id']}", {"settings": {"allowed_origins": ["https://shop.example"]}})
    for origin, status in (("https://shop.example", 201), ("https://evil.example", 403), ("null", 403)):
        response = Browser(klepet).post("/visitor/session", {"site": site["key"]}, headers={"origin": origin})
        assert response.status_code == status, response.text
    assert Browser(klepet).post("/visitor/session", {"site": "unknown-key"}).status_code in (403, 404)


def test_an_order_is_reported_once(klepet, site):
    visitor = start(klepet, site)
    conversation = write(visitor, "Hello").json()["conversation_id"]
    order = {"id": "A-1", "value": "9.90", "currency": "EUR"}
    first = visitor.post("/visitor/orders", order)
    assert first.status_code == 201, first.text
    assert visitor.post("/visitor/orders", order).json() == first.json()
    assert first.json()["conversation_id"] == conversation
    other = start(klepet, site)
    assert other.post("/visitor/orders", order).status_code == 409


def test_a_flood_slows_the_flooder_alone(make_klepet):
    klepet = make_klepet(
        rates=Rates(sign_in_account=FREE, sign_in_address=FREE, visitor=Rate(3, 1), visitor_address=FREE)
    )
    site = set_up(klepet).post("/sites", {"name": "Shop"}).json()
    flooder, other = start(klepet, site), start(klepet, site)
    statuses = [write(flooder, f"flood {number}").status_code for number in range(5)]
    assert statuses == [201, 201, 201, 429, 429]
    refused = write(flooder, "more")
    assert refused.json()["error"]["retry_after_seconds"] > 0
    assert write(other, "Hello").status_code == 201


def test_new_visitors_from_one_address_are_slowed_over_rest_too(make_klepet):
    klepet = make_klepet(
        rates=Rates(sign_in_account=FREE, sign_in_address=FREE, visitor_address=FREE, new_visitor_address=Rate(2, 1))
    )
    site = set_up(klepet).post("/sites", {"name": "Shop"}).json()
    made = [Browser(klepet).post("/visitor/session", {"site": site["key"]}) for _ in range(3)]
    assert [response.status_code for response in made] == [201, 201, 429]
    assert made[-1].json()["error"]["retry_after_seconds"] > 0


def test_erasing_ends_the_visitor(klepet, owner, site):
    visitor = start(klepet, site)
    write(visitor, "Hello")
    contact_id = visitor.get("/visitor/state").json()["contact"]["id"]
    assert UUID(contact_id)
    assert owner.delete(f"/contacts/{contact_id}").status_code == 204
    assert visitor.get("/visitor/state").status_code == 401


def test_messages_are_found_by_operators(klepet, owner, operator, site):
    visitor = start(klepet, site)
    for text in ("Gdzie jest Łódź?", "ŁODZIANKA", "nothing"):
        klepet.clock.advance(1)
        write(visitor, text)
    klepet.index_messages()
    page = operator.get("/search", params={"q": "lodz", "limit": 1}).json()
    assert [hit["message"]["text"] for hit in page["items"]] == ["ŁODZIANKA"]
    page = operator.get("/search", params={"q": "lodz", "cursor": page["next_cursor"]}).json()
    assert [hit["message"]["text"] for hit in page["items"]] == ["Gdzie jest Łódź?"]
    assert page["items"][0]["conversation"]["id"] == page["items"][0]["message"]["conversation_id"]
    assert page["next_cursor"] is None
    assert operator.get("/search", params={"q": ""}).json()["items"] == []
