"""A klepet that could not begin ends cleanly, and one that runs goes on with what it does all the time."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from klepet import app
from klepet.app import Klepet
from klepet.kit.clock import SystemClock
from klepet.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, new_database: Callable[[], str | None], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a klepet without routes, which take long to build."""
    monkeypatch.setattr(app, "asgi_app", lambda *parts: None)
    place = new_database() or ""
    return Settings.load({"KLEPET_DATA": str(tmp_path), "KLEPET_DATABASE": place, "KLEPET_DEMO": "0"})


@pytest.mark.parametrize("name", ["follow", "read"])
def test_what_could_not_begin_ends_cleanly(settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async def fail(*given: object, **options: object) -> None:
        raise OSError("the database is gone")

    async def begin_and_end() -> None:
        klepet = Klepet(settings, SystemClock())
        try:
            with monkeypatch.context() as broken:
                broken.setattr(klepet.db, name, fail)
                with pytest.raises(OSError, match="the database is gone"):
                    await klepet.open()
        finally:
            await klepet.close()
        assert not klepet.db._writer._thread.is_alive()

    asyncio.run(begin_and_end())


def test_sweeping_goes_on_after_a_failure(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "SWEEP_SECONDS", 0.001)
    swept = 0

    async def play() -> None:
        gone_on = asyncio.Event()

        def sweep() -> None:
            nonlocal swept
            swept += 1
            if swept == 1:
                raise RuntimeError("this sweep fails")
            gone_on.set()

        klepet = Klepet(settings, SystemClock())
        await klepet.open()
        try:
            klepet.desk.sweepers.append(sweep)
            async with asyncio.timeout(30):
                await gone_on.wait()
        finally:
            await klepet.close()

    asyncio.run(play())
