"""What the widget weighs, gzipped: the loader, all that opening the chat fetches together, each lazy part."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

STATIC = Path(__file__).parents[2] / "klepet" / "static"
LOADER_LIMIT = 1_024
OPENING_LIMIT = 6_144
"""The chat with its window, up to where one can write; what was said comes beside the texts."""
LAZY_LIMIT = 3_072
"""No lazy part may grow into a second chat."""


@pytest.fixture(scope="module")
def manifest() -> Any:
    return json.loads((STATIC / "manifest.json").read_text("utf-8"))


def weight(name: str) -> int:
    return len(gzip.compress((STATIC / name).read_bytes(), 9))


def test_the_loader_is_light(manifest: Any) -> None:
    assert 0 < weight(manifest["loader"]) <= LOADER_LIMIT


def test_opening_is_light(manifest: Any) -> None:
    """Every file that a browser fetches before the chat is open, however many they are."""
    opening = manifest["first"]["widget"]
    assert manifest["chat"] in opening
    assert sum(weight(name) for name in opening) <= OPENING_LIMIT


def test_no_lazy_part_is_heavy(manifest: Any) -> None:
    lazy = [name for name in manifest["widget"] if name.endswith(".js") and name not in manifest["first"]["widget"]]
    assert lazy
    assert {name: weight(name) for name in lazy if weight(name) > LAZY_LIMIT} == {}
