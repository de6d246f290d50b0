"""Roles in one place: which role may do what. A permission is asked for by name, never a role."""

from enum import StrEnum

from klepet.model.words import Role


class Permission(StrEnum):
    """One right. Documented in `docs/permissions.md`, which a test compares with this file."""

    ANSWER = "answer"
    REASSIGN = "reassign"
    SEE_CONTACTS = "see_contacts"
    ERASE_CONTACTS = "erase_contacts"
    MANAGE_SITES = "manage_sites"
    MANAGE_OPERATORS = "manage_operators"
    MANAGE_INTEGRATIONS = "manage_integrations"


_OPERATOR = frozenset({Permission.ANSWER, Permission.SEE_CONTACTS})
_SUPERVISOR = _OPERATOR | {Permission.REASSIGN, Permission.ERASE_CONTACTS}
_OWNER = frozenset(Permission)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.OPERATOR: _OPERATOR,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.OWNER: _OWNER,
}
