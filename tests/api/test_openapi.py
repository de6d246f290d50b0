"""The OpenAPI document and its page."""

import logging
import re

from klepet.web.api import api_routes
from klepet.web.openapi import describe


def test_the_document_is_openapi_3_1_with_exact_schemas(klepet):
    spec = klepet.client.get("/api/v1/openapi.json").json()

    assert spec["openapi"].startswith("3.1")
    schemas = spec["components"]["schemas"]
    assert schemas["NewSite"]["properties"]["name"] == {"type": "string", "minLength": 1, "maxLength": 100}
    assert schemas["NewSite"]["additionalProperties"] is False
    assert schemas["Operator"]["properties"]["role"] == {"$ref": "#/components/schemas/Role"}
    assert "error" in schemas["Refusal"]["required"]
    referred = set(re.findall(r"#/components/schemas/(\w+)", str(spec)))
    assert referred <= set(schemas)
    ids = [op["operationId"] for path in spec["paths"].values() for op in path.values()]
    assert len(ids) == len(set(ids))
    for path in spec["paths"].values():
        for operation in path.values():
            assert operation["description"]
            assert operation["tags"]
            assert operation["responses"]["4XX"] == {"$ref": "#/components/responses/Refusal"}


def test_the_page_asks_nothing_of_third_parties(klepet):
    response = klepet.client.get("/api/docs")

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "<script" not in response.text.lower()
    assert not re.search(r'(src|href)="(https?:)?//', response.text)
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "create_site" in response.text


def test_describing_leaves_the_log_as_it_is():
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    describe(api_routes())
    assert (root.level, root.handlers) == before
