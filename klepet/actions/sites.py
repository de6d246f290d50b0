"""Sites: adding them, changing what an owner sets, and their identity secrets."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import structs

from klepet.actions.lines import clean_line
from klepet.kit.origins import OriginError, normalise_pattern
from klepet.model.errors import Conflict, Invalid, NotFound, TooMany
from klepet.model.events import SiteCreated, SiteSecretCreated, SiteSecretRevoked, SiteUpdated
from klepet.model.limits import GREETING_CHARS, ORIGINS_MAX, SITE_SECRETS_MAX, SITES_MAX
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.records import SiteSecret
from klepet.model.views import Site, SiteSettings
from klepet.store import sites


def create_site(
    tx: Transaction,
    principal: OperatorPrincipal,
    *,
    key: str,
    name: str,
    settings: SiteSettings,
    languages: Sequence[str],
    now: datetime,
    ids: Ids,
) -> Site:
    """Add a site and the inbox in which its conversations arrive. `languages` are those that klepet speaks."""
    principal.require(Permission.MANAGE_SITES)
    if sites.count(tx) >= SITES_MAX:
        raise TooMany(f"there may be at most {SITES_MAX} sites", limit=SITES_MAX)
    if sites.by_key(tx, key) is not None:
        raise Conflict("a site has this key already", field="key")
    site = Site(
        id=ids(),
        key=key,
        name=clean_line(name, "name"),
        settings=check_settings(settings, languages),
        created_at=now,
    )
    sites.insert(tx, site, inbox_id=ids())
    tx.record(SiteCreated(site_id=site.id, by_operator_id=principal.operator_id))
    return site


def change_site(
    tx: Transaction,
    principal: OperatorPrincipal,
    site_id: UUID,
    *,
    name: str | None,
    settings: SiteSettings | None,
    languages: Sequence[str],
) -> Site:
    """Change a site's name, or its settings as a whole."""
    principal.require(Permission.MANAGE_SITES)
    site = _site(tx, site_id)
    changed = structs.replace(
        site,
        name=site.name if name is None else clean_line(name, "name"),
        settings=site.settings if settings is None else check_settings(settings, languages),
    )
    sites.change(tx, site_id, name=changed.name, settings=changed.settings)
    tx.record(SiteUpdated(site_id=site_id, by_operator_id=principal.operator_id))
    return changed


def create_site_secret(
    tx: Transaction, principal: OperatorPrincipal, site_id: UUID, secret: bytes, *, now: datetime, ids: Ids
) -> SiteSecret:
    """Add an identity secret. Those that count already go on counting, so that a site can change over without a gap."""
    principal.require(Permission.MANAGE_SITES)
    _site(tx, site_id)
    if len(sites.secret_list(tx, site_id)) >= SITE_SECRETS_MAX:
        raise TooMany(f"a site may have at most {SITE_SECRETS_MAX} secrets; revoke an old one", limit=SITE_SECRETS_MAX)
    key_id = ids()
    sites.insert_secret(tx, str(key_id), site_id, secret, now)
    tx.record(SiteSecretCreated(subject_id=key_id, by_operator_id=principal.operator_id))
    return SiteSecret(id=str(key_id), created_at=now)


def revoke_site_secret(
    tx: Transaction, principal: OperatorPrincipal, site_id: UUID, secret_id: UUID, *, now: datetime
) -> None:
    """Let an identity secret no longer count, at once."""
    principal.require(Permission.MANAGE_SITES)
    if not sites.revoke_secret(tx, site_id, str(secret_id), now):
        raise NotFound("the site has no such secret")
    tx.record(SiteSecretRevoked(subject_id=secret_id, by_operator_id=principal.operator_id))


def check_settings(settings: SiteSettings, languages: Sequence[str]) -> SiteSettings:
    """The settings with their origins spelt in one way. Raises Invalid."""
    if not settings.languages:
        raise Invalid("a site needs at least one language", field="settings.languages")
    if len(set(settings.languages)) != len(settings.languages):
        raise Invalid("a language stands there twice", field="settings.languages")
    for language in settings.languages:
        if language not in languages:
            raise Invalid(f"klepet speaks {', '.join(languages)}", field="settings.languages")
    for language, greeting in settings.greeting.items():
        field = f"settings.greeting.{language}"
        if language not in languages:
            raise Invalid(f"klepet speaks {', '.join(languages)}", field="settings.greeting")
        if len(greeting) > GREETING_CHARS:
            raise Invalid(f"a greeting has at most {GREETING_CHARS} characters", field=field, limit=GREETING_CHARS)
        if "\x00" in greeting:
            raise Invalid("a greeting has no control characters", field=field)
    if len(settings.allowed_origins) > ORIGINS_MAX:
        raise Invalid(f"a site has at most {ORIGINS_MAX} origins", field="settings.allowed_origins", limit=ORIGINS_MAX)
    origins: list[str] = []
    for index, text in enumerate(settings.allowed_origins):
        try:
            origins.append(normalise_pattern(text))
        except OriginError as error:
            raise Invalid(str(error), field=f"settings.allowed_origins[{index}]") from None
    return structs.replace(settings, allowed_origins=list(dict.fromkeys(origins)))


def _site(tx: Transaction, site_id: UUID) -> Site:
    site = sites.by_id(tx, site_id)
    if site is None:
        raise NotFound("there is no such site")
    return site
