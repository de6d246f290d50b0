"""The documents that must follow the code."""

from pathlib import Path

from klepet.model.events import PUBLIC_EVENT_TYPES
from klepet.model.permissions import PERMISSIONS, Permission
from klepet.model.words import Role

DOCS = Path(__file__).parents[2] / "docs"


def test_permissions_are_documented_as_they_are():
    rows = {}
    for line in (DOCS / "permissions.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            rows[cells[0].strip("`")] = cells[-3:]
    expected = {
        permission.value: [
            "yes" if permission in PERMISSIONS[role] else "no" for role in (Role.OPERATOR, Role.SUPERVISOR, Role.OWNER)
        ]
        for permission in Permission
    }
    assert rows == expected


def test_every_public_event_is_documented():
    text = (DOCS / "webhooks.md").read_text(encoding="utf-8")
    assert [name for name in PUBLIC_EVENT_TYPES if f"`{name}`" not in text] == []
