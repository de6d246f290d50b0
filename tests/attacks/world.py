"""A klepet with one of everything, for requests that a fuzzer makes up: real ids, and bodies that make sense."""

import io
import secrets
import time
from collections.abc import Callable
from typing import Any

from PIL import Image

from tests.attacks.server import PASSWORD, Server, Visitor

HOOK = {"url": "https://hooks.example.com/klepet", "events": ["message.sent"]}


class World:
    """The principals, and what they may name."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.owner = server.owner
        self.operator = server.invite("operator")
        self.visitor: Visitor = server.visitor()
        tokens = {role: self._api_token(role) for role in ("owner", "operator")}
        self.bearers = tokens | {"visitor": self.visitor.token}
        self.photo = io.BytesIO()
        Image.new("RGB", (32, 32), "red").save(self.photo, "PNG")
        self._path: dict[str, Callable[[], dict[str, str]]] = {
            "conversation_id": lambda: {"conversation_id": self.conversation()},
            "contact_id": lambda: {"contact_id": self.contact()},
            "operator_id": lambda: {"operator_id": self.server.invite("operator").id},
            "invitation_id": lambda: {"invitation_id": self.invitation()},
            "site_id": lambda: {"site_id": self.site()},
            "secret_id": self.site_secret,
            "token_id": lambda: {"token_id": self.owner.ok("POST", "/api-tokens", self.api_token())["id"]},
            "webhook_id": lambda: {"webhook_id": self.webhook()},
            "delivery_id": self.delivery,
        }
        self._kept: dict[str, dict[str, str]] = {}
        self._own_conversation = self.visitor.says("hello")

    def _api_token(self, role: str) -> str:
        token: str = self.owner.ok("POST", "/api-tokens", {"name": f"fuzz {role}", "role": role})["token"]
        return token

    def headers(self, principal: str) -> dict[str, str]:
        """What somebody signs in by. A person has a session, which may end: so each time a new one."""
        if principal != "person":
            return {"authorization": f"Bearer {self.bearers[principal]}"}
        person = self.server.invite("operator")
        csrf = person.http.headers["x-klepet-csrf"]
        return {"cookie": person.cookie, "x-klepet-csrf": csrf, "origin": self.server.url}

    def path_parameters(self, names: list[str], *, is_fresh: bool, is_visitor: bool) -> dict[str, str]:
        """Ids that exist, made anew where the operation uses them up."""
        if is_visitor:
            return {"conversation_id": self._own_conversation} if names else {}
        key = names[-1] if names else ""
        if not key:
            return {}
        if is_fresh:
            return self._path[key]()
        if key not in self._kept:
            self._kept[key] = self._path[key]()
        return self._kept[key]

    def conversation(self) -> str:
        """A conversation that is held by the operator."""
        conversation = self.server.visitor().says("hello")
        self.owner.ok("PUT", f"/conversations/{conversation}/assignment", {"operator_id": self.owner.id})
        return conversation

    def contact(self) -> str:
        """A contact who wrote."""
        contact: str = self.owner.ok("GET", f"/conversations/{self.conversation()}")["contact"]["id"]
        return contact

    def invite(self) -> str:
        """The token of an invitation."""
        email = f"{secrets.token_hex(6)}@shop.example"
        link: str = self.owner.ok("POST", "/operators/invitations", {"email": email, "role": "operator"})["link"]
        return link.rpartition("/")[2]

    def invitation(self) -> str:
        """The id of an invitation."""
        self.invite()
        id_: str = self.owner.ok("GET", "/operators/invitations")["items"][0]["id"]
        return id_

    def site(self) -> str:
        """A site."""
        id_: str = self.owner.ok("POST", "/sites", {"name": "Fuzzed"})["id"]
        return id_

    def site_secret(self) -> dict[str, str]:
        """A site with a secret."""
        site = self.site()
        return {"site_id": site, "secret_id": self.owner.ok("POST", f"/sites/{site}/secrets")["id"]}

    def api_token(self) -> dict[str, Any]:
        """A request for an API token."""
        return {"name": "fuzzed", "role": "operator"}

    def webhook(self) -> str:
        """A webhook."""
        kept = [ids["webhook_id"] for ids in self._kept.values() if "webhook_id" in ids]
        for hook in self.owner.ok("GET", "/webhooks")["items"][10:]:
            if hook["id"] not in kept:
                self.owner.ok("DELETE", f"/webhooks/{hook['id']}")
        id_: str = self.owner.ok("POST", "/webhooks", HOOK)["id"]
        return id_

    def delivery(self) -> dict[str, str]:
        """A delivery that did not arrive: nobody listens there."""
        webhook = self.webhook()
        id_ = self.owner.ok("POST", f"/webhooks/{webhook}/test")["id"]
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            (delivery,) = self.owner.ok("GET", f"/webhooks/{webhook}/deliveries")["items"]
            if delivery["attempts"]:
                break
            time.sleep(0.05)
        return {"webhook_id": webhook, "delivery_id": id_}

    def body(self, operation: str, body: Any) -> Any:
        """The body that the fuzzer made up, with what it cannot know."""
        if operation == "set_photo":
            return self.photo.getvalue()
        if not isinstance(body, dict):
            return body
        known: dict[str, Callable[[], dict[str, Any]]] = {
            "sign_in": lambda: {"email": self.operator.me["operator"]["email"], "password": PASSWORD},
            "accept_link": lambda: {"token": self.invite(), "password": PASSWORD, "language": "en"},
            "inspect_link": lambda: {"token": self.invite()},
            "change_password": lambda: {"current_password": PASSWORD, "new_password": PASSWORD + "!"},
            "assign_conversation": lambda: {"operator_id": self.owner.id},
            "create_invitation": lambda: {"email": f"{secrets.token_hex(6)}@shop.example"},
            "change_me": lambda: {"language": "en", "name": "Olga", "preferences": {}},
            "create_webhook": lambda: HOOK,
            "change_webhook": lambda: HOOK,
            "create_site": lambda: {"name": "Fuzzed", "settings": {}},
            "change_site": lambda: {"name": "Fuzzed", "settings": {}},
            "create_api_token": self.api_token,
            "report_order": lambda: {**self._order(), "site_id": None},
            "report_visitor_order": self._order,
            "start_visitor_session": lambda: {"site": self.server.key, "identity": None},
            "describe_visitor_contact": lambda: {"name": "Somebody", "email": "a@home.example", "phone": "123"},
            "change_contact": lambda: {"name": "Somebody", "email": "a@home.example", "phone": "123"},
            "send_message": self._message,
            "send_visitor_message": lambda: {**self._message(), "conversation_id": None},
        }
        given = body | known.get(operation, dict)()
        for name in ("held_by", "email"):
            if name in given and operation in ("assign_conversation", "change_me"):
                del given[name]
        return given

    def _message(self) -> dict[str, Any]:
        return {"client_id": secrets.token_hex(8), "text": "hello"}

    def _order(self) -> dict[str, Any]:
        item = {"sku": "a", "name": "b", "quantity": 1, "price": "1"}
        return {"id": secrets.token_hex(6), "value": "1", "currency": "EUR", "items": [item]}
