"""Backups that klepet makes by itself: by a process of its own, once for all processes, and failures are remembered."""

import asyncio
import contextlib
import os
import sys
from datetime import timedelta

import pytest

from klepet.access.backups import planned_backup
from klepet.actions.backups import plan_backups
from klepet.jobs.make_backup import AGAIN_SECONDS, MakeBackup
from klepet.jobs.runner import Runner
from klepet.kit.retry import Retry
from klepet.store import backup
from tests.api.people import add_contact

DAY = timedelta(days=1)
COMMAND = [sys.executable, "-m", "klepet", "backup"]


def environment(klepet, tmp_path, **more):
    path = klepet.config.data / "klepet.sqlite"
    if klepet.database is None:
        with contextlib.suppress(FileExistsError):
            (klepet.config.data / "klepet.db").symlink_to(path)
    told = {"KLEPET_DATA": klepet.config.data, "KLEPET_DATABASE": klepet.database or ""}
    told |= {"KLEPET_BACKUPS": tmp_path / "kept", "KLEPET_BACKUPS_KEPT": 2}
    return os.environ | {name: str(value) for name, value in (told | more).items()}


def run(klepet, job):
    async def play():
        with pytest.raises(Retry) as planned:
            await job.run({}, db=klepet.db, clock=klepet.clock, ids=klepet.ids)
        return planned.value

    return klepet.client.blocking_portal.call(play)


async def until_planned(klepet, is_so):
    for _ in range(1200):
        if is_so(await klepet.db.read(planned_backup)):
            return
        await asyncio.sleep(0.05)
    raise TimeoutError


def test_a_backup_is_made_while_klepet_serves(klepet, tmp_path):
    add_contact(klepet, name="Žofia")
    planned = run(klepet, MakeBackup(COMMAND, environment(klepet, tmp_path), 3_600.0 * 24))
    assert (planned.after_seconds, planned.reason) == (86_400.0, "")
    made = backup.newest(tmp_path / "kept")
    assert made is not None
    assert backup.verify(made).tables["contacts"].count == 1


def test_a_backup_that_cannot_be_made_says_why_and_is_tried_sooner(klepet, tmp_path, caplog):
    (tmp_path / "kept").write_text("a file in its place")
    planned = run(klepet, MakeBackup(COMMAND, environment(klepet, tmp_path), 3_600.0 * 24))
    assert planned.after_seconds == AGAIN_SECONDS
    assert str(tmp_path / "kept") in planned.reason
    assert f"no backup was made: {planned.reason}" in caplog.text


def test_one_process_of_many_makes_the_backup(klepet, tmp_path):
    """Each process has a runner; the job in the store is leased by one of them."""
    made = tmp_path / "made"
    script = f"import time; open({str(made)!r}, 'a').write('one '); time.sleep(0.3)"
    job = MakeBackup([sys.executable, "-c", script], os.environ, DAY.total_seconds())
    klepet.write(lambda tx: plan_backups(tx, DAY, now=klepet.clock.now()))
    due = klepet.read(planned_backup).run_at
    assert due == klepet.clock.now() + DAY
    assert klepet.read(planned_backup).last_error is None

    async def play():
        runners = [Runner(klepet.db, klepet.clock, klepet.ids, [job]) for _ in range(3)]
        klepet.clock.advance(DAY.total_seconds() + 1)
        await until_planned(klepet, lambda planned: planned.run_at != due)
        for runner in runners:
            await runner.close()

    klepet.client.blocking_portal.call(play)
    assert made.read_text() == "one "
    planned = klepet.read(planned_backup)
    assert (planned.run_at, planned.last_error) == (klepet.clock.now() + DAY, "")


def test_a_failure_is_remembered(klepet):
    job = MakeBackup([sys.executable, "-c", "raise SystemExit('klepet: the moon is full')"], os.environ, 60.0)
    klepet.write(lambda tx: plan_backups(tx, timedelta(minutes=1), now=klepet.clock.now()))
    klepet.clock.advance(61)

    async def play():
        runner = Runner(klepet.db, klepet.clock, klepet.ids, [job])
        await until_planned(klepet, lambda planned: planned.last_error is not None)
        await runner.close()

    klepet.client.blocking_portal.call(play)
    assert klepet.read(planned_backup).last_error == "the moon is full"


def test_a_start_leaves_what_is_planned(klepet):
    now = klepet.clock.now()
    klepet.write(lambda tx: plan_backups(tx, DAY, now=now))
    klepet.write(lambda tx: plan_backups(tx, DAY, now=now + DAY * 3))
    assert klepet.read(planned_backup).run_at == now + DAY
    klepet.write(lambda tx: plan_backups(tx, DAY / 4, now=now))
    assert klepet.read(planned_backup).run_at == now + DAY / 4
    klepet.write(lambda tx: plan_backups(tx, None, now=now))
    assert klepet.read(planned_backup) is None
