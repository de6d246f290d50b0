"""Visitors, contacts and operators."""

from random import Random
from typing import Any
from uuid import UUID

from msgspec import structs

from klepet.actions import (
    contacts,
    erasure,
    links,
    operators,
    orders,
    sessions,
    visitors,
)
from klepet.kit.tokens import IdentityClaims, new_token, token_hash
from klepet.model.principals import VisitorPrincipal
from klepet.model.views import ContactDetails, OrderReport, Page
from klepet.model.words import Availability, Role
from tests.property.choices import (
    OPERATORS_MAX,
    VISITORS_MAX,
    any_conversation,
    any_operator,
    any_visitor,
    one_of,
    step,
    tag,
    tag_of_contact,
)
from tests.property.people import Person
from tests.property.steps_talk import visitor_writes
from tests.property.world import World


@step
def visitor_comes(world: World, chance: Random) -> Any:
    if len(world.visitors) >= VISITORS_MAX:
        return None
    site_id = chance.choice(world.ids_of("sites"))
    ((key,),) = world.rows("SELECT key FROM sites WHERE id = ?", site_id.bytes)
    token, now = new_token(), world.clock.now()
    about = visitors.About(language=chance.choice(["en", "pl"]))
    principal = world.write(
        lambda tx: visitors.start_visitor(tx, site_id, token_hash(token), about=about, now=now, ids=world.ids)
    )
    world.add_visitor(principal.visitor_id, token, key).connect()
    return True


@step
def visitor_opens_another_tab(world: World, chance: Random) -> Any:
    if not 0 < len(world.visitors) < VISITORS_MAX:
        return None
    person = chance.choice(world.visitors)
    assert person.site_key is not None
    world.add_visitor(person.id, person.token, person.site_key).connect()
    return True


@step
def visitor_is_identified(world: World, chance: Random) -> Any:
    found = any_visitor(world, chance)
    if found is None:
        return None
    return _identify(world, found[0], f"customer-{chance.randrange(2)}")


@step
def visitor_turns_out_to_be_a_customer(world: World, chance: Random) -> Any:
    """One who has written already, on another device: its conversations move to the contact that is known."""
    writers = world.rows(
        "SELECT DISTINCT v.id, v.site_id FROM visitors v JOIN conversations c ON c.contact_id = v.contact_id"
        " WHERE v.contact_id NOT IN (SELECT contact_id FROM identities) ORDER BY v.id"
    )
    found = [(person, UUID(bytes=row[1])) for person in world.visitors for row in writers if person.id.bytes == row[0]]
    if not found:
        return None
    person, site_id = chance.choice(found)
    known = world.rows(
        "SELECT i.address FROM identities i JOIN inboxes b ON b.id = i.inbox_id WHERE b.site_id = ?", site_id.bytes
    )
    if not known:
        others = [p for p in world.known_visitors if p.id != person.id and p.site_key == person.site_key]
        return _identify(world, chance.choice(others), "customer-0") if others else None
    return _identify(world, person, chance.choice(known)[0])


def _identify(world: World, person: Person, user_id: str) -> VisitorPrincipal | None:
    """As the web does when a page brings a signed identity."""
    principal, now, token = world.visitor_principal(person), world.clock.now(), new_token()
    claims = IdentityClaims(kid="k", user_id=user_id, exp=0)

    def unit(tx: Any) -> VisitorPrincipal:
        visitor = principal
        if visitors.is_somebody_else(tx, visitor, claims):
            hashed = token_hash(token)
            visitor = visitors.start_visitor(tx, principal.site_id, hashed, now=now, ids=world.ids)
        mark = tag(visitor.visitor_id)
        told = structs.replace(claims, name=f"{mark} named", attributes={"plan": mark})
        return visitors.identify_visitor(tx, visitor, told, now=now, ids=world.ids)

    identified = world.attempt(unit)
    if identified is not None and identified.visitor_id != principal.visitor_id:
        person.is_gone = True  # the page has a new visitor now
        assert person.site_key is not None
        world.add_visitor(identified.visitor_id, token, person.site_key).connect()
    return identified


