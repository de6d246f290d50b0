"""What the front end may weigh, gzipped, measured on the files that klepet serves."""

import gzip
import json
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "klepet" / "static"
LOADER_LIMIT = 1_024
CHAT_LIMIT = 6_144
CONSOLE_LIMIT = 120_000


@pytest.fixture(scope="module")
def manifest():
    """What the last build wrote."""
    return json.loads((STATIC / "manifest.json").read_text())


def weight(name: str) -> int:
    return len(gzip.compress((STATIC / name).read_bytes(), 9))


def test_the_loader_is_light(manifest):
    assert 0 < weight(manifest["loader"]) <= LOADER_LIMIT


def test_the_chat_is_light(manifest):
    """Everything the browser fetches when the chat opens: the module and what it imports at once."""
    assert 0 < sum(weight(name) for name in manifest["first"]["widget"]) <= CHAT_LIMIT


def test_the_first_screen_of_the_console_is_light(manifest):
    assert 0 < sum(weight(name) for name in manifest["first"]["console"]) <= CONSOLE_LIMIT


def test_the_loader_knows_the_chat(manifest):
    assert manifest["chat"] in (STATIC / manifest["loader"]).read_text()


def test_every_text_file_is_there_compressed():
    texts = [path for path in STATIC.rglob("*") if path.suffix in {".js", ".css", ".html", ".svg"}]
    assert texts
    for path in texts:
        assert gzip.decompress(path.with_name(path.name + ".gz").read_bytes()) == path.read_bytes(), path
        assert path.with_name(path.name + ".br").stat().st_size > 0, path


def test_nothing_built_asks_a_stranger():
    """The built widget names no server: everything it fetches comes from where it was loaded."""
    for path in [STATIC / "w.js", *(STATIC / "widget").glob("*.js")]:
        addresses = [word for word in path.read_text().split("://")[1:] if not word.startswith(("www.w3.org/",))]
        assert not [word[:40] for word in addresses if word[:1].isalnum()], path
