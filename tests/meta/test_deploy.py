"""The examples in deploy/: they name settings and files that exist, agree with the code, and are well formed."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from klepet.model.limits import PHOTO_BYTES
from klepet.settings import Settings
from klepet.web.health import PATHS
from klepet.web.http_guard import REQUEST_BYTES

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
GUIDE = ROOT / "docs" / "deploying.md"
FILES = sorted(path.relative_to(DEPLOY).as_posix() for path in DEPLOY.rglob("*") if path.is_file())
UNITS = [f"systemd/{name}" for name in ("klepet.service", "klepet@.service")]
VARIABLE = re.compile(r"KLEPET_[A-Z_]+")
ANSWERS = {"POSTGRES_PASSWORD": "secret", "CHAT_NAME": "chat.example.com"}


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


def compose() -> dict[str, Any]:
    """The compose file, with its variables filled in."""
    filled = re.sub(r"\$\{(\w+)[^}]*\}", lambda found: ANSWERS[found[1]], text_of("container/compose.yaml"))
    parsed: dict[str, Any] = yaml.safe_load(filled)
    return parsed


def unit(name: str) -> dict[str, str]:
    """The lines of a unit's section [Service]."""
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text_of(name))
    return dict(parser["Service"])


@pytest.mark.parametrize("name", [*FILES, "../docs/deploying.md"])
def test_every_setting_that_is_named_exists(name: str) -> None:
    known = set(re.findall(r'"(KLEPET_[A-Z_]+)"', (ROOT / "klepet" / "settings.py").read_text()))
    assert set(VARIABLE.findall(text_of(name))) - known == set()


def test_the_guide_and_the_list_name_every_file() -> None:
    guide, overview = GUIDE.read_text(), text_of("README.md")
    for name in FILES:
        if name != "README.md":
            assert f"`{name}`" in overview, name
            assert f"deploy/{name}" in guide, name


@pytest.mark.parametrize("is_everything_on", [False, True])
def test_the_environment_of_the_units_is_taken(tmp_path: Path, is_everything_on: bool) -> None:
    pattern = r"^(?:# )?(KLEPET_\w+)=(.*)$" if is_everything_on else r"^(KLEPET_\w+)=(.*)$"
    environ = dict(re.findall(pattern, text_of("systemd/klepet.env"), re.MULTILINE))
    settings = Settings.load(environ)
    assert settings.public_url == "https://chat.example.com"
    assert (settings.database_url is not None) == is_everything_on
    assert not settings.is_demo
    assert "KLEPET_PORT" not in environ


def test_the_environment_of_the_containers_is_taken() -> None:
    own = dict(re.findall(r"(KLEPET_\w+)=(\S+)", text_of("container/Containerfile")))
    services = compose()["services"]
    for name in ("klepet-1", "klepet-2"):
        settings = Settings.load(own | services[name]["environment"])
        assert settings.public_url == "https://chat.example.com"
        assert settings.database_url == "postgresql://klepet:secret@database/klepet"
        assert f"{name}:{settings.port}" in text_of("container/Caddyfile")
        assert [str(one) for one in settings.trusted_proxies] == [
            config["subnet"] for config in compose()["networks"]["default"]["ipam"]["config"]
        ]


def test_the_container_copies_what_there_is_and_asks_for_its_health() -> None:
    text = text_of("container/Containerfile")
    copied = {name for line in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE) for name in line.split()}
    assert [name for name in copied if not (ROOT / name).exists()] == []
    kept = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert copied == kept
    asked = set(re.findall(r"127\.0\.0\.1:8420(/\w+)", text))
    assert asked
    assert asked <= PATHS


def test_the_units_are_the_same_but_for_the_port() -> None:
    one, several = map(unit, UNITS)
    assert several.pop("ExecStart") == one.pop("ExecStart") + " --port %i"
    assert one == several
    assert one["Type"] == "notify"


@pytest.mark.parametrize("name", UNITS)
def test_systemd_finds_nothing_wrong(tmp_path: Path, name: str) -> None:
    """Where there is no systemd the file is only parsed, in the other tests."""
    program = shutil.which("systemd-analyze")
    text = text_of(name).replace("/opt/klepet/.venv/bin/klepet", "/bin/true")
    assert "/bin/true" in text
    copy = tmp_path / name.partition("/")[2].replace("@", "@8420")
    copy.write_text(text)
    if program is not None:
        checked = subprocess.run([program, "verify", copy], capture_output=True, text=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, "")


def test_photos_of_any_size_allowed_pass_every_proxy() -> None:
    for name, pattern, unit_bytes in (
        ("nginx/klepet.conf", r"client_max_body_size (\d+)m;", 1024**2),
        ("caddy/Caddyfile", r"max_size (\d+)MB", 1000**2),
        ("container/Caddyfile", r"max_size (\d+)MB", 1000**2),
    ):
        (size,) = re.findall(pattern, text_of(name))
        assert PHOTO_BYTES < int(size) * unit_bytes <= REQUEST_BYTES, name


def test_both_examples_for_caddy_are_the_same_but_for_names_and_valid_where_there_is_a_caddy() -> None:
    mine = text_of("caddy/Caddyfile").replace("127.0.0.1:8420 127.0.0.1:8421", "klepet-1:8420 klepet-2:8420")
    mine = mine.replace("chat.example.com {", "{$CHAT_NAME} {")
    theirs = text_of("container/Caddyfile")
    assert theirs.partition("{$CHAT_NAME}")[2] == mine.partition("{$CHAT_NAME}")[2] != ""
    if (caddy := shutil.which("caddy")) is not None:
        for name in ("caddy/Caddyfile", "container/Caddyfile"):
            command = [caddy, "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / name)]
            checked = subprocess.run(command, capture_output=True, text=True, env=ANSWERS, check=False)
            assert checked.returncode == 0, checked.stderr
