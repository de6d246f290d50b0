"""What the widget's files weigh, gzipped: the goals, below the hard limits, and what opening costs in all."""

import gzip
import json
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "klepet" / "static"
LOADER_GOAL = 1_024
CHAT_GOAL = 6_144
WINDOW_GOAL = 6_144
OPENING_LIMIT = 9_216
LAZY_LIMIT = 3_072
"""No lazy part may grow into a second chat."""


def weights() -> dict[str, int]:
    """Bytes by name without the hash: `chat`, `view`, `menu`."""
    manifest = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    names = [manifest["loader"], *manifest["widget"]]
    return {
        Path(name).name.split("-")[0].removesuffix(".js"): len(gzip.compress((STATIC / name).read_bytes(), 9))
        for name in names
        if name.endswith(".js")
    }


@pytest.mark.parametrize(("part", "goal"), [("w", LOADER_GOAL), ("chat", CHAT_GOAL), ("view", WINDOW_GOAL)])
def test_the_goals_are_met(part: str, goal: int) -> None:
    assert 0 < weights()[part] <= goal


def test_opening_is_light() -> None:
    assert weights()["chat"] + weights()["view"] <= OPENING_LIMIT


def test_no_lazy_part_is_heavy() -> None:
    heavy = {name: size for name, size in weights().items() if name not in {"chat", "view"} and size > LAZY_LIMIT}
    assert heavy == {}
