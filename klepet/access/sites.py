"""Sites as operators see them, and as the public parts of the server need them."""

from uuid import UUID

from klepet.model.errors import NotFound
from klepet.model.permissions import Permission
from klepet.model.ports import Reader
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import SiteCheck, SiteSecret
from klepet.model.views import Site
from klepet.store import sites


def sites_for(reader: Reader, principal: OperatorPrincipal) -> list[Site]:
    """All sites, in the order of their making: every operator answers on all of them."""
    return sites.everything(reader)


def site_for(reader: Reader, principal: OperatorPrincipal, site_id: UUID) -> Site:
    """One site."""
    site = sites.by_id(reader, site_id)
    if site is None:
        raise NotFound("there is no such site")
    return site


def checks_for(reader: Reader, principal: OperatorPrincipal, site_id: UUID) -> list[SiteCheck]:
    """From where a site's tag asked, the latest first."""
    principal.require(Permission.MANAGE_SITES)
    site_for(reader, principal, site_id)
    return sites.checks(reader, site_id)


def secrets_for(reader: Reader, principal: OperatorPrincipal, site_id: UUID) -> list[SiteSecret]:
    """A site's identity secrets, without what is secret of them."""
    principal.require(Permission.MANAGE_SITES)
    site_for(reader, principal, site_id)
    return sites.secret_list(reader, site_id)


def public_site(reader: Reader, key: str) -> Site:
    """The site of a key that stands in a tag: anybody may ask."""
    site = sites.by_key(reader, key)
    if site is None:
        raise NotFound("there is no site with this key", field="site")
    return site


def identity_secrets(reader: Reader, site_id: UUID) -> dict[str, bytes]:
    """The secrets by key id with which a site's signed identities are checked."""
    return sites.secrets(reader, site_id)
