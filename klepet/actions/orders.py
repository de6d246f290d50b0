"""Orders, as shops report them: by the visitor's page, or by the shop's own server."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from klepet.actions.lines import clean_line
from klepet.actions.transcripts import Transcripts, load_open_states
from klepet.model.errors import Conflict, Invalid, NotFound
from klepet.model.events import OrderReported
from klepet.model.permissions import Permission
from klepet.model.ports import Ids, Transaction
from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from klepet.model.views import Order, OrderItem, OrderReport, SystemFact
from klepet.model.words import SystemLine
from klepet.store import contacts, orders, sites

QUANTITY_MAX = 1_000_000


def report_order(
    tx: Transaction, principal: VisitorPrincipal, report: OrderReport, *, now: datetime, ids: Ids
) -> Order:
    """Store an order that a visitor's page reports. The same again gives the first; another of its id is refused."""
    return _report(tx, principal.contact_id, principal.site_id, report, now=now, ids=ids)


def report_order_of(
    tx: Transaction,
    principal: OperatorPrincipal,
    contact_id: UUID,
    site_id: UUID | None,
    report: OrderReport,
    *,
    now: datetime,
    ids: Ids,
) -> Order:
    """Store an order as the shop's own server reports it; without a site, on the only one the contact was seen on."""
    principal.require(Permission.SEE_CONTACTS)
    if contacts.by_id(tx, contact_id) is None:
        raise NotFound("there is no such contact")
    if site_id is None:
        seen_on = contacts.site_ids(tx, contact_id)
        if len(seen_on) != 1:
            raise Invalid("the contact was not seen on exactly one site; name the site", field="site_id")
        site_id = seen_on[0]
    if sites.by_id(tx, site_id) is None:
        raise Invalid("there is no such site", field="site_id")
    return _report(tx, contact_id, site_id, report, now=now, ids=ids)


def _report(tx: Transaction, contact_id: UUID, site_id: UUID, report: OrderReport, *, now: datetime, ids: Ids) -> Order:
    external_id = clean_line(report.id, "id")
    items = [_check_item(item, index) for index, item in enumerate(report.items)]
    earlier = orders.by_external_id(tx, site_id, external_id)
    if earlier is not None:
        is_same = (
            earlier.contact_id == contact_id
            and Decimal(earlier.value) == Decimal(report.value)
            and earlier.currency == report.currency
            and earlier.items == items
        )
        if not is_same:
            raise Conflict("the site reported another order by this id", field="id")
        return earlier
    if contacts.by_id(tx, contact_id) is None:
        raise NotFound("there is no such contact")
    state = load_open_states(tx, [contact_id]).get((contact_id, site_id))
    order = Order(
        id=ids(),
        site_id=site_id,
        contact_id=contact_id,
        conversation_id=None if state is None else state.id,
        external_id=external_id,
        value=report.value,
        currency=report.currency,
        items=items,
        created_at=now,
    )
    orders.insert(tx, order)
    tx.record(
        OrderReported(contact_id=contact_id, site_id=site_id, order_id=order.id, conversation_id=order.conversation_id)
    )
    if state is not None:
        transcripts = Transcripts(tx, ids, {state.id: state})
        fact = SystemFact(SystemLine.ORDER_REPORTED, value=order.value, currency=order.currency)
        transcripts.add_system_line(state, fact, now=now)
        transcripts.write()
    return order


def _check_item(item: OrderItem, index: int) -> OrderItem:
    if not 1 <= item.quantity <= QUANTITY_MAX:
        raise Invalid(
            f"a quantity lies between 1 and {QUANTITY_MAX}", field=f"items[{index}].quantity", limit=QUANTITY_MAX
        )
    return item
