"""Every operation of the REST interface is told completely: what for, who may ask, what it answers and refuses."""

import re

import pytest


@pytest.fixture
def spec(klepet):
    answer = klepet.client.get("/api/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def operations(spec):
    return [(method, path, found) for path, item in spec["paths"].items() for method, found in item.items()]


def test_each_operation_says_what_it_is_and_how_it_refuses(spec):
    summaries = []
    for method, path, operation in operations(spec):
        place = f"{method} {path}"
        summaries.append(operation["summary"])
        assert re.fullmatch(r"[A-Z].*[.)]", operation["description"].strip(), re.S), place
        assert operation["tags"][0] in {tag["name"] for tag in spec["tags"]}, place
        answers = operation["responses"]
        good = [status for status in answers if status.startswith("2")]
        assert len(good) == 1, place
        assert {"4XX", "503"} <= set(answers), place
        for status in ("4XX", "503"):
            assert answers[status] == {"$ref": "#/components/responses/Refusal"}, place
        has_content = "content" in answers[good[0]]
        assert has_content == (good[0] != "204"), place
        assert "security" in operation, place
    assert len(set(summaries)) == len(summaries)


def test_who_may_ask_is_told(spec):
    for method, path, operation in operations(spec):
        schemes = {scheme for choice in operation["security"] for scheme in choice}
        if path.startswith("/api/v1/visitor/") and path != "/api/v1/visitor/session":
            assert schemes == {"visitor"}, path
        elif operation["operationId"] in ("change_password", "sign_out", "sign_out_everywhere"):
            assert schemes == {"session"}, "an API token may not do this"
        elif schemes:
            assert schemes == {"session", "token"}, path
        else:
            open_ones = ("/setup", "/links/", "/session", "/catalogue")
            assert any(part in path for part in open_ones), f"{method} {path} is open to everybody"
    assert set(spec["components"]["securitySchemes"]) == {"session", "token", "visitor"}


def test_what_is_told_open_is_open_and_nothing_else_is(klepet, spec):
    for method, path, operation in operations(spec):
        url = re.sub(r"\{\w+\}", "019a0000-0000-7000-8000-000000000000", path)
        answer = klepet.client.request(method.upper(), url)
        assert (answer.status_code == 401) == bool(operation["security"]), f"{method} {path}: {answer.status_code}"


def test_each_parameter_and_body_is_described(spec):
    for method, path, operation in operations(spec):
        for parameter in operation.get("parameters", []):
            assert parameter["schema"], f"{method} {path} {parameter['name']}"
            assert parameter["in"] in ("path", "query", "header")
        names = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "path"}
        assert names == set(re.findall(r"\{(\w+)\}", path)), path
        if "requestBody" in operation:
            assert method in ("post", "put", "patch")
            assert operation["requestBody"]["content"]


def test_the_document_is_the_same_each_time(klepet, make_klepet, spec):
    assert make_klepet().client.get("/api/v1/openapi.json").json() == spec
    assert list(spec["paths"]) == sorted(spec["paths"])


def test_the_page_shows_every_operation_and_schema(klepet, spec):
    page = klepet.client.get("/api/docs").text
    for method, path, operation in operations(spec):
        assert f'id="{operation["operationId"]}"' in page
        assert f'<span class="method">{method.upper()}</span> <code>{path}</code>' in page
    for name in spec["components"]["schemas"]:
        assert f'id="schema-{name}"' in page
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(re.findall(r'id="([^"]+)"', page)), "each link leads somewhere"
