"""The doctor's own look-out: it asks the configured address and nobody else, whatever is answered there; and it reads
the machine as it is.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from klepet.access.health import Condition, Figures, Lag, SiteSeen
from klepet.kit.clock import FakeClock
from klepet.kit.upgrades import UpgradeResult, try_upgrade
from klepet.model.records import PlannedJob
from klepet.web.doctor import machine
from klepet.web.doctor.address import examine_address, examine_forwarding
from klepet.web.doctor.findings import Check, Finding, State, tell
from klepet.web.doctor.machine import examine_machine
from klepet.web.doctor.stored import examine_stored, unusable
from klepet.web.reach import Forwarding, Reach, mark_of

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
EPOCH = "an-epoch"
NONCE = bytes(16)


class Site:
    """A server that answers every request with `answer`, and counts them."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.answer = answer
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head.split(b"\r\n")[0])
        writer.write(self.answer(head))
        await writer.drain()
        writer.close()


def run(site: Site, look: Callable[[str], Awaitable[list[Finding]]]) -> list[Finding]:
    async def story() -> list[Finding]:
        server = await asyncio.start_server(site.serve, "127.0.0.1", 0)
        async with server:
            return await look(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    return asyncio.run(story())


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def examined(url: str) -> Awaitable[list[Finding]]:
    return examine_address(url, EPOCH, FakeClock(NOW))


def codes(findings: list[Finding]) -> dict[str, str]:
    return {finding.code: finding.state.value for finding in findings}


def test_a_redirect_is_not_followed() -> None:
    elsewhere = Site(lambda head: answer("200 OK"))

    async def look(url: str) -> list[Finding]:
        server = await asyncio.start_server(elsewhere.serve, "127.0.0.1", 0)
        async with server:
            away = f"Location: http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            site.answer = lambda head: answer("302 Found", b"", away)
            return await examined(url)

    site = Site(lambda head: b"")
    assert codes(run(site, look)) == {"address_foreign": "bad"}
    assert elsewhere.requests == []
    assert len(site.requests) == 1, "nothing more is asked of who is somebody else"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"mark": 1}',
        b"\xff\xfe",
        b"<html>" + b"x" * 1_000,
        msgspec.json.encode(Reach("0" * 32, Forwarding(False, False))),
        msgspec.json.encode(Reach(mark_of("another-epoch", "0" * 32), Forwarding(False, False))),
    ],
)
def test_whoever_answers_otherwise_is_somebody_else(body: bytes) -> None:
    assert codes(run(Site(lambda head: answer("200 OK", body)), examined)) == {"address_foreign": "bad"}


def test_a_klepet_without_its_database_is_not_taken_for_somebody_else() -> None:
    site = Site(lambda head: answer("503 Service Unavailable", b"{}"))
    assert codes(run(site, lambda url: examine_address(url, None, FakeClock(NOW)))) == {"address_waits": "note"}
    assert codes(run(site, examined)) == {"address_foreign": "bad"}


def test_a_damaged_file_is_told_from_one_that_cannot_be_read() -> None:
    assert codes(unusable("database disk image is malformed")) == {"database_damaged": "bad"}
    assert codes(unusable("connection refused")) == {"database_unusable": "bad"}


def test_an_endless_answer_is_given_up() -> None:
    assert codes(run(Site(lambda head: answer("200 OK", b"x" * 1_000_000)), examined)) == {"address_unreachable": "bad"}


@pytest.mark.parametrize("url", ["http://169.254.169.254", "http://[fe80::1]", "http://224.0.0.1", "http://0.0.0.0"])
def test_addresses_that_no_klepet_has_are_not_asked(url: str) -> None:
    (found,) = asyncio.run(_gather(examined(url)))
    assert (found.code, found.state) == ("address_unreachable", State.BAD)
    assert asyncio.run(_upgrade(url)) is UpgradeResult.FAILED


async def _gather(look: Awaitable[list[Finding]]) -> list[Finding]:
    return await look


async def _upgrade(url: str) -> UpgradeResult:
    return (await try_upgrade(f"{url}/w/socket", NONCE, seconds=2)).result


@pytest.mark.parametrize(
    ("said", "result"),
    [
        (answer("404 Not Found"), UpgradeResult.REFUSED),
        (answer("101 Switching Protocols"), UpgradeResult.REFUSED),  # without the key's answer
        (b"\r\n\r\n", UpgradeResult.FAILED),
        (b"HTTP/1.1 OK\r\n\r\n", UpgradeResult.FAILED),
        (b"", UpgradeResult.FAILED),
        (b"x" * 100_000, UpgradeResult.FAILED),
    ],
)
def test_whatever_answers_an_upgrade_nothing_is_raised(said: bytes, result: UpgradeResult) -> None:
    async def look(url: str) -> list[Finding]:
        assert await _upgrade(url) is result
        return []

    run(Site(lambda head: said), look)


def test_what_a_request_tells_of_its_proxy() -> None:
    def told(is_forwarded: bool, is_trusted: bool) -> str:
        (found,) = examine_forwarding("https://chat.example.com", Forwarding(is_forwarded, is_trusted))
        return found.code

    assert told(True, False) == "proxy_untrusted"
    assert told(False, True) == "proxy_silent"
    assert told(True, True) == "proxy_good"
    assert told(False, False) == "proxy_none"


