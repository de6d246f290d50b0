"""What may happen to PostgreSQL and the way to it, under two processes that serve: visitors at one, operators at the
other, each behind a proxy of its own. Each cause comes while people talk; afterwards all is well within seconds.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.fault.crowd import IS_LONG, RECOVERY_SECONDS, Crowd
from tests.fault.proxy import AtTheBeginning, HeldCommits, LostAnswers, LostNotices, Proxy, Rule
from tests.fault.server import Server
from tests.postgres import PostgresServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800 if IS_LONG else 300)]

TIMES = 5 if IS_LONG else 1
PAIRS = 6 if IS_LONG else 3
IDLE_SECONDS = 3.0
"""What a process that does nothing may hold up the others, as docs/faults.md says."""
CUT_OFF_SECONDS = 12.0
"""Longer than anything waits for an answer."""


@dataclass
class World:
    """Two servers, the proxy of each, the database and the people."""

    postgres: PostgresServer
    proxies: tuple[Proxy, Proxy]
    first: Server
    second: Server
    crowd: Crowd

    def rule(self, make: Callable[[], Rule]) -> None:
        """Give both proxies such a rule."""
        for proxy in self.proxies:
            proxy.rule = make()


@pytest.fixture
def world(make_server: Callable[..., Server], postgres: PostgresServer) -> Iterator[World]:
    proxies = (Proxy(postgres.port), Proxy(postgres.port))
    url = postgres.create()
    first = make_server(KLEPET_DATABASE=proxies[0].url(url))
    second = make_server(beside=first, KLEPET_DATABASE=proxies[1].url(url))
    yield World(postgres, proxies, first, second, Crowd(first, second, pairs=PAIRS))
    first.close()
    second.close()
    for proxy in proxies:
        proxy.close()


async def restarted(world: World) -> None:
    await asyncio.to_thread(world.postgres.stop, "fast")
    await asyncio.to_thread(world.postgres.start)


async def shut_down(world: World) -> None:
    await asyncio.to_thread(world.postgres.stop, "fast")
    try:
        await asyncio.sleep(6)
        acked = [len(client.acked) for client in world.crowd.everyone]
        await asyncio.sleep(0.5)
        assert acked == [len(client.acked) for client in world.crowd.everyone], "acknowledged without a database"
    finally:
        await asyncio.to_thread(world.postgres.start)


async def paused(world: World) -> None:
    stop_all(world.postgres, signal.SIGSTOP)
    try:
        await asyncio.sleep(1 if not IS_LONG else 6)
    finally:
        stop_all(world.postgres, signal.SIGCONT)


async def paused_for_long(world: World) -> None:
    stop_all(world.postgres, signal.SIGSTOP)
    try:
        await asyncio.sleep(CUT_OFF_SECONDS)
    finally:
        stop_all(world.postgres, signal.SIGCONT)


def stop_all(postgres: PostgresServer, number: signal.Signals) -> None:
    """Give every process of the database this signal, the first one first."""
    found = subprocess.run(["pgrep", "-P", str(postgres.pid)], capture_output=True, text=True, check=False)
    for pid in [postgres.pid, *map(int, found.stdout.split())]:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


async def reset(world: World) -> None:
    for proxy in world.proxies:
        proxy.cut()


async def unreachable(world: World) -> None:
    for proxy in world.proxies:
        proxy.is_refusing = True
        proxy.cut()
    await asyncio.sleep(4)
    for proxy in world.proxies:
        proxy.is_refusing = False


async def black_hole(world: World) -> None:
    for proxy in world.proxies:
        proxy.is_silent = True
        proxy.forget()
    await asyncio.sleep(CUT_OFF_SECONDS)
    for proxy in world.proxies:
        proxy.is_silent = False


async def one_is_cut_off(world: World) -> None:
    one, other = world.proxies[1], world.crowd.visitors
    one.is_silent = True
    one.forget()
    try:
        await world.crowd.until_heard(other, IDLE_SECONDS + RECOVERY_SECONDS)
        await asyncio.sleep(CUT_OFF_SECONDS)
        await world.crowd.until_heard(other, RECOVERY_SECONDS)
    finally:
        one.is_silent = False


async def half_open(world: World) -> None:
    for proxy in world.proxies:
        proxy.hang_up_behind()
    await asyncio.sleep(CUT_OFF_SECONDS)


async def answers_to_commits_lost(world: World) -> None:
    lost = [LostAnswers(3), LostAnswers(3)]
    for proxy, rule in zip(world.proxies, lost, strict=True):
        proxy.rule = rule
    ends = asyncio.get_running_loop().time() + 10 * RECOVERY_SECONDS
    while any(rule.left for rule in lost):
        assert asyncio.get_running_loop().time() < ends
        await asyncio.sleep(0.05)
    world.rule(Rule)


async def a_commit_held(world: World) -> None:
    await hold(world, is_answer=False)


async def an_answer_held(world: World) -> None:
    await hold(world, is_answer=True)


async def hold(world: World, *, is_answer: bool) -> None:
    """A commit of the second process is held for 5 seconds; the first one's go on."""
    seconds = 5.0
    rule = world.proxies[1].rule = HeldCommits(seconds, is_answer=is_answer)
    assert await asyncio.to_thread(rule.is_holding.wait, 30)
    others = world.crowd.visitors
    # A transaction that is only held is ended by the server; one that is committed holds up nobody.
    waited = await world.crowd.until_heard(others, (0 if is_answer else IDLE_SECONDS) + RECOVERY_SECONDS)
    print(f"others went on after {waited:.2f} s")
    await asyncio.sleep(max(0, seconds - waited))
    world.rule(Rule)


async def a_process_stopped(world: World) -> None:
    """The second process stops in the middle of a batch, which holds the log's row."""
    process = world.second.process
    assert process is not None
    rule = world.proxies[1].rule = AtTheBeginning(lambda: process.send_signal(signal.SIGSTOP))
    try:
        assert await asyncio.to_thread(rule.is_done.wait, 30)
        waited = await world.crowd.until_heard(world.crowd.visitors, IDLE_SECONDS + RECOVERY_SECONDS)
        print(f"others went on after {waited:.2f} s")
        await asyncio.sleep(IDLE_SECONDS)
    finally:
        process.send_signal(signal.SIGCONT)
        world.rule(Rule)


async def notices_lost(world: World) -> None:
    """They are still, while everybody has to hear everything."""
    world.rule(LostNotices)
    await asyncio.sleep(0.5)


Cause = Callable[[World], Awaitable[None]]
QUICK: list[Cause] = [reset, answers_to_commits_lost, notices_lost, paused, restarted, a_process_stopped]
SLOW: list[Cause] = [
    shut_down,
    paused_for_long,
    unreachable,
    black_hole,
    one_is_cut_off,
    half_open,
    a_commit_held,
    an_answer_held,
]


async def live_through(world: World, causes: list[Cause]) -> None:
    async with world.crowd.gathered():
        for cause in causes:
            async with world.crowd.talking():
                await asyncio.sleep(0.2)
                await cause(world)
            await world.crowd.recover(cause.__name__)
            for proxy in world.proxies:
                assert not isinstance(proxy.rule, LostNotices) or proxy.rule.lost > 0
            world.rule(Rule)


@pytest.mark.long
@pytest.mark.parametrize("cause", [*QUICK, *SLOW], ids=lambda cause: cause.__name__)
def test_nothing_is_lost_and_all_is_well_in_seconds(world: World, cause: Cause) -> None:
    asyncio.run(live_through(world, [cause] * TIMES))


def test_quick_troubles_one_after_another(world: World) -> None:
    asyncio.run(live_through(world, QUICK))
