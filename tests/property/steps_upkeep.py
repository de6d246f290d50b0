"""Sites, programs, and what runs by itself."""

from datetime import timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from klepet.actions import (
    api_tokens,
    backups,
    bookkeeping,
    deliveries,
    demo_sites,
    erasure,
    forgetting,
    jobs,
    listening,
    sites,
    transcripts,
    webhooks,
)
from klepet.kit.tokens import new_token, token_hash
from klepet.listeners import index_search, send_webhooks
from klepet.model.events import PUBLIC_EVENT_TYPES
from klepet.model.records import Answer
from klepet.model.views import SiteSettings
from klepet.model.words import Role
from tests.property.choices import any_operator, step
from tests.property.world import LANGUAGES, World


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
        backups.plan_backups(tx, chance.choice([timedelta(hours=1), None]), now=now)
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
        bookkeeping.prove_writable(tx)
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
def the_silent_are_forgotten(world: World, chance: Random) -> Any:
    """Nobody here is silent for a month, so nobody goes; where somebody does, it is by erase_contact."""
    now = world.clock.now()
    before, contact_id = now - timedelta(days=30), chance.choice(world.ids_of("contacts") or [world.ids()])

    def unit(tx: Any) -> bool:
        visits, _ = forgetting.old_visits(tx, before=before, after=None, limit=10)
        forgetting.forget_visits(tx, visits)
        assert forgetting.silent_contacts(tx, before=before, after=None, limit=10) == ([], None)
        return forgetting.forget_contact(tx, contact_id, before=before, now=now)

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
