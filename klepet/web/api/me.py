"""The operator who is signed in: profile, password, photo, availability."""

from typing import Annotated, Any

import anyio
from litestar import Controller, Request, delete, get, patch, put
from litestar.params import JSONBody
from msgspec import UNSET, Meta, Struct, UnsetType

from klepet.access import operators as access
from klepet.actions.operators import ProfileChanges, change_profile, set_availability, set_photo
from klepet.actions.sessions import change_password
from klepet.kit.tokens import token_hash
from klepet.model.errors import Invalid, NotAllowed
from klepet.model.limits import PHOTO_BYTES, Email, Language, Name
from klepet.model.permissions import PERMISSIONS, Permission
from klepet.model.ports import Clock, Database, Ids, Reader
from klepet.model.principals import OperatorPrincipal
from klepet.model.views import Operator
from klepet.model.words import Availability
from klepet.web.auth import SignedIn, require_operator, require_person
from klepet.web.config import Limits, Needs, WebConfig, address_of
from klepet.web.photos import remove_photo, save_photo
from klepet.web.secrets import check_password, hash_new_password

Password = Annotated[str, Meta(min_length=1, max_length=1_000)]


class Installation(Struct, frozen=True):
    """What a console should know of the klepet it talks to."""

    is_demo: bool
    version: str
    languages: list[str]


class Me(Struct, frozen=True):
    """The operator who is signed in. `csrf_token` belongs into the header X-Klepet-Csrf; API tokens need none."""

    operator: Operator
    permissions: list[Permission]
    csrf_token: str | None
    preferences: dict[str, Any]
    installation: Installation


class ProfilePatch(Struct, frozen=True, forbid_unknown_fields=True):
    """What changes of the profile; what is not given stays. Preferences are replaced as a whole."""

    name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    preferences: dict[str, Any] | UnsetType = UNSET


class PasswordChange(Struct, frozen=True, forbid_unknown_fields=True):
    """The password as it is, and as it shall be."""

    current_password: Password
    new_password: Password


class AvailabilityChoice(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether to accept conversations."""

    availability: Availability


def me_of(reader: Reader, signed_in: SignedIn, config: WebConfig) -> Me:
    """Who is signed in, with what the console needs to begin."""
    principal = signed_in.principal
    granted = PERMISSIONS[principal.role]
    return Me(
        operator=access.operator_for(reader, principal, principal.operator_id),
        permissions=[permission for permission in Permission if permission in granted],
        csrf_token=signed_in.csrf_token,
        preferences=access.preferences_for(reader, principal),
        installation=Installation(is_demo=config.is_demo, version=config.version, languages=list(config.languages)),
    )


class MeController(Controller):
    """The operator who is signed in."""

    path = "/me"
    tags = ("me",)
    guards = (require_operator,)

    @get("/", operation_id="get_me")
    async def get_me(self, request: Request[Any, SignedIn, Any], db: Needs[Database], config: Needs[WebConfig]) -> Me:
        """Tell who is signed in, and what the role allows."""
        signed_in = request.auth
        return await db.read(lambda r: me_of(r, signed_in, config))

    @patch("/", operation_id="change_me")
    async def change_me(
        self,
        request: Request[Any, SignedIn, Any],
        data: JSONBody[ProfilePatch],
        db: Needs[Database],
        config: Needs[WebConfig],
    ) -> Me:
        """Change the own name, address, language or preferences."""
        signed_in = request.auth
        if data.email is not UNSET and signed_in.session_token is None:
            raise NotAllowed("an API token may not change the address to sign in with", field="email")
        if data.language is not UNSET and data.language not in config.languages:
            raise Invalid(f"klepet speaks {', '.join(config.languages)}", field="language")
        changes = ProfileChanges(name=data.name, email=data.email, language=data.language, preferences=data.preferences)

        def unit(tx: Any) -> Me:
            change_profile(tx, signed_in.principal, changes)
            return me_of(tx, signed_in, config)

        return await db.write(unit)

    @put("/password", operation_id="change_password", status_code=204, guards=[require_person])
    async def change_password(
        self,
        request: Request[Any, SignedIn, Any],
        data: JSONBody[PasswordChange],
        db: Needs[Database],
        limits: Needs[Limits],
    ) -> None:
        """Change the own password. All other sessions end."""
        principal = request.auth.principal
        keep = token_hash(request.auth.session_token or "")
        limits.take("sign_in_address", address_of(request))
        account = await db.read(lambda r: access.account_of(r, principal.operator_id))
        stored = account.password_hash if account else ""
        email = account.email if account else ""
        limits.take("sign_in_account_address", f"{email} {address_of(request)}")
        limits.take("sign_in_account", email)
        if not await check_password(stored, data.current_password):
            raise Invalid("this is not the current password", field="current_password")
        new_hash = await hash_new_password(data.new_password, "new_password")
        await db.write(lambda tx: change_password(tx, principal, checked_hash=stored, new_hash=new_hash, keep=keep))

    @put("/photo", operation_id="set_photo", request_max_body_size=PHOTO_BYTES)
    async def set_photo(
        self,
        request: Request[Any, SignedIn, Any],
        db: Needs[Database],
        ids: Needs[Ids],
        config: Needs[WebConfig],
    ) -> Me:
        """Set the own photo: the bytes of a JPEG, PNG, WebP or GIF of at most 5 MB. It is cut square, to 256 pixels."""
        signed_in = request.auth
        name = await save_photo(config.photos, ids(), await request.body())

        def unit(tx: Any) -> tuple[str | None, Me]:
            return set_photo(tx, signed_in.principal, name), me_of(tx, signed_in, config)

        try:
            old, me = await db.write(unit)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await remove_photo(config.photos, name)
            raise
        await remove_photo(config.photos, old)
        return me

    @delete("/photo", operation_id="remove_photo", status_code=200)
    async def remove_photo(
        self, request: Request[Any, SignedIn, Any], db: Needs[Database], config: Needs[WebConfig]
    ) -> Me:
        """Remove the own photo."""
        signed_in = request.auth

        def unit(tx: Any) -> tuple[str | None, Me]:
            return set_photo(tx, signed_in.principal, None), me_of(tx, signed_in, config)

        old, me = await db.write(unit)
        await remove_photo(config.photos, old)
        return me

    @put("/availability", operation_id="set_availability")
    async def set_availability(
        self,
        operator: Needs[OperatorPrincipal],
        data: JSONBody[AvailabilityChoice],
        db: Needs[Database],
        clock: Needs[Clock],
        ids: Needs[Ids],
    ) -> Operator:
        """Choose to accept conversations, or not."""
        now = clock.now()
        return await db.write(lambda tx: set_availability(tx, operator, data.availability, now=now, ids=ids))