@step
def visitor_describes_itself(world: World, chance: Random) -> Any:
    found = any_visitor(world, chance)
    if found is None:
        return None
    person, principal = found
    mark = tag(person.id)
    details = ContactDetails(
        name=chance.choice([None, f"{mark} self"]), attributes={"size": mark, "n": chance.randrange(3)}
    )
    return world.attempt(lambda tx: contacts.describe_contact(tx, principal, details))


@step
def contact_is_changed(world: World, chance: Random) -> Any:
    contact_id, by = one_of(chance, world.ids_of("contacts")), any_operator(world, chance)
    if contact_id is None:
        return None
    mark = tag_of_contact(world, contact_id)
    changes = contacts.ContactChanges(
        name=f"{mark} changed {chance.randrange(3)}", phone=chance.choice([None, "+48 1"])
    )
    return world.attempt(lambda tx: contacts.change_contact(tx, by, contact_id, changes))


@step
def order_is_reported(world: World, chance: Random) -> Any:
    found = any_visitor(world, chance)
    if found is None:
        return None
    _, principal = found
    now, by = world.clock.now(), any_operator(world, chance)
    report = OrderReport(f"order-{chance.randrange(50)}", f"{chance.randrange(100)}.50", "EUR", [])
    if chance.random() < 0.5:
        return world.attempt(lambda tx: orders.report_order(tx, principal, report, now=now, ids=world.ids))
    return world.attempt(
        lambda tx: orders.report_order_of(
            tx, by, principal.contact_id, principal.site_id, report, now=now, ids=world.ids
        )
    )


@step
def visit_goes_on(world: World, chance: Random) -> Any:
    found = any_visitor(world, chance)
    if found is None:
        return None
    person, _ = found
    page, now, about = Page(f"https://shop.test/{chance.randrange(5)}"), world.clock.now(), visitors.About()
    if person.is_online and chance.random() < 0.5:
        person.send({"type": "show_page", "page": {"url": page.url, "title": tag(person.id)}})

    def unit(tx: Any) -> bool:
        visitors.note_pages(tx, [visitors.PageView(person.id, page, None, about, now, world.ids)])
        visitors.note_site_event(tx, person.id, f"event-{chance.randrange(9)}", "looked", {}, now=now)
        visitors.note_leaving(tx, [person.id], now=now)
        return True

    return world.attempt(unit)


@step
def conversation_is_erased(world: World, chance: Random) -> Any:
    conversation_id, now, by = any_conversation(world, chance), world.clock.now(), world.owner
    if conversation_id is None:
        return None
    world.attempt(lambda tx: erasure.begin_erasing_conversation(tx, by, conversation_id, now=now, ids=world.ids))
    while not world.write(lambda tx: erasure.erase_conversation(tx, conversation_id, now=now)):
        if chance.random() < 0.3:
            visitor_writes(world, chance)
    return True


@step
def contact_is_erased(world: World, chance: Random) -> Any:
    contact_id, now, by = one_of(chance, world.ids_of("contacts")), world.clock.now(), world.owner
    if contact_id is None:
        return None
    world.attempt(lambda tx: erasure.begin_erasing_contact(tx, by, contact_id, now=now, ids=world.ids))
    while not world.write(lambda tx: erasure.erase_contact(tx, contact_id, now=now)):
        if chance.random() < 0.3:
            visitor_writes(world, chance)
    return True


@step
def operator_is_invited(world: World, chance: Random) -> Any:
    if len(world.operators) >= OPERATORS_MAX:
        return None
    token, now, owner = token_hash(new_token()), world.clock.now(), world.owner
    role, email = chance.choice(list(Role)), f"o{chance.randrange(10**6)}@shop.test"
    link = world.attempt(
        lambda tx: links.invite_operator(tx, owner, token, email=email, name="Olga", role=role, now=now, ids=world.ids)
    )
    if link is None:
        return None
    if chance.random() < 0.3:
        return world.attempt(lambda tx: links.revoke_invitation(tx, owner, link.id)) or True
    given: dict[str, Any] = {"name": None, "password_hash": "-", "language": "en"}
    joined = world.attempt(lambda tx: links.accept_invitation(tx, token, **given, now=now, ids=world.ids))
    if joined is not None:
        world.add_operator(joined.id).connect()
    return joined


