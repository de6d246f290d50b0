"""What a client that connects is given: a snapshot, or the events since its position, both from one read of the
database.
"""

from dataclasses import dataclass
from uuid import UUID

from klepet.access import conversations
from klepet.model.committed import Rows, StoredEvent
from klepet.model.errors import Busy, SignInRequired
from klepet.model.frames import LogPosition, OperatorState, VisitorState
from klepet.model.limits import RESUME_EVENTS
from klepet.model.permissions import Permission
from klepet.model.ports import Reader
from klepet.model.principals import OperatorPrincipal, Principal, VisitorPrincipal
from klepet.store import log, rows, visitors


@dataclass(slots=True, frozen=True)
class Start:
    """Where a stream begins: at `position` with a state, or with the events that lead there."""

    position: LogPosition
    state: VisitorState | OperatorState | None
    events: list[StoredEvent]
    rows: Rows | None


def epoch_for(epoch: str, principal: Principal) -> str:
    """The epoch of a principal's stream. A visitor that became another contact reads another stream, and gets a
    snapshot.
    """
    return f"{epoch}.{principal.contact_id.hex[-12:]}" if isinstance(principal, VisitorPrincipal) else epoch


def start_for(reader: Reader, principal: Principal, position: LogPosition | None, transcripts: list[UUID]) -> Start:
    """A snapshot as of now, or the events since `position` where the log still reaches back to it."""
    _require_access(reader, principal)
    offset, epoch = log.head(reader)
    here = LogPosition(offset, epoch_for(epoch, principal))
    if (
        position is not None
        and position.epoch == here.epoch
        and position.offset <= offset
        and offset - position.offset <= 50 * RESUME_EVENTS
        and log.reaches_back_to(reader, position.offset)
    ):
        contact_id = principal.contact_id if isinstance(principal, VisitorPrincipal) else None
        missed = log.all_events_since(reader, position.offset, RESUME_EVENTS, contact_id=contact_id)
        if missed is not None:
            return Start(here, None, missed, rows.join_rows(reader, [item.event for item in missed]))
    state: VisitorState | OperatorState
    if isinstance(principal, OperatorPrincipal):
        state = conversations.operator_state_for(reader, principal, transcripts)
    else:
        state = conversations.visitor_state_for(reader, principal)
    return Start(here, state, [], None)


def _require_access(reader: Reader, principal: Principal) -> None:
    """Asked once more, now that the stream is subscribed: what changes from here on ends it."""
    if isinstance(principal, OperatorPrincipal):
        principal.require(Permission.ANSWER)
        return
    contact_id = visitors.contact_id_of(reader, principal.visitor_id)
    if contact_id is None:
        raise SignInRequired("this visitor was erased")
    if contact_id != principal.contact_id:
        raise Busy("the visitor was identified just now; come back", retry_after=1.0)
