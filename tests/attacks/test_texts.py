"""SQL, script, templates and turned writing in every text that a frame or an endpoint takes: stored to the letter,
given back to the letter, and never run.
"""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.attacks.server import PASSWORD, Person, Server
from tests.attacks.wires import Poll, Socket, Wire

HOSTILE = [
    "Robert'); DROP TABLE messages;--",
    "' OR '1'='1' UNION SELECT password_hash FROM operators --",
    "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>",
    '"><svg/onload=window.hacked=1>&lt;b&gt;</textarea></title>',
    "{{7*7}} ${7*7} %s %(x)s {0} {name} \\u0000 \\\\",
    "../../../etc/passwd;$(reboot)`reboot`|reboot",
    '=HYPERLINK("http://evil.example")',
    "\u202eevil\u2066 \u05d0 🏳️‍🌈 e\u0301",
]
EACH = pytest.mark.parametrize("text", HOSTILE)
BOTH = pytest.mark.parametrize("kind", [Socket, Poll])


def strings(schema: dict[str, Any], schemas: dict[str, Any], path: str = "") -> Iterator[str]:
    """The texts of a schema that are free: no format, pattern or list of values."""
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    for choice in schema.get("anyOf", []):
        yield from strings(choice, schemas, path)
    if schema.get("type") == "string" and not {"pattern", "format", "enum"} & set(schema):
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from strings(inner, schemas, f"{path}.{name}".lstrip("."))
    if "items" in schema:
        yield from strings(schema["items"], schemas, f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from strings(schema["additionalProperties"], schemas, path + "{}")


NO_TEXTS = {"token", "password", "current_password", "new_password", "identity"}  # never given back
HERE = {
    "accept_link": {"name"},
    "set_up": {"name"},
    "change_me": {"name"},
    "create_invitation": {"name"},
    "create_site": {"name", "settings.greeting{}", "settings.allowed_origins[]"},
    "change_site": {"name", "settings.greeting{}", "settings.allowed_origins[]"},
    "send_message": {"text"},
    "change_contact": {"name", "email", "phone", "attributes{}"},
    "report_order": {"id", "items[].sku", "items[].name"},
    "create_api_token": {"name"},
    "describe_visitor_contact": {"name", "email", "phone", "attributes{}"},
    "rate_visitor_conversation": {"comment"},
    "report_visitor_order": {"id", "items[].sku", "items[].name"},
    "send_visitor_message": {"text"},
}
"""The free texts of the REST interface, which the tests below send. `set_up` works once, and is `accept_link` again."""


def test_the_list_of_texts_is_complete(server: Server) -> None:
    spec = httpx.get(f"{server.url}/api/v1/openapi.json").json()
    found: dict[str, set[str]] = {}
    for path in spec["paths"].values():
        for operation in path.values():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body:
                texts = set(strings(body["schema"], spec["components"]["schemas"])) - NO_TEXTS
                if texts:
                    found[operation["operationId"]] = texts
    assert found == HERE


@BOTH
@EACH
def test_everything_a_visitor_says(attacked: Server, kind: type[Wire], text: str) -> None:
    visitor = attacked.visitor(
        kind, page={"url": text, "title": text}, referrer=text, time_zone=text[:64], transcripts=[]
    )
    conversation = visitor.says(text)
    order = {"id": f"{text} {secrets.token_hex(4)}"[-100:], "value": "1", "currency": "EUR"}
    items = [{"sku": text, "name": text, "quantity": 1, "price": "1"}]
    for frame in (
        {"type": "set_contact", "details": {"name": text, "phone": text[:40], "attributes": {text[:64]: text}}},
        {"type": "track_event", "name": text[:64], "data": {text[:64]: text}},
        {"type": "report_order", "order": order | {"items": items}},
        {"type": "rate_conversation", "conversation_id": conversation, "score": 1, "comment": text},
    ):
        answer = visitor.tries(frame)
        assert answer["type"] == "ack", answer
    visitor.wire.send({"type": "show_page", "page": {"url": text, "title": text}})
    visitor.says("last")

    found = attacked.owner.ok("GET", f"/conversations/{conversation}")
    assert (found["conversation"]["rating_comment"], found["contact"]["name"]) == (text, text)
    assert found["contact"]["attributes"] == {text[:64].strip(): text}
    assert found["visitor"]["time_zone"] == text[:64]
    assert found["visitor"]["referrer"] == text
    assert found["visitor"]["page"] == {"url": text, "title": text}
    (stored,) = found["orders"]
    assert (stored["external_id"], stored["items"]) == (order["id"].strip(), items)
    messages = attacked.owner.ok("GET", f"/conversations/{conversation}/messages")["items"]
    assert messages[0]["text"] == text
    assert attacked.visitor(kind, token=visitor.token).welcome["visitor_state"]["messages"][0]["text"] == text


@EACH
def test_everything_a_visitor_says_by_rest(attacked: Server, text: str) -> None:
    token = attacked.visitor().token
    with httpx.Client(
        base_url=f"{attacked.url}/api/v1/visitor", headers={"authorization": f"Bearer {token}"}, timeout=60
    ) as http:
        message = http.post("/messages", json={"client_id": secrets.token_hex(8), "text": text}).json()
        assert message["text"] == text
        details = {"name": text, "phone": text[:40], "attributes": {"a": text}}
        contact = http.patch("/contact", json=details).json()
        assert (contact["name"], contact["attributes"]) == (text, {"a": text})
        assert http.patch("/contact", json={"email": text}).json()["error"]["field"] == "email"
        items = [{"sku": text, "name": text, "quantity": 1, "price": "1"}]
        order = {"id": f"{secrets.token_hex(4)} {text}", "value": "1", "currency": "EUR", "items": items}
        assert http.post("/orders", json=order).json()["items"] == items
        path = f"/conversations/{message['conversation_id']}"
        assert http.put(f"{path}/rating", json={"score": 1, "comment": text}).is_success
        transcript = http.get(f"{path}/transcript")
        assert text in transcript.text
        check_download(transcript)


@EACH
def test_everything_an_operator_says(attacked: Server, text: str) -> None:
    owner = attacked.owner
    conversation = attacked.visitor().says("hello")
    path = f"/conversations/{conversation}"
    message = {"client_id": secrets.token_hex(8), "text": text}
    assert owner.ok("POST", f"{path}/messages", message)["text"] == text
    contact = owner.ok("GET", path)["contact"]["id"]
    changes = {"name": text, "phone": text[:40], "attributes": {text[:64]: text}}
    assert owner.ok("PATCH", f"/contacts/{contact}", changes)["name"] == text
    assert owner.ask("PATCH", f"/contacts/{contact}", {"email": text}).json()["error"]["field"] == "email"
    items = [{"sku": text, "name": text, "quantity": 1, "price": "1"}]
    order = {"id": f"{secrets.token_hex(4)} {text}", "value": "1", "currency": "EUR", "items": items}
    assert owner.ok("POST", f"/contacts/{contact}/orders", order)["items"] == items
    site = owner.ok("POST", "/sites", {"name": text, "settings": {"languages": ["en"], "greeting": {"en": text}}})
    assert (site["name"], site["settings"]["greeting"]) == (text, {"en": text})
    changed = owner.ok("PATCH", f"/sites/{site['id']}", {"name": text[::-1]})
    assert changed["name"] == text[::-1]
    refused = owner.ask("PATCH", f"/sites/{site['id']}", {"settings": {"allowed_origins": [text]}})
    assert refused.status_code == 400
    assert refused.json()["error"]["field"].startswith("settings.allowed_origins")
    config = httpx.get(f"{attacked.url}/w/{site['key']}/config")
    assert config.json()["name"] == text[::-1]
    check_json(config)
    texts = httpx.get(f"{attacked.url}/w/{site['key']}/texts/en")
    assert texts.json()["greeting"] == text
    check_json(texts)
    assert owner.ok("POST", "/api-tokens", {"name": text, "role": "operator"})["name"] == text
    for form in ("text", "json"):
        answer = owner.ask("GET", f"{path}/transcript?format={form}")
        assert text in (answer.text if form == "text" else answer.json()["messages"][-2]["text"] + text)
        check_download(answer)
    check_download(owner.ask("GET", f"/contacts/{contact}/export"))


@EACH
def test_everything_an_operator_is_called(attacked: Server, text: str) -> None:
    owner = attacked.owner
    email = f"{secrets.token_hex(4)}@shop.example"
    made = owner.ok("POST", "/operators/invitations", {"email": email, "name": text, "role": "operator"})
    token = made["link"].rpartition("/")[2]
    person = Person(attacked)
    person.http.headers["user-agent"] = "".join(letter for letter in text if letter.isascii()) or "x"
    assert person.ok("POST", "/links/inspect", {"token": token})["name"] == text
    person.take(person.ok("POST", "/links/accept", {"token": token, "password": PASSWORD, "name": text}))
    assert person.me["operator"]["name"] == text
    changed = person.ok("PATCH", "/me", {"name": text, "preferences": {text: {text: [text]}}})
    assert (changed["operator"]["name"], changed["preferences"]) == (text, {text: {text: [text]}})
    assert owner.ask("POST", "/operators/invitations", {"email": text, "role": "operator"}).status_code == 400
    assert owner.ask("POST", "/session", {"email": text, "password": text}).status_code in (400, 401)


@EACH
@pytest.mark.parametrize("path", ["/search", "/contacts"])
def test_what_is_searched_for(attacked: Server, text: str, path: str) -> None:
    answer = attacked.owner.ask("GET", path, params={"q": text})
    assert answer.status_code == 200, answer.text
    check_json(answer)
    for cursor in (text, "' OR 1=1", "W10", "eyJhIjoxfQ", "WyJhIl0"):
        assert attacked.owner.ask("GET", path, params={"q": "a", "cursor": cursor}).status_code == 400


@pytest.mark.parametrize(
    "text", ['"', "a AND", "NEAR(", "* OR *", '"a" *', "col:a", "-", "^a", "a\x00b", "(((", "ﬀ" * 100]
)
def test_words_of_the_search_engine_are_words(attacked: Server, text: str) -> None:
    assert attacked.owner.ask("GET", "/search", params={"q": text}).status_code == 200
    assert attacked.owner.ask("GET", "/contacts", params={"q": text}).status_code == 200


def test_no_page_carries_what_people_wrote(attacked: Server) -> None:
    """Pages are the same for everybody: what people wrote reaches them as JSON, and is put in as text."""
    script = HOSTILE[2]
    site = attacked.owner.ok("POST", "/sites", {"name": script, "settings": {"greeting": {"en": script}}})
    pages = [f"/chat/{site['key']}", "/console/", "/api/docs", f"/console/?{script}", f"/chat/{site['key']}?q={script}"]
    for path in pages:
        answer = httpx.get(attacked.url + path)
        assert answer.status_code == 200, path
        assert "window.hacked" not in answer.text, path
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    for path in (f"/chat/{script}", f"/w/{script}/config", f"/w/{site['key']}/texts/{script}", f"/{script}"):
        answer = httpx.get(attacked.url + path)
        assert answer.status_code == 404, path
        assert "<script>" not in answer.text
        check_json(answer)


def check_json(answer: httpx.Response) -> None:
    """JSON that no browser takes for a page."""
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    json.loads(answer.text)


def check_download(answer: httpx.Response) -> None:
    """A file to save, which no browser shows as a page, under a name that nobody else chose."""
    assert answer.is_success, answer.text
    assert answer.headers["content-type"] in ("text/plain; charset=utf-8", "application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith("attachment; filename=")
    name = disposition.partition("=")[2].strip('"')
    assert name.isascii()
    assert name.replace("-", "").replace(".", "").isalnum()
