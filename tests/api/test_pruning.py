"""What has served its time goes, and nothing else."""

from datetime import timedelta

import pytest

from klepet.jobs.prune_log import PruneLog
from klepet.jobs.prune_measurements import PruneMeasurements
from klepet.jobs.prune_records import PruneRecords
from klepet.store import log
from klepet.store.tables import page_views, site_events, visits
from tests.api.conftest import Browser
from tests.api.people import add_contact, add_visitor

DAY = 86_400


def run(klepet, job):
    klepet.client.blocking_portal.call(lambda: job.run({}, db=klepet.db, clock=klepet.clock, ids=klepet.ids))


def count(klepet, table):
    return klepet.read(lambda r: r.conn.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())


def test_records_are_forgotten_by_age(klepet, owner):
    owner.post("/sites", {"name": "Shop"}, headers={"idempotency-key": "key-key-key"})
    webhook = owner.post("/webhooks", {"url": "https://x.example", "events": ["site.created"]}).json()
    owner.post(f"/webhooks/{webhook['id']}/test")
    klepet.write(lambda tx: tx.conn.exec_driver_sql("UPDATE webhook_deliveries SET state = 'parked'"))
    klepet.write(lambda tx: tx.conn.exec_driver_sql("UPDATE jobs SET parked_at = run_at"))
    owner.delete(f"/contacts/{add_contact(klepet)}")
    job = PruneRecords(timedelta(days=30))

    run(klepet, job)
    kept = {
        name: count(klepet, name) for name in ("answers", "operator_sessions", "links", "webhook_deliveries", "jobs")
    }
    assert kept == {"answers": 1, "operator_sessions": 1, "links": 1, "webhook_deliveries": 1, "jobs": 1}

    klepet.clock.advance(91 * DAY)
    Browser(klepet).sign_in("ada@shop.test")
    run(klepet, job)
    kept = {name: count(klepet, name) for name in kept}
    assert kept == {"answers": 0, "operator_sessions": 1, "links": 0, "webhook_deliveries": 0, "jobs": 0}
    assert count(klepet, "erasures") == 1
    klepet.clock.advance(275 * DAY)
    run(klepet, job)
    assert count(klepet, "erasures") == 0


def test_measurements_are_forgotten_by_age_in_slices(klepet, owner):
    site = owner.post("/sites", {"name": "Shop"}).json()
    visitor = add_visitor(klepet, add_contact(klepet), site["id"])
    visit_id, now = klepet.ids(), klepet.clock.now()

    def fill(tx):
        tx.conn.execute(
            visits.insert().values(
                id=visit_id, visitor_id=visitor.visitor_id, started_at=now, last_seen_at=now, page_count=1
            )
        )
        for _ in range(1_100):
            tx.conn.execute(page_views.insert().values(id=klepet.ids(), visit_id=visit_id, url="/", title="", at=now))
        tx.conn.execute(
            site_events.insert().values(id=klepet.ids(), visitor_id=visitor.visitor_id, name="x", data={}, at=now)
        )

    klepet.write(fill)
    job = PruneMeasurements(timedelta(days=90))
    run(klepet, job)
    assert count(klepet, "page_views") == 1_100
    klepet.clock.advance(90 * DAY + 1)
    run(klepet, job)
    assert count(klepet, "page_views") == count(klepet, "site_events") == 0
    assert count(klepet, "visits") == 1


@pytest.mark.parametrize("passed", [True, False])
def test_the_log_is_forgotten_once_every_durable_listener_has_passed(klepet, owner, passed):
    head = klepet.read(log.head)[0]
    klepet.write(lambda tx: log.advance_cursor(tx, "search", head if passed else 0))
    klepet.clock.advance(14 * DAY + 1)
    run(klepet, PruneLog(timedelta(days=14)))
    assert count(klepet, "events") == (0 if passed else head)
    assert klepet.read(log.head)[0] == head