def test_the_disk_and_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    look = lambda: codes(examine_machine(tmp_path, tmp_path / "backups", 24, None, NOW))  # noqa: E731
    assert look().items() >= {"files_good": "good", "backups_missing": "warn"}.items()
    tmp_path.chmod(0o750)
    assert look()["files_open"] == "bad"
    free = os.statvfs(tmp_path)
    for count, code in [(machine.NO_BYTES - 1, "disk_full"), (machine.FEW_BYTES - 1, "disk_low")]:
        fields = list(free)
        fields[1], fields[4], fields[6], fields[7] = 1, count, 10, 10  # f_frsize, f_bavail, f_files, f_favail
        monkeypatch.setattr(
            os, "statvfs", lambda path, fields=fields: os.statvfs_result([*fields[:5], 9, 9, 10, 0, 255])
        )
        assert {code, "inodes_low"} <= look().keys()


@pytest.mark.parametrize(
    ("hours", "every", "code"),
    [
        (0, 24, "backups_fresh"),
        (25, 24, "backups_good"),
        (27, 24, "backups_old"),
        (47, 0, "backups_good"),
        (49, 0, "backups_old"),
    ],
)
def test_how_old_a_backup_may_be(tmp_path: Path, hours: int, every: int, code: str) -> None:
    backup = tmp_path / "klepet-20260501T020000Z.klepet.zip"
    backup.touch()
    made = (NOW - timedelta(hours=hours)).timestamp()
    os.utime(backup, (made, made))
    assert code in codes(examine_machine(tmp_path, tmp_path, every, None, NOW))


@pytest.mark.parametrize(
    ("planned", "code", "state"),
    [
        (PlannedJob(NOW + timedelta(hours=23, minutes=1), None, None), "backups_planned", "note"),
        (PlannedJob(NOW - timedelta(hours=1), None, None), "backups_planned", "note"),
        (PlannedJob(NOW - timedelta(hours=3), None, None), "backups_missing", "warn"),
        (PlannedJob(NOW + timedelta(hours=1), "the disk is full", None), "backups_failed", "warn"),
        (None, "backups_missing", "warn"),
    ],
)
def test_before_the_first_backup(tmp_path: Path, planned: PlannedJob | None, code: str, state: str) -> None:
    found = [one for one in examine_machine(tmp_path, tmp_path, 24, planned, NOW) if one.check is Check.BACKUPS]
    assert [(one.code, one.state.value) for one in found] == [(code, state)]
    if code == "backups_planned" and planned is not None:
        told = tell(found, "en")[0].text
        assert ("within 24 h" if planned.run_at > NOW else "within 1 h") in told


def test_a_folder_of_backups_that_nobody_can_write_to_is_found_before_the_first(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    planned = PlannedJob(NOW + timedelta(hours=23), None, None)
    for folder, code in (("file/backups", "backups_unwritable"), ("not/there/yet", "backups_planned")):
        assert code in codes(examine_machine(tmp_path, tmp_path / folder, 24, planned, NOW))


def condition(**changes: object) -> Condition:
    well = Condition(
        product="PostgreSQL",
        version="17.2",
        server_clock=NOW,
        is_current=True,
        figures=Figures(bytes=1, jobs={"parked": 0}, lags={"index_search": Lag(0, 0.0)}),
        sites=[SiteSeen("Kava", True, None)],
        epoch=EPOCH,
    )
    return msgspec.structs.replace(well, **changes)


@pytest.mark.parametrize(
    ("changes", "code", "state"),
    [
        ({"server_clock": NOW + timedelta(seconds=6)}, "clock_database", "bad"),
        ({"server_clock": NOW - timedelta(seconds=6)}, "clock_database", "bad"),
        ({"is_current": False}, "migrations_pending", "bad"),
        ({"is_current": False, "is_newer": True}, "migrations_newer", "bad"),
        ({"figures": Figures(bytes=1, jobs={"parked": 3}, lags={})}, "jobs_parked", "warn"),
        ({"figures": Figures(bytes=1, jobs={"parked": 0}, lags={"x": Lag(9, 301.0)})}, "listeners_behind", "bad"),
        ({"sites": [SiteSeen("Kava", False, None)]}, "sites_unseen", "note"),
        ({"sites": [SiteSeen("Kava", True, "https://copy.example")]}, "sites_refused", "warn"),
        ({"sites": []}, "sites_none", "note"),
    ],
)
def test_what_the_database_tells(changes: dict[str, object], code: str, state: str) -> None:
    well = codes(examine_stored(condition(), [], NOW))
    assert set(well.values()) == {"good"}
    found = codes(examine_stored(condition(**changes), [], NOW))
    assert (found[code], code in well) == (state, False)


@pytest.mark.parametrize("language", ["en", "pl", "ru", "sl"])
def test_everything_that_can_be_found_has_its_words(language: str) -> None:
    findings = [
        *examine_stored(condition(figures=Figures(bytes=1, jobs={"parked": 3}, lags={"x": Lag(9, 400.0)})), ["w"], NOW),
        *examine_stored(condition(is_current=False), [], NOW),
        *examine_stored(condition(is_current=False, is_newer=True), [], NOW),
        *unusable("why"),
        *unusable("malformed"),
        Finding(Check.ADDRESS, State.NOTE, "address_waits", {"url": "https://chat.example.com", "status": "503"}),
        Finding(Check.BACKUPS, State.GOOD, "backups_fresh", {"folder": "backups"}),
        Finding(Check.BACKUPS, State.BAD, "backups_unwritable", {"folder": "backups"}),
    ]
    for told in tell(findings, language):
        assert "{" not in told.text
        assert told.title
