"""The two sites of the demo shop, made once, with a secret by which the shop identifies its customers."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from klepet.actions.sites import create_site, create_site_secret
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal
from klepet.model.views import SiteSettings
from klepet.model.words import LauncherSide, Role
from klepet.store import sites

FIRST_KEY = "demo-shop"
SECOND_KEY = "demo-shop-second"
_NOBODY = OperatorPrincipal(operator_id=UUID(int=0), role=Role.OWNER, name="klepet")


def ensure_demo_sites(
    tx: Transaction, *, secret: str, languages: Sequence[str], now: datetime, ids: Ids
) -> tuple[str, str]:
    """Make the sites if they are missing. Gives the first one's key id and secret, old or new."""
    first = sites.by_key(tx, FIRST_KEY)
    if first is None:
        greeting = {
            "en": "Hello! Questions about beans, kettles or your order? We are here.",
            "pl": "Dzień dobry! Pytania o kawę, czajniki albo zamówienie? Chętnie pomożemy.",
            "ru": "Здравствуйте! Есть вопросы о кофе, чайниках или заказе? Мы на связи.",
            "sl": "Pozdravljeni! Imate vprašanje o kavi, grelnikih ali naročilu? Tu smo.",
        }
        settings = SiteSettings(languages=list(languages), greeting=greeting)
        first = create_site(
            tx,
            _NOBODY,
            key=FIRST_KEY,
            name="Kettle & Fern",
            settings=settings,
            languages=languages,
            now=now,
            ids=ids,
        )
    if sites.by_key(tx, SECOND_KEY) is None:
        settings = SiteSettings(colour="#7a3e9d", position=LauncherSide.LEFT, languages=list(languages))
        create_site(
            tx,
            _NOBODY,
            key=SECOND_KEY,
            name="Kettle & Fern Wholesale",
            settings=settings,
            languages=languages,
            now=now,
            ids=ids,
        )
    known = sites.secrets(tx, first.id)
    if not known:
        made = create_site_secret(tx, _NOBODY, first.id, secret.encode(), now=now, ids=ids)
        known = {made.id: secret.encode()}
    key_id, value = next(iter(known.items()))
    return key_id, value.decode()
