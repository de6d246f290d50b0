"""Every operation against every role, and against nobody: the matrix is complete, or a test fails."""

import re

import pytest

from klepet.model.permissions import PERMISSIONS, Permission
from klepet.model.words import Role
from klepet.web.api import api_routes
from klepet.web.openapi import describe
from tests.api.conftest import Browser

ID = "019a0000-0000-7000-8000-000000000000"
OPEN = None  # nobody need be signed in
ANY = frozenset(Role)

# Which permission an operation needs; ANY of the signed-in suffices where there is none.
NEEDS: dict[str, object] = {
    "get_set_up": OPEN,
    "set_up": OPEN,
    "inspect_link": OPEN,
    "accept_link": OPEN,
    "sign_in": OPEN,
    "get_event_catalogue": OPEN,
    "sign_out": ANY,
    "sign_out_everywhere": ANY,
    "get_me": ANY,
    "change_me": ANY,
    "change_password": ANY,
    "set_photo": ANY,
    "remove_photo": ANY,
    "set_availability": ANY,
    "list_operators": ANY,
    "get_operator": ANY,
    "change_operator": Permission.MANAGE_OPERATORS,
    "list_operator_activity": Permission.MANAGE_OPERATORS,
    "create_password_link": Permission.MANAGE_OPERATORS,
    "list_invitations": Permission.MANAGE_OPERATORS,
    "create_invitation": Permission.MANAGE_OPERATORS,
    "revoke_invitation": Permission.MANAGE_OPERATORS,
    "list_sites": ANY,
    "get_site": ANY,
    "create_site": Permission.MANAGE_SITES,
    "change_site": Permission.MANAGE_SITES,
    "get_installation": Permission.MANAGE_SITES,
    "list_site_secrets": Permission.MANAGE_SITES,
    "create_site_secret": Permission.MANAGE_SITES,
    "revoke_site_secret": Permission.MANAGE_SITES,
    "list_conversations": Permission.ANSWER,
    "get_conversation": Permission.ANSWER,
    "list_messages": Permission.ANSWER,
    "send_message": Permission.ANSWER,
    "assign_conversation": Permission.ANSWER,
    "unassign_conversation": Permission.ANSWER,
    "close_conversation": Permission.ANSWER,
    "reopen_conversation": Permission.ANSWER,
    "advance_receipt": Permission.ANSWER,
    "get_transcript": Permission.ANSWER,
    "erase_conversation": Permission.ERASE_CONTACTS,
    "erase_contact": Permission.ERASE_CONTACTS,
    "list_erasures": Permission.ERASE_CONTACTS,
    "get_retention": ANY,
    "check_health": Permission.MANAGE_SITES,
    "search": Permission.ANSWER,
    "list_contacts": Permission.SEE_CONTACTS,
    "get_contact": Permission.SEE_CONTACTS,
    "change_contact": Permission.SEE_CONTACTS,
    "export_contact": Permission.SEE_CONTACTS,
    "list_contact_visitors": Permission.SEE_CONTACTS,
    "list_contact_visits": Permission.SEE_CONTACTS,
    "list_contact_orders": Permission.SEE_CONTACTS,
    "report_order": Permission.SEE_CONTACTS,
    "list_api_tokens": Permission.MANAGE_INTEGRATIONS,
    "create_api_token": Permission.MANAGE_INTEGRATIONS,
    "revoke_api_token": Permission.MANAGE_INTEGRATIONS,
    "list_webhooks": Permission.MANAGE_INTEGRATIONS,
    "create_webhook": Permission.MANAGE_INTEGRATIONS,
    "get_webhook": Permission.MANAGE_INTEGRATIONS,
    "change_webhook": Permission.MANAGE_INTEGRATIONS,
    "delete_webhook": Permission.MANAGE_INTEGRATIONS,
    "replace_webhook_secret": Permission.MANAGE_INTEGRATIONS,
    "test_webhook": Permission.MANAGE_INTEGRATIONS,
    "list_deliveries": Permission.MANAGE_INTEGRATIONS,
    "retry_delivery": Permission.MANAGE_INTEGRATIONS,
}
BODIES: dict[str, object] = {
    "change_me": {"name": "Somebody"},
    "set_availability": {"availability": "away"},
    "change_operator": {"role": "owner"},
    "create_invitation": {"email": "new@shop.test", "role": "operator"},
    "create_site": {"name": "Shop"},
    "change_site": {"name": "Shop"},
    "change_contact": {"name": "Ada"},
    "report_order": {"id": "1", "value": "1", "currency": "EUR"},
    "send_message": {"client_id": "client-id-1", "text": "Hello"},
    "assign_conversation": {"operator_id": ID},
    "advance_receipt": {"read_seq": 1},
    "create_api_token": {"name": "Bot", "role": "operator"},
    "create_webhook": {"url": "https://hooks.example", "events": ["site.created"]},
    "change_webhook": {"is_enabled": False},
}


def operations() -> dict[str, tuple[str, str]]:
    spec = describe(api_routes())
    return {
        operation["operationId"]: (method.upper(), re.sub(r"\{\w+\}", ID, path.removeprefix("/api/v1")))
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
        if not path.startswith("/api/v1/visitor")
    }


OPERATIONS = operations()


def test_the_matrix_names_every_operation():
    assert set(OPERATIONS) == set(NEEDS)


@pytest.mark.parametrize("name", [name for name, needs in NEEDS.items() if needs is not OPEN])
def test_nobody_signed_in_is_refused_before_anything_is_read(klepet, name):
    method, path = OPERATIONS[name]
    for options in ({}, {"content": b"{not json"}):
        response = Browser(klepet).request(method, path, **options)
        assert response.status_code == 401, response.text
        assert response.json()["error"]["code"] == "sign_in_required"


def test_roles_may_what_their_permissions_say_and_nothing_else(klepet, owner, supervisor, operator):
    for role, browser in ((Role.OPERATOR, operator), (Role.SUPERVISOR, supervisor), (Role.OWNER, owner)):
        for name, needs in NEEDS.items():
            if needs is OPEN or name in ("sign_out", "sign_out_everywhere"):
                continue
            method, path = OPERATIONS[name]
            before = klepet.recorded()
            body = BODIES.get(name)
            response = browser.request(method, path, **({"json": body} if body else {}))
            is_allowed = needs is ANY or needs in PERMISSIONS[role]
            assert (response.status_code != 403) is is_allowed, (role, name, response.status_code, response.text)
            if not is_allowed:
                assert response.json()["error"]["code"] == "not_allowed"
                assert klepet.recorded() == before
            assert response.status_code < 500, (name, response.text)
