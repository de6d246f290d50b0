"""Settings that make no sense keep klepet from starting, and are named; secrets among them are not shown."""

from pathlib import Path

import pytest

from klepet.cli import main
from klepet.kit.logs import LogLevel, LogStyle
from klepet.settings import VARIABLES, Settings, SettingsError, unknown_settings

TOKEN = "a-token-of-enough-signs"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("KLEPET_LOG", "xml", "text or json"),
        ("KLEPET_LOG_LEVEL", "chatty", "debug or info or warning or error"),
        ("KLEPET_SOCKETS", "carrier-pigeon", "picows or uvicorn"),
        ("KLEPET_DRAIN_SECONDS", "301", "0 to 300"),
        ("KLEPET_DRAIN_SECONDS", "-1", "0 to 300"),
        ("KLEPET_DRAIN_SECONDS", "٣", "0 to 300"),
        ("KLEPET_METRICS_TOKEN", "short", "16 to 200"),
        ("KLEPET_METRICS_TOKEN", "x" * 201, "16 to 200"),
        ("KLEPET_METRICS_TOKEN", "two words of a token", "no space"),
        ("KLEPET_METRICS_TOKEN", "żółte-znaki-w-żetonie", "16 to 200"),
    ],
)
def test_what_makes_no_sense_is_named(variable: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.load({variable: value})
    assert variable in str(refused.value)
    assert said in str(refused.value)
    if variable == "KLEPET_METRICS_TOKEN":
        assert value not in str(refused.value)


def test_what_makes_sense_is_taken() -> None:
    given = {"KLEPET_LOG": "JSON", "KLEPET_LOG_LEVEL": "debug", "KLEPET_DRAIN_SECONDS": "300"}
    settings = Settings.load(given | {"KLEPET_METRICS_TOKEN": TOKEN})
    assert (settings.log_style, settings.log_level) == (LogStyle.JSON, LogLevel.DEBUG)
    assert (settings.drain_seconds, settings.metrics_token) == (300, TOKEN)
    plain = Settings.load({})
    assert (plain.log_style, plain.log_level) == (LogStyle.TEXT, LogLevel.INFO)
    assert (plain.drain_seconds, plain.metrics_token) == (0, None)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://klepet:p@ss@db.example/klepet",
        "postgresql://klepet:pa/ss@db.example/klepet",
        "postgresql://klepet:pa#ss@db.example/klepet",
        "postgresql://klepet:pa?ss@db.example/klepet",
        "postgresql://klepet:pa[ss@db.example/klepet",
    ],
)
def test_a_password_with_signs_of_addresses_is_not_taken_for_a_host(address: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.load({"KLEPET_DATABASE": address})
    assert "%40" in str(refused.value)
    assert "ss" not in str(refused.value).replace("password", "").replace("address", "")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://klepet:p%40ss@db.example:5433/klepet?sslmode=require",
        "postgresql:///klepet?host=/run/postgresql",
        "postgresql://klepet@[::1]/klepet",
        "postgres://one.example:5432,two.example:5433/klepet",
    ],
)
def test_addresses_of_postgresql_are_taken_as_they_are(address: str) -> None:
    assert Settings.load({"KLEPET_DATABASE": address}).database_url == address


def test_a_misspelt_setting_is_named() -> None:
    given = {"KLEPET_PROT": "1", "KLEPET_DATABASE_URL": "", "KLEPET_ZZZ": "", "KLEPET_TEST_X": "", "PATH": ""}
    assert unknown_settings({**dict.fromkeys(VARIABLES, ""), **given}) == [
        "KLEPET_DATABASE_URL is no setting of klepet; KLEPET_DATABASE is one",
        "KLEPET_PROT is no setting of klepet; KLEPET_PORT is one",
        "KLEPET_ZZZ is no setting of klepet",
    ]


def test_every_setting_that_is_read_is_known() -> None:
    asked: set[str] = set()

    class Asked(dict[str, str]):
        def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
            asked.add(name)
            return default

    Settings.load(Asked())
    assert asked == VARIABLES


def test_commands_name_a_misspelt_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KLEPET_DATA", str(tmp_path))
    monkeypatch.setenv("KLEPET_RATE_SCALES", "2")
    assert main(["check-config"]) == 0
    said = capsys.readouterr()
    assert said.err == "klepet: KLEPET_RATE_SCALES is no setting of klepet; KLEPET_RATE_SCALE is one\n"
    assert "data folder:" in said.out


def test_check_config_shows_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KLEPET_DATA", str(tmp_path))
    monkeypatch.setenv("KLEPET_METRICS_TOKEN", TOKEN)
    assert main(["check-config"]) == 0
    said = capsys.readouterr().out
    assert "for who has the token" in said
    assert TOKEN not in said
