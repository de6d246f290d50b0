"""Sites: settings, installation, identity secrets."""

from datetime import datetime
from uuid import UUID

from litestar import Controller, Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct, field

from klepet.access import sites as access
from klepet.actions.sites import change_site, create_site, create_site_secret, revoke_site_secret
from klepet.kit.tokens import new_token
from klepet.model.limits import Name
from klepet.model.ports import Clock, Database, Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import SiteCheck, SiteSecret
from klepet.model.views import Site, SiteSettings
from klepet.web.auth import require_operator
from klepet.web.config import Needs, WebConfig
from klepet.web.idempotency import Once, write_once

_KEY_CHARS = 16  # 96 random bits: public, but not to be guessed from another site's key


class SiteList(Struct, frozen=True):
    """All sites."""

    items: list[Site]
    next_cursor: str | None = None


class NewSettings(SiteSettings, frozen=True, forbid_unknown_fields=True):
    """What an owner sets for a site, as a whole: what is left out is as for a new site."""


class NewSite(Struct, frozen=True, forbid_unknown_fields=True):
    """A site to add."""

    name: Name
    settings: NewSettings = field(default_factory=NewSettings)


class SitePatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of a site; what is not given stays. Settings are replaced as a whole."""

    name: Name | None = None
    settings: NewSettings | None = None


class SiteInstallation(Struct, frozen=True):
    """The code to paste, the address of the page that is nothing but the chat, and from where the tag last asked, the
    latest first.
    """

    snippet: str
    chat_url: str
    checks: list[SiteCheck]


class SiteSecretList(Struct, frozen=True):
    """The identity secrets that count, without what is secret of them."""

    items: list[SiteSecret]
    next_cursor: str | None = None


class NewSiteSecret(Struct, frozen=True):
    """A new identity secret. It is shown only now; `id` is the `kid` to sign with."""

    id: str
    secret: str
    created_at: datetime


def snippet(public_url: str, key: str) -> str:
    """The tag to paste into a site's pages. Keys are letters, digits, _ and -: nothing needs escaping."""
    return f'<script async src="{public_url}/w.js" data-site="{key}"></script>'


class SitesController(Controller):
    """Sites."""

    path = "/sites"
    tags = ("sites",)
    guards = (require_operator,)

    @get("/", operation_id="list_sites")
    async def list_sites(self, operator: Needs[OperatorPrincipal], db: Needs[Database]) -> SiteList:
        """List all sites, in the order of their making."""
        return SiteList(await db.read(lambda r: access.sites_for(r, operator)))

    @post("/", operation_id="create_site")
    async def create_site(
        self,
        operator: Needs[OperatorPrincipal],
        data: JSONBody[NewSite],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
        config: Needs[WebConfig],
        once: Needs[Once],
    ) -> Response[Site]:
        """Add a site. A new site without origins accepts every origin; set them before it goes live."""
        key, now = new_token()[:_KEY_CHARS], clock.now()

        def unit(tx: Transaction) -> Site:
            return create_site(
                tx,
                operator,
                key=key,
                name=data.name,
                settings=data.settings,
                languages=config.languages,
                now=now,
                ids=ids,
            )

        return await write_once(db, once, unit, now=now)

    @get("/{site_id:uuid}", operation_id="get_site")
    async def get_site(self, operator: Needs[OperatorPrincipal], site_id: FromPath[UUID], db: Needs[Database]) -> Site:
        """Tell of one site."""
        return await db.read(lambda r: access.site_for(r, operator, site_id))

    @patch("/{site_id:uuid}", operation_id="change_site")
    async def change_site(
        self,
        operator: Needs[OperatorPrincipal],
        site_id: FromPath[UUID],
        data: JSONBody[SitePatch],
        db: Needs[Database],
        config: Needs[WebConfig],
    ) -> Site:
        """Change a site's name or settings."""
        languages = config.languages

        def unit(tx: Transaction) -> Site:
            return change_site(tx, operator, site_id, name=data.name, settings=data.settings, languages=languages)

        return await db.write(unit)

    @get("/{site_id:uuid}/installation", operation_id="get_installation")
    async def get_installation(
        self, operator: Needs[OperatorPrincipal], site_id: FromPath[UUID], db: Needs[Database], config: Needs[WebConfig]
    ) -> SiteInstallation:
        """Give the code to paste and the chat page, and tell from where the tag asked, what was refused and why."""
        checks = await db.read(lambda r: access.checks_for(r, operator, site_id))
        site = await db.read(lambda r: access.site_for(r, operator, site_id))
        return SiteInstallation(
            snippet=snippet(config.public_url, site.key),
            chat_url=f"{config.public_url}/chat/{site.key}",
            checks=checks,
        )

    @get("/{site_id:uuid}/secrets", operation_id="list_site_secrets")
    async def list_site_secrets(
        self, operator: Needs[OperatorPrincipal], site_id: FromPath[UUID], db: Needs[Database]
    ) -> SiteSecretList:
        """List a site's identity secrets, without what is secret of them."""
        return SiteSecretList(await db.read(lambda r: access.secrets_for(r, operator, site_id)))

    @post("/{site_id:uuid}/secrets", operation_id="create_site_secret")
    async def create_site_secret(
        self,
        operator: Needs[OperatorPrincipal],
        site_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
        once: Needs[Once],
    ) -> Response[NewSiteSecret]:
        """Make an identity secret. Older ones go on counting until they are revoked."""
        secret, now = new_token(), clock.now()

        def unit(tx: Transaction) -> NewSiteSecret:
            made = create_site_secret(tx, operator, site_id, secret.encode(), now=now, ids=ids)
            return NewSiteSecret(id=made.id, secret=secret, created_at=made.created_at)

        return await write_once(db, once, unit, now=now, is_secret=True)

    @delete("/{site_id:uuid}/secrets/{secret_id:uuid}", operation_id="revoke_site_secret")
    async def revoke_site_secret(
        self,
        operator: Needs[OperatorPrincipal],
        site_id: FromPath[UUID],
        secret_id: FromPath[UUID],
        db: Needs[Database],
        clock: Needs[Clock],
    ) -> None:
        """Revoke an identity secret. What was signed with it counts no more, at once."""
        now = clock.now()
        await db.write(lambda tx: revoke_site_secret(tx, operator, site_id, secret_id, now=now))
