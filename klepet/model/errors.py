"""The one shape of refusal: what went wrong, in which field, against which limit, and whether trying again helps."""

from typing import Any, ClassVar

from msgspec import UNSET, Struct, UnsetType


class Problem(Struct, frozen=True, omit_defaults=True):
    """An error as it is answered over REST (`{"error": {...}}`) and in `refused` frames.

    `code` is stable and for programs; `message` is one English sentence for developers; `field` names the
    offending input; `limit` is the limit it broke; `retry_after_seconds` is there when the same request may
    succeed later; `request_id` finds the lines of the log where klepet itself failed.
    """

    code: str
    message: str
    field: str | UnsetType = UNSET
    limit: int | float | str | UnsetType = UNSET
    retry_after_seconds: float | UnsetType = UNSET
    request_id: str | UnsetType = UNSET


class KlepetError(Exception):
    """Base of every refusal that a person or program may see. Subclasses fix `code` and the HTTP `status`."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(
        self, message: str, *, field: str | None = None, limit: Any = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.problem = Problem(
            code=self.code,
            message=message,
            field=UNSET if field is None else field,
            limit=UNSET if limit is None else limit,
            retry_after_seconds=UNSET if retry_after is None else round(retry_after, 3),
        )

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.problem.retry_after_seconds is not UNSET


class Invalid(KlepetError):
    """The input breaks a rule that no retry will heal."""

    code, status = "invalid", 400


class SignInRequired(KlepetError):
    """Nobody is signed in, or the token has ended."""

    code, status = "sign_in_required", 401


class NotAllowed(KlepetError):
    """The principal's role, or the request's origin, lacks the permission."""

    code, status = "not_allowed", 403


class NotFound(KlepetError):
    """There is no such thing, or the principal may not see it: both look the same."""

    code, status = "not_found", 404


class Conflict(KlepetError):
    """The state of things forbids it: closed conversation, used link, taken address."""

    code, status = "conflict", 409


class Gone(KlepetError):
    """A one-time link was used or has expired."""

    code, status = "gone", 410


class TooLarge(KlepetError):
    """More bytes than the limit."""

    code, status = "too_large", 413


class TooMany(KlepetError):
    """Too often: `retry_after_seconds` says when to come back. Without it: there are as many as there may be."""

    code, status = "too_many", 429


class Busy(KlepetError):
    """The server cannot take it now; nothing was stored; the same request may be sent again."""

    code, status = "busy", 503
