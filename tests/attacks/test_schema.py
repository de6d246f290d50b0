"""The REST interface keeps what its OpenAPI document promises, whatever is asked by whomever: schemathesis makes up
requests from the document, right ones and wrong ones, as owner, operator, visitor and person with a session.

KLEPET_FUZZ_EXAMPLES sets how many requests of each kind every operation is asked (by default 3); KLEPET_FUZZ_SEED
another seed.
"""

import os
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.attacks.server import Server
from tests.attacks.world import World

EXAMPLES = int(os.environ.get("KLEPET_FUZZ_EXAMPLES", "3"))
SEED = int(os.environ.get("KLEPET_FUZZ_SEED", "20260504"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
USES_UP = {
    "accept_link",
    "change_operator",
    "close_conversation",
    "delete_webhook",
    "erase_contact",
    "erase_conversation",
    "reopen_conversation",
    "revoke_api_token",
    "revoke_invitation",
    "revoke_site_secret",
    "unassign_conversation",
}
PERSONS = {"change_password", "sign_out", "sign_out_everywhere", "get_me", "change_me"}
ONCE = {"set_up"}
"""Works once in the life of a klepet: test_setting_up.py shows it."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    server = Server(Path(tmp_path_factory.mktemp("schema")), rate_scale=1_000_000)
    yield World(server)
    server.close()


def principals_of(operation: Any) -> list[str]:
    name = operation.definition.raw["operationId"]
    if "/visitor/" in operation.path:
        return ["visitor", "owner"]
    return ["owner", "operator", *(["person"] if name in PERSONS else []), "visitor"]


def document(world: World) -> dict[str, Any]:
    """The document as it is served, but for who may ask: that is not made up, but as the principal has it."""
    spec: dict[str, Any] = requests.get(f"{world.server.url}/api/v1/openapi.json", timeout=60).json()
    del spec["components"]["securitySchemes"]
    for path in spec["paths"].values():
        for operation in path.values():
            del operation["security"]
    return spec


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_interface_keeps_its_promises(world: World) -> None:
    schema = schemathesis.openapi.from_dict(document(world))
    session = requests.Session()
    session.trust_env = False
    statuses: dict[str, Counter[int]] = defaultdict(Counter)
    problems: dict[str, str] = {}

    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        name = operation.definition.raw["operationId"]
        for principal in principals_of(operation):
            is_stranger = (principal == "visitor") != ("/visitor/" in operation.path)
            modes = [GenerationMode.POSITIVE] if is_stranger else [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
            for mode in modes:
                count = 1 if is_stranger else EXAMPLES
                try:
                    ask(world, session, operation, principal, mode, count, statuses[name])
                except Unsatisfiable:
                    assert mode is GenerationMode.NEGATIVE, f"nothing can be asked of {name}"
                except (Exception, BaseExceptionGroup) as error:
                    problems.setdefault(f"{name} as {principal}", f"{type(error).__name__}: {error}")
    session.close()

    missed = sorted(name for name, found in statuses.items() if not any(200 <= code < 300 for code in found))
    for name, found in sorted(statuses.items()):
        print(f"{name:32}", dict(sorted(found.items())))
    print(f"{len(statuses)} operations; without a good answer: {', '.join(missed) or 'none'}")
    assert not problems, "\n\n".join(f"{name}: {text[:3_000]}" for name, text in problems.items())
    assert sum(map(Counter.total, statuses.values())) > 2 * len(statuses)
    assert 1 - len(missed) / len(statuses) >= 0.8, missed
    assert set(missed) <= ONCE, "each operation but those that work once can be answered well"


def ask(
    world: World, session: Any, operation: Any, principal: str, mode: Any, count: int, statuses: Counter[int]
) -> None:
    """Ask an operation some requests of one kind, and check each answer."""
    name = operation.definition.raw["operationId"]
    names = [parameter.name for parameter in operation.path_parameters]
    is_visitor = "/visitor/" in operation.path

    @seed(SEED)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), is_real=st.booleans())
    def run(case: Any, is_real: bool) -> None:
        is_real = is_real or (mode is GenerationMode.POSITIVE and not any(200 <= code < 300 for code in statuses))
        if is_real and names:
            case.path_parameters = world.path_parameters(names, is_fresh=name in USES_UP, is_visitor=is_visitor)
        if is_real and mode is GenerationMode.POSITIVE:
            case.body = world.body(name, case.body)
            if name == "set_photo":
                case.media_type = "image/png"
            if "Idempotency-Key" in case.headers:  # made up again and again, it would be the same
                case.headers["Idempotency-Key"] = secrets.token_hex(8)
            for parameter in ("cursor", "after"):
                case.query.pop(parameter, None)
        response = case.call(base_url=world.server.url, session=session, headers=world.headers(principal))
        statuses[response.status_code] += 1
        is_as_made = mode is GenerationMode.NEGATIVE and not (is_real and names)
        case.validate_response(response, checks=[*CHECKS, negative_data_rejection] if is_as_made else CHECKS)
        if response.status_code >= 400:
            assert response.json()["error"]["code"], "a refusal has a code"

    run()
