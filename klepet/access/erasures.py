"""Erasures, for those who may erase."""

from uuid import UUID

from klepet.model.permissions import Permission
from klepet.model.ports import Reader
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import Erasure
from klepet.store import erasures


def erasures_for(reader: Reader, principal: OperatorPrincipal, *, before: UUID | None, limit: int) -> list[Erasure]:
    """Erasures that are under way, failed, or were finished within the last year, newest first."""
    principal.require(Permission.ERASE_CONTACTS)
    return erasures.page(reader, before=before, limit=limit)
