"""Health: what usually breaks live chat, looked for by the server itself."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from litestar import Controller, Request, get
from litestar.params import QueryParameter
from msgspec import Struct

from klepet.access import health as access
from klepet.access.health import Condition
from klepet.kit.texts import negotiate
from klepet.model.errors import Busy
from klepet.model.permissions import Permission
from klepet.model.ports import Clock, Database
from klepet.model.principals import OperatorPrincipal
from klepet.web.auth import require_operator
from klepet.web.config import Needs, WebConfig
from klepet.web.doctor.examination import Place, examine
from klepet.web.doctor.findings import Check, Finding, State, ToldFinding, tell
from klepet.web.reach import forwarding_of

Language = Annotated[
    str | None,
    QueryParameter(
        name="language", max_length=16, description="The language of the texts, instead of Accept-Language."
    ),
]


class HealthReport(Struct, frozen=True):
    """What was found. States: `good`; `note` is worth knowing; `warn` may become a fault; `bad` is one."""

    checked_at: datetime
    items: list[ToldFinding]


class HealthController(Controller):
    """Health."""

    path = "/health"
    tags = ("health",)
    guards = (require_operator,)

    @get("/", operation_id="check_health")
    async def check_health(
        self,
        request: Request[Any, Any, Any],
        operator: Needs[OperatorPrincipal],
        db: Needs[Database],
        clock: Needs[Clock],
        config: Needs[WebConfig],
        language: Language = None,
    ) -> HealthReport:
        """Look for what usually breaks live chat; of each the sentence that mends it. Takes up to some seconds. Only
        the configured public address is asked.
        """
        operator.require(Permission.MANAGE_SITES)
        stored = await _ask(db, config, clock)
        place = Place(config.public_url, config.data, config.backups, config.backup_hours)
        findings = await examine(place, stored, config.database_warnings, clock, forwarding=forwarding_of(request))
        findings += _opened_elsewhere(request, config)
        chosen = negotiate(language or request.headers.get("accept-language"), config.languages)
        return HealthReport(checked_at=clock.now(), items=tell(findings, chosen))


async def _ask(db: Database, config: WebConfig, clock: Clock) -> Condition | str:
    try:
        return await db.read(lambda r: access.condition(r, config.listeners, now=clock.now()))
    except Busy as error:
        return str(error)


def _opened_elsewhere(request: Request[Any, Any, Any], config: WebConfig) -> list[Finding]:
    """Whether a person's browser calls this klepet by another name than the settings do."""
    origin, host = request.headers.get("sec-fetch-site"), request.headers.get("host", "").lower()
    if origin != "same-origin" or host == urlsplit(config.public_url).netloc.lower():
        return []
    values: dict[str, str | int | float] = {"host": host[:200], "url": config.public_url}
    return [Finding(Check.ADDRESS, State.WARN, "address_other", values)]
