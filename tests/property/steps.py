"""Everything that can be done to a klepet, one step each, with its choices drawn from `chance`. A test holds this list
against `klepet.actions` and `klepet.model.events`: what is missing here fails it.

Texts carry whose they are, the end of the visitor's id or «note» for notes, so that a stream can be searched for what
must not be in it.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from msgspec import structs

from klepet.access import conversations as conversation_access
from klepet.actions import (
    api_tokens,
    bookkeeping,
    contacts,
    conversations,
    deliveries,
    demo_sites,
    erasure,
    jobs,
    links,
    listening,
    messages,
    operators,
    orders,
    receipts,
    sessions,
    sites,
    transcripts,
    visitors,
    webhooks,
)
from klepet.kit.tokens import IdentityClaims, new_token, token_hash
from klepet.listeners import index_search, send_webhooks
from klepet.model.events import PUBLIC_EVENT_TYPES
from klepet.model.principals import OperatorPrincipal, Principal, VisitorPrincipal
from klepet.model.records import Answer
from klepet.model.views import ContactDetails, OrderReport, Page, SiteSettings
from klepet.model.words import Availability, MessageKind, Role
from tests.property.people import Person
from tests.property.world import LANGUAGES, World, jsonable

Step = Callable[[World, Random], Any]
STEPS: dict[str, Step] = {}
VISITORS_MAX = 5
OPERATORS_MAX = 4


def step(run: Step) -> Step:
    """Put a step into the list."""
    STEPS[run.__name__] = run
    return run


def begin(world: World) -> None:
    """What every example starts from: an owner at the console, a site, a visitor who has written."""
    token, now = token_hash(new_token()), world.clock.now()
    world.write(lambda tx: links.create_setup_link(tx, token, now=now, ids=world.ids))
    given: dict[str, Any] = {"email": "ada@shop.test", "name": "Ada", "password_hash": "-", "language": "en"}
    owner = world.write(lambda tx: links.set_up_owner(tx, token, **given, now=now, ids=world.ids))
    world.add_operator(owner.id)
    chance = Random(0)
    add_site(world, chance)
    for _ in range(2):
        visitor_comes(world, chance)
    visitor_writes(world, chance)


# Choices.


def tag(visitor_id: UUID) -> str:
    """The mark on what belongs to a visitor."""
    return f"«{visitor_id.hex[-8:]}»"


def tag_of_contact(world: World, contact_id: UUID) -> str:
    found = world.rows("SELECT id FROM visitors WHERE contact_id = ? ORDER BY id", contact_id.bytes)
    return tag(UUID(bytes=found[0][0])) if found else "«nobody»"


def tag_of_conversation(world: World, conversation_id: UUID) -> str:
    ((found,),) = world.rows("SELECT visitor_id FROM conversations WHERE id = ?", conversation_id.bytes)
    return tag(UUID(bytes=found))


def any_visitor(world: World, chance: Random) -> tuple[Person, VisitorPrincipal] | None:
    found = world.known_visitors
    if not found:
        return None
    person = chance.choice(found)
    return person, world.visitor_principal(person)


def any_operator(world: World, chance: Random) -> OperatorPrincipal:
    return world.operator_principal(chance.choice(world.operators)) if world.operators else world.owner


def one_of(chance: Random, found: list[Any]) -> Any:
    return chance.choice(found) if found else None


def any_conversation(world: World, chance: Random, where: str = "1") -> UUID | None:
    found: UUID | None = one_of(chance, world.ids_of("conversations", where))
    return found


# Messages.


@step
def visitor_writes(world: World, chance: Random) -> Any:
    online = [person for person in world.visitors if person.is_online]
    if not online:
        return None
    person = chance.choice(online)
    mine = world.ids_of("conversations", f"visitor_id = x'{person.id.hex}'")
    frame = {
        "type": "send_message",
        "client_id": f"visitor-{chance.randrange(10**6):06}",
        "text": f"{tag(person.id)} {chance.randrange(1000)}",
        "conversation_id": str(chance.choice(mine)) if mine and chance.random() < 0.5 else None,
    }
    for _ in range(chance.choice([1, 1, 1, 3])):  # who hears no answer sends again
        person.send(frame)
    return True


@step
def operator_writes(world: World, chance: Random) -> Any:
    conversation_id = any_conversation(world, chance)
    online = [person for person in world.operators if person.is_online]
    if conversation_id is None or not online:
        return None
    is_note = chance.random() < 0.4
    chance.choice(online).send(
        {
            "type": "send_message",
            "client_id": f"operator-{chance.randrange(10**6):06}",
            "text": f"{tag_of_conversation(world, conversation_id)} {'«note»' if is_note else ''} {chance.random()}",
            "conversation_id": str(conversation_id),
            "kind": "note" if is_note else "text",
        }
    )
    return True


@step
def program_writes(world: World, chance: Random) -> Any:
    conversation_id, operator = any_conversation(world, chance), any_operator(world, chance)
    if conversation_id is None:
        return None
    text = f"{tag_of_conversation(world, conversation_id)} by program"
    client_id = f"program-{chance.randrange(50):06}"
    kind = MessageKind.TEXT
    draft = messages.Draft(operator, client_id, text, conversation_id, kind, world.clock.now(), world.ids)
    return world.attempt(lambda tx: messages.send_message(tx, draft))


@step
def many_write_at_once(world: World, chance: Random) -> Any:
    drafts = []
    for person in world.known_visitors:
        principal, text = world.visitor_principal(person), f"{tag(person.id)} at once"
        for _ in range(chance.randrange(3)):
            client_id = f"burst-{chance.randrange(10**6):06}"
            drafts.append(
                messages.Draft(principal, client_id, text, None, MessageKind.TEXT, world.clock.now(), world.ids)
            )
    chance.shuffle(drafts)
    return world.attempt(lambda tx: messages.send_messages(tx, drafts)) if drafts else None


@step
def people_type(world: World, chance: Random) -> Any:
    conversation_id = any_conversation(world, chance)
    person = one_of(chance, world.people)
    if conversation_id is not None and person is not None and person.is_online:
        person.send({"type": "set_typing", "conversation_id": str(conversation_id), "is_typing": chance.random() < 0.8})
    return True


@step
def receipts_advance(world: World, chance: Random) -> Any:
    conversation_id, visitor = any_conversation(world, chance), any_visitor(world, chance)
    if conversation_id is None:
        return None
    principals: list[Principal] = [any_operator(world, chance), *([visitor[1]] if visitor else [])]
    items = [
        receipts.Receipt(chance.choice(principals), conversation_id, chance.randrange(9), chance.randrange(9))
        for _ in range(chance.randrange(1, 4))
    ]
    world.attempt(lambda tx: receipts.advance_receipts(tx, items))
    one = items[0]
    world.attempt(
        lambda tx: receipts.advance_receipt(
            tx, one.principal, conversation_id, delivered_seq=one.delivered_seq, read_seq=one.read_seq, ids=world.ids
        )
    )
    return True


# Conversations.


@step
def conversation_is_assigned(world: World, chance: Random) -> Any:
    conversation_id, by = any_conversation(world, chance), any_operator(world, chance)
    to = chance.choice(world.ids_of("operators"))
    if conversation_id is None:
        return None

    def unit(tx: Any) -> bool:
        if chance.random() < 0.3:
            conversations.require_holder(tx, conversation_id, None, by.operator_id)
        conversations.assign_conversation(tx, by, conversation_id, to, now=world.clock.now(), ids=world.ids)
        return True

    return world.attempt(unit)


@step
def conversation_is_unassigned(world: World, chance: Random) -> Any:
    conversation_id = any_conversation(world, chance, "assignee_id IS NOT NULL")
    if conversation_id is None:
        return None
    now, by = world.clock.now(), world.owner
    world.attempt(lambda tx: conversations.unassign_conversation(tx, by, conversation_id, now=now, ids=world.ids))
    return True


@step
def conversation_is_closed(world: World, chance: Random) -> Any:
    conversation_id, visitor = any_conversation(world, chance), any_visitor(world, chance)
    by: Any = visitor[1] if visitor and chance.random() < 0.5 else any_operator(world, chance)
    if conversation_id is None:
        return None
    now = world.clock.now()
    world.attempt(lambda tx: conversations.close_conversation(tx, by, conversation_id, now=now, ids=world.ids))
    return True


@step
def conversation_is_reopened(world: World, chance: Random) -> Any:
    conversation_id = any_conversation(world, chance, "status = 'closed'")
    if conversation_id is None:
        return None
    now, by = world.clock.now(), any_operator(world, chance)
    world.attempt(lambda tx: conversations.reopen_conversation(tx, by, conversation_id, now=now, ids=world.ids))
    return True


@step
def conversation_is_rated(world: World, chance: Random) -> Any:
    found = any_visitor(world, chance)
    if found is None:
        return None
    person, principal = found
    conversation_id = any_conversation(world, chance, f"contact_id = x'{principal.contact_id.hex}'")
    if conversation_id is None:
        return None
    score, comment, now = chance.randint(1, 5), f"{tag(person.id)} rated", world.clock.now()
    world.attempt(
        lambda tx: conversations.rate_conversation(
            tx, principal, conversation_id, score=score, comment=comment, now=now, ids=world.ids
        )
    )
    return True


@step
def transcript_is_opened(world: World, chance: Random) -> Any:
    conversation_id = any_conversation(world, chance)
    if conversation_id is None or not world.operators:
        return None
    person = chance.choice(world.operators)
    principal = world.operator_principal(person)
    if person.is_online:
        world.pump()
    if person.is_online:
        limit = 50
        page = world.read(lambda r: conversation_access.messages_for(r, principal, conversation_id, limit=limit + 1))
        person.open_transcript(str(conversation_id), jsonable(page[-limit:]), has_older=len(page) > limit)
    return True


# Visitors and contacts.


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
    person, principal = found
    now, token = world.clock.now(), new_token()
    claims = IdentityClaims(kid="k", user_id=f"customer-{chance.randrange(2)}", exp=0)

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
        visitors.note_page(tx, person.id, page, referrer=None, about=about, now=now, ids=world.ids)
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


# Operators.


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
            operators.release_conversations(tx, owner, operator_id, now=now, ids=world.ids),
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


# Sites and programs.


@step
def add_site(world: World, chance: Random) -> Any:
    owner, now = world.owner, world.clock.now()
    if len(world.ids_of("sites")) >= 4:
        return None
    given: dict[str, Any] = {"key": new_token(), "name": "Kava", "settings": SiteSettings(), "languages": LANGUAGES}
    return world.attempt(lambda tx: sites.create_site(tx, owner, **given, now=now, ids=world.ids))


@step
def demo_sites_are_made(world: World, chance: Random) -> Any:
    now = world.clock.now()
    return world.attempt(
        lambda tx: demo_sites.ensure_demo_sites(tx, secret=new_token(), languages=LANGUAGES, now=now, ids=world.ids)
    )


@step
def site_is_changed(world: World, chance: Random) -> Any:
    site_id, owner, now = chance.choice(world.ids_of("sites")), world.owner, world.clock.now()
    settings = SiteSettings(colour=chance.choice(["#112233", "#445566"]))
    given: dict[str, Any] = {"name": chance.choice([None, "Tea"]), "settings": settings, "languages": LANGUAGES}
    world.attempt(lambda tx: sites.change_site(tx, owner, site_id, **given))
    made = world.attempt(lambda tx: sites.create_site_secret(tx, owner, site_id, b"s" * 32, now=now, ids=world.ids))
    if made is not None and chance.random() < 0.7:
        world.attempt(lambda tx: sites.revoke_site_secret(tx, owner, site_id, UUID(made.id), now=now))
    return True


@step
def api_token_comes_and_goes(world: World, chance: Random) -> Any:
    owner, now, hashed = world.owner, world.clock.now(), token_hash(new_token())

    def unit(tx: Any) -> bool:
        made = api_tokens.create_api_token(tx, owner, hashed, name="x", role=Role.OPERATOR, now=now, ids=world.ids)
        bookkeeping.touch_api_token(tx, made.id, now=now)
        api_tokens.revoke_api_token(tx, owner, made.id, now=now)
        return True

    return world.attempt(unit)


@step
def webhook_lives(world: World, chance: Random) -> Any:
    owner, now = world.owner, world.clock.now()
    given: dict[str, Any] = {"url": "https://hooks.test/", "events": PUBLIC_EVENT_TYPES, "is_plain_http_allowed": False}
    secret = "whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0"

    def unit(tx: Any) -> bool:
        made = webhooks.create_webhook(tx, owner, **given, is_enabled=True, secret=secret, now=now, ids=world.ids)
        webhooks.replace_webhook_secret(tx, owner, made.id, secret, now=now)
        sent = deliveries.send_test(tx, owner, made.id, now=now, ids=world.ids)
        deliveries.note_attempt(tx, sent.id, deliveries.Outcome(500, None), now=now)
        deliveries.park_delivery(tx, sent.id)
        deliveries.retry_delivery(tx, owner, made.id, sent.id, now=now)
        changes: dict[str, Any] = {"url": None, "events": None, "is_enabled": True, "is_plain_http_allowed": False}
        webhooks.change_webhook(tx, owner, made.id, **changes)
        if chance.random() < 0.7:
            webhooks.delete_webhook(tx, owner, made.id)
        return True

    return world.attempt(unit)


# What runs by itself.


@step
def listeners_run(world: World, chance: Random) -> Any:
    now, limit = world.clock.now(), chance.choice([1, 5, 200])
    for listener in (index_search, send_webhooks):
        name, events, handle = listener.NAME, listener.EVENTS, listener.handle
        world.write(
            partial(
                listening.run_listener, name=name, events=events, handle=handle, now=now, ids=world.ids, limit=limit
            )
        )
    return True


@step
def jobs_run(world: World, chance: Random) -> Any:
    now, kinds = world.clock.now() + timedelta(hours=1), [erasure.JOB_KIND, deliveries.JOB_KIND]

    def unit(tx: Any) -> bool:
        for job in jobs.lease_jobs(tx, kinds, now=now, lease=timedelta(minutes=1), limit=3):
            jobs.postpone_job(tx, job.id, run_at=now, error="later")
            jobs.park_job(tx, job.id, now=now, error="never")
            jobs.finish_job(tx, job.id)
        return True

    return world.attempt(unit)


@step
def books_are_kept(world: World, chance: Random) -> Any:
    now, site_id = world.clock.now(), chance.choice(world.ids_of("sites"))
    operator, key = any_operator(world, chance), new_token()[:20]
    hashed = token_hash(world.operators[0].token) if world.operators else b""

    def unit(tx: Any) -> bool:
        bookkeeping.note_site_check(tx, site_id, "https://shop.test", "/", refused_reason=None, now=now)
        bookkeeping.touch_session(tx, hashed, now=now)
        bookkeeping.renew_password_hash(tx, operator.operator_id, old_hash="-", new_hash="-")
        if bookkeeping.find_answer(tx, "operator:x", key, now=now) is None:
            bookkeeping.remember_answer(tx, "operator:x", key, Answer(b"", 200, "{}"), now=now)
        for prune in (
            bookkeeping.prune_answers,
            bookkeeping.prune_links,
            bookkeeping.prune_deliveries,
            bookkeeping.prune_parked_jobs,
        ):
            prune(tx, now=now, limit=10)
        erasure.prune_erasures(tx, now=now, limit=10)
        bookkeeping.prune_measurements(tx, before=now, limit=10)
        bookkeeping.prune_sessions(tx, unused_since=now - timedelta(days=30), now=now, limit=10)
        transcripts.load_states(tx, [])
        transcripts.load_open_states(tx, [])
        return True

    return world.attempt(unit)


@step
def log_is_pruned(world: World, chance: Random) -> Any:
    before, limit = world.clock.now() + timedelta(seconds=1), chance.choice([1, 5, 1000])
    return world.attempt(lambda tx: bookkeeping.prune_log(tx, before=before, limit=limit))


@step
def time_passes(world: World, chance: Random) -> Any:
    world.clock.advance(chance.choice([0.001, 1, 60, 3600]))
    world.sweep()
    return True


# Connections.


@step
def connection_is_lost(world: World, chance: Random) -> Any:
    person = one_of(chance, world.people)
    world.pump()
    if person is not None:
        person.disconnect()
    return True


@step
def connection_comes_back(world: World, chance: Random) -> Any:
    away = [person for person in world.people if not person.is_online]
    if not away:
        return None
    chance.choice(away).connect()
    return True
