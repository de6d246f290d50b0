"""Whoever acts. Every read and write names its principal."""

from uuid import UUID

from msgspec import Struct

from klepet.model.errors import NotAllowed
from klepet.model.permissions import PERMISSIONS, Permission
from klepet.model.words import AuthorKind, Role


class VisitorPrincipal(Struct, frozen=True):
    """A visitor of one site, known by its token. Sees the conversations of its contact on that site."""

    visitor_id: UUID
    contact_id: UUID
    site_id: UUID

    @property
    def author_kind(self) -> AuthorKind:
        """Visitors write as visitors."""
        return AuthorKind.VISITOR


class OperatorPrincipal(Struct, frozen=True):
    """An operator, signed in by session or acting through an API token (`token_id`)."""

    operator_id: UUID
    role: Role
    name: str
    token_id: UUID | None = None

    @property
    def author_kind(self) -> AuthorKind:
        """Operators write as operators."""
        return AuthorKind.OPERATOR

    def may(self, permission: Permission) -> bool:
        """Whether the role holds the permission."""
        return permission in PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Raise NotAllowed unless the role holds the permission."""
        if not self.may(permission):
            raise NotAllowed(f"your role does not allow this; it needs the permission '{permission}'")


Principal = VisitorPrincipal | OperatorPrincipal
