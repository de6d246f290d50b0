"""A klepet that is left alone makes its backups, also when it was off at the time; they hold what is there."""

import time
from collections.abc import Callable
from typing import Any

from klepet.store import backup
from tests.fault.server import Server


def test_an_overdue_backup_is_made_after_the_start(either_server: Server, make_server: Callable[..., Server]) -> None:
    server = either_server
    made = server.data / "backups"
    assert not made.exists(), "the first one comes after a day"
    assert server.terminate() == 0
    server.module = "tests.fault.later"
    server.environment |= {"KLEPET_TEST_LATER": str(25 * 3_600)}
    server.start()
    deadline = time.monotonic() + 100
    while (found := backup.newest(made)) is None:
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.05)
    whole: Any = backup.verify(found)
    assert whole.tables["sites"].count == 1
    assert whole.tables["operators"].count == 1
    assert server.terminate() == 0
    assert len(list(made.iterdir())) == 1
