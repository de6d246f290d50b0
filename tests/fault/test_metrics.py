"""What /metrics says of a real server on either engine: what happened, counted."""

import asyncio
import re
from collections.abc import Callable

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from tests.fault.clients import Client, connected, settle
from tests.fault.server import Server
from tests.postgres import PostgresServer

pytestmark = pytest.mark.timeout(400)  # seconds on a busy machine

TOKEN = "metrics-token-of-the-tests"
WRITERS = 3


def figures(server: Server) -> dict[str, float]:
    """Every sample by its name and labels."""
    headers = {"authorization": f"Bearer {TOKEN}"}
    answer = httpx.get(f"{server.url}/metrics", headers=headers, timeout=60)
    return {
        sample.name + "".join(f" {value}" for _, value in sorted(sample.labels.items())): sample.value
        for family in text_format(answer.text)
        for sample in family.samples
    }


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_happens_is_counted(
    make_server: Callable[..., Server], request: pytest.FixtureRequest, engine: str
) -> None:
    settings = {"KLEPET_METRICS_TOKEN": TOKEN}
    if engine == "postgresql":
        settings["KLEPET_DATABASE"] = request.getfixturevalue("postgres").create()
    server = make_server(**settings)
    writers = [
        Client(server.socket_url, "/w/socket", f"visitor-{number}", {"site": server.site["key"]})
        for number in range(WRITERS)
    ]
    before = figures(server)
    assert before["klepet_messages_stored_total visitor"] == 0
    assert before["klepet_refused_total internal session"] == before["klepet_rate_limited_total visitor"] == 0

    async def story() -> dict[str, float]:
        async with connected(writers):
            for writer in writers:
                writer.send()
            await settle(writers)
            return await asyncio.to_thread(figures, server)

    during = asyncio.run(story())
    sent = sum(len(writer.acked) for writer in writers)
    assert during["klepet_messages_stored_total visitor"] == sent >= WRITERS
    assert during["klepet_message_stored_seconds_count"] == sent
    assert 0 < during["klepet_message_stored_seconds_sum"] < sent * 60
    assert during["klepet_message_stored_seconds_bucket +Inf"] == sent
    assert during["klepet_connections visitor picows"] == WRITERS
    assert during["klepet_batch_units_count"] > before["klepet_batch_units_count"]
    assert during["klepet_events_handed_on_total"] > sent
    assert during["klepet_event_deliveries_total"] >= sent
    assert during["klepet_database_up"] == 1
    assert during["klepet_database_bytes"] > 100_000
    assert during["klepet_jobs parked"] == 0
    assert during["klepet_writer_waiting urgent"] >= 0
    assert during["klepet_read_wait_seconds_count"] > 0
    assert during["process_resident_memory_bytes"] > 1e7

    assert httpx.get(f"{server.url}/api/v1/me").status_code == 401
    after = figures(server)
    assert after["klepet_refused_total sign_in_required http"] == 1
    assert after["klepet_connections visitor picows"] == 0
    assert not any(value < 0 for value in after.values())


def test_both_formats_are_those_that_prometheus_reads(make_server: Callable[..., Server]) -> None:
    server = make_server(KLEPET_METRICS_TOKEN=TOKEN)
    accept = "application/openmetrics-text; version=1.0.0"
    headers = {"authorization": f"Bearer {TOKEN}", "accept": accept}
    answer = httpx.get(f"{server.url}/metrics", headers=headers, timeout=60)
    assert answer.headers["content-type"].startswith(accept)
    families = {family.name: family for family in open_metrics(answer.text)}
    assert families["klepet_message_stored_seconds"].type == "histogram"
    assert families["klepet_messages_stored"].type == "counter"
    assert all(family.documentation for family in families.values())
    assert re.search(r"# EOF\n$", answer.text)


def test_a_database_that_is_away_is_a_figure(make_server: Callable[..., Server], postgres: PostgresServer) -> None:
    server = make_server(KLEPET_METRICS_TOKEN=TOKEN, KLEPET_DATABASE=postgres.create())
    postgres.stop()
    try:
        found = figures(server)
    finally:
        postgres.start()
    assert found["klepet_database_up"] == 0
    assert "klepet_database_bytes" not in found
    assert found["klepet_batch_units_count"] > 0, "what was counted is there all the same"
