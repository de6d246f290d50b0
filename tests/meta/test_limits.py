"""docs/limits.md tells the limits that the code has, all of them."""

import re
from datetime import timedelta
from pathlib import Path

from klepet import app, model
from klepet.actions import bookkeeping
from klepet.kit.limits import RateLimiter
from klepet.model import limits
from klepet.model.frames import VisitorFrame
from klepet.store import sites, writer
from klepet.web import config, http_guard, poll, receipts, requests, session, socket

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
SPANS = {"a second": 1.0, "a minute": 60.0, "an hour": 3600.0}


def rows(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_rates_are_those_of_the_code():
    told = {}
    for name, burst, then, counts in rows("How often"):
        number, _, span = then.partition(" ")
        told[name.strip("`")] = (float(burst), float(number) / SPANS[span])
        assert counts
    rates = config.Rates()
    real = {name: getattr(rates, name) for name in rates.__struct_fields__}
    assert told == {name: (rate.burst, rate.per_second) for name, rate in real.items()}


def test_each_frame_of_a_visitor_has_a_limit():
    told = {row[0].strip("`"): row[2] for row in rows("What a visitor may send")}
    assert set(told) == {str(kind.__struct_config__.tag) for kind in VisitorFrame.__args__}
    assert all(told.values())
    named = set(re.findall(r"`(\w+)`", " ".join(told.values())))
    assert named <= set(config.Rates().__struct_fields__)


def test_the_sizes_are_those_of_the_code():
    told = {row[2].strip("`"): int(row[1]) for row in rows("How much")}
    real = {name: value for name, value in vars(limits).items() if name.isupper() and isinstance(value, int)}
    assert told == real


def test_numbers_in_sentences_are_those_of_the_code():
    for number, sentence in (
        (config.CONNECTIONS_PER_ADDRESS, "One address may have {} connections"),
        (requests.BODY_BYTES // 1024, "at most {} KiB"),
        (receipts.RECEIPTS_KEPT, "at most {} conversations"),
        (int(session.HELLO_SECONDS), "within {} seconds"),
        (socket.QUEUED_BYTES // 1024**2, "| frames to a client that does not read | {} MiB"),
        (session.KEPT_FRAMES, "before its welcome | {} |"),
        (poll.KEPT_ANSWERS, "not acknowledged | {}, or 8 MiB"),
        (poll.SESSIONS_MAX, "long-poll sessions | {} |"),
        (writer.QUEUE_UNITS, "wait for | {} |"),
        (writer.PATIENT_UNITS, "to write | {} |"),
        (config._MAX_KEYS, "remembers | {} each"),
        (sites.CHECKS_PER_SITE, "beyond {} of a site"),
        (http_guard.HEAD_BYTES // 1024, "its head at most {} KiB"),
        (int(http_guard.HEAD_SECONDS), "A head has {} seconds to arrive"),
        (int(http_guard.BODY_SECONDS), "a body {};"),
        (app.UNREAD_MILLISECONDS // 1000, "takes nothing for {} seconds"),
    ):
        assert sentence.format(number) in PAGE, sentence
    assert receipts.RECEIPT_SECONDS == 1.0


def test_what_is_forgotten_is_forgotten_after_what_the_page_says():
    told = {row[0]: row[1] for row in rows("What is forgotten")}
    made = config.WebConfig(public_url="http://klepet.test", data=Path())

    def days(span: timedelta) -> str:
        return f"{span.days} day" + ("s" if span.days != 1 else "")

    assert told["page views, visits and events of sites"] == days(made.measurements_kept)
    assert told["visitors who never said anything, with their contacts"].startswith(days(made.measurements_kept))
    assert told["the event log"].startswith(days(made.log_kept))
    assert told["answers kept for an `Idempotency-Key`"] == days(bookkeeping.ANSWERS_KEPT)
    assert told["one-time links, and deliveries of webhooks"] == days(bookkeeping.LINKS_KEPT)
    assert bookkeeping.LINKS_KEPT == bookkeeping.DELIVERIES_KEPT
    assert told["sessions"] == f"{days(made.session_idle)} unused, {days(made.session_absolute)} in all"


def test_nothing_is_remembered_without_a_bound():
    """Module-level caches in the server are bounded, and rate limiters forget."""
    package = Path(model.__file__).parents[1]
    unbounded = []
    for path in sorted(package.rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"lru_cache\(\s*(maxsize=)?None", line):
                unbounded.append(f"{path.relative_to(package)}:{number}")
    assert unbounded == []
    limiter = RateLimiter(1, 1, max_keys=10)
    for number in range(1_000):
        limiter.take(str(number), 0.0)
    assert len(limiter) <= 10