@step
def operator_is_made_by_hand(world: World, chance: Random) -> Any:
    if len(world.ids_of("operators")) >= 2 * OPERATORS_MAX:
        return None
    given: dict[str, Any] = {
        "email": f"h{chance.randrange(10**6)}@shop.test",
        "name": "Hana",
        "role": Role.OPERATOR,
        "password_hash": "-",
        "language": "sl",
    }
    return world.attempt(lambda tx: links.create_operator(tx, **given, now=world.clock.now(), ids=world.ids))


@step
def operator_changes_itself(world: World, chance: Random) -> Any:
    by, now = any_operator(world, chance), world.clock.now()
    match chance.randrange(3):
        case 0:
            changes = operators.ProfileChanges(name=chance.choice(["Olga", "Oleg"]))
            return world.attempt(lambda tx: operators.change_profile(tx, by, changes))
        case 1:
            file = chance.choice([None, "a.webp", "b.webp"])
            return world.attempt(lambda tx: (operators.set_photo(tx, by, file), True))
        case _:
            chosen = chance.choice([Availability.ACCEPTING, Availability.AWAY])
            return world.attempt(lambda tx: operators.set_availability(tx, by, chosen, now=now, ids=world.ids))


@step
def operator_gets_another_role(world: World, chance: Random) -> Any:
    owner, operator_id, role = world.owner, chance.choice(world.ids_of("operators")), chance.choice(list(Role))
    return world.attempt(lambda tx: operators.change_role(tx, owner, operator_id, role))


@step
def operator_is_disabled(world: World, chance: Random) -> Any:
    owner, now = world.owner, world.clock.now()
    others = [id_ for id_ in world.ids_of("operators", "disabled_at IS NULL") if id_ != owner.operator_id]
    if not others:
        return None
    operator_id = chance.choice(others)
    return world.attempt(
        lambda tx: (
            operators.disable_operator(tx, owner, operator_id, now=now, ids=world.ids),
            operators.release_conversations(tx, operator_id, now=now, ids=world.ids),
        )
    )


@step
def operator_is_enabled(world: World, chance: Random) -> Any:
    operator_id = one_of(chance, world.ids_of("operators", "disabled_at IS NOT NULL"))
    if operator_id is None:
        return None
    owner = world.owner
    enabled = world.attempt(lambda tx: operators.enable_operator(tx, owner, operator_id))
    _come_back(world, operator_id)
    return enabled


@step
def operator_resets_its_password(world: World, chance: Random) -> Any:
    operator_id, token = chance.choice(world.ids_of("operators")), token_hash(new_token())
    now, owner = world.clock.now(), world.owner

    def unit(tx: Any) -> bool:
        links.create_password_link(tx, owner, token, operator_id=operator_id, now=now, ids=world.ids)
        links.reset_password(tx, token, password_hash="-", now=now)
        return True

    done = world.attempt(unit)
    _come_back(world, operator_id)
    return done


@step
def operator_signs_out(world: World, chance: Random) -> Any:
    if not world.operators:
        return None
    person = chance.choice(world.operators)
    by, hashed = world.operator_principal(person), token_hash(person.token)
    match chance.randrange(3):
        case 0:
            world.attempt(lambda tx: sessions.end_session(tx, by, hashed))
        case 1:
            world.attempt(lambda tx: sessions.end_sessions(tx, by))
        case _:
            world.attempt(lambda tx: sessions.change_password(tx, by, checked_hash="-", new_hash="-", keep=hashed))
            return True
    person.is_gone = True
    _come_back(world, by.operator_id)
    return True


def _come_back(world: World, operator_id: UUID) -> None:
    """Sign in anew."""
    world.pump()
    (row,) = world.rows("SELECT disabled_at FROM operators WHERE id = ?", operator_id.bytes)
    if row[0] is None and len(world.operators) < OPERATORS_MAX:
        world.add_operator(operator_id).connect()
