"""Texts: plurals, filling, fallback, and the choice of a language."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klepet.kit.texts import MissingTextError, Texts, available_languages, installed_texts, negotiate

CATALOGUES: dict[str, dict[str, object]] = {
    "en": {
        "mail.hello": "Hello {name}",
        "mail.only_english": "Only {count} here",
        "mail.waiting": {
            "one": "{count} person waits",
            "other": "{count} people wait",
        },
    },
    "pl": {
        "mail.hello": "Cześć, {name}",
        "mail.waiting": {
            "one": "{count} osoba",
            "few": "{count} osoby",
            "many": "{count} osób",
            "other": "{count} osoby",
        },
    },
    "ru": {
        "mail.hello": "Здравствуйте, {name}",
        "mail.waiting": {
            "one": "{count} человек",
            "few": "{count} человека",
            "many": "{count} человек",
            "other": "{count} человека",
        },
    },
    "sl": {
        "mail.hello": "Pozdravljeni, {name}",
        "mail.waiting": {
            "one": "{count} oseba",
            "two": "{count} osebi",
            "few": "{count} osebe",
            "other": "{count} oseb",
        },
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for language, catalogue in CATALOGUES.items():
        (tmp_path / language).mkdir()
        (tmp_path / language / "server.json").write_text(json.dumps(catalogue), encoding="utf-8")
    (tmp_path / "en" / "extra.json").write_text('{"extra.key": "Extra"}', encoding="utf-8")
    (tmp_path / "README.md").touch()
    (tmp_path / "__pycache__").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("language", "count", "expected"),
    [
        ("en", 0, "0 people wait"),
        ("en", 1, "1 person waits"),
        ("en", 12_345, "12,345 people wait"),
        ("pl", 1, "1 osoba"),
        ("pl", 2, "2 osoby"),
        ("pl", 5, "5 osób"),
        ("pl", 12, "12 osób"),
        ("pl", 22, "22 osoby"),
        ("pl", 1.5, "1,5 osoby"),
        ("ru", 1, "1 человек"),
        ("ru", 3, "3 человека"),
        ("ru", 11, "11 человек"),
        ("ru", 21, "21 человек"),
        ("sl", 1, "1 oseba"),
        ("sl", 2, "2 osebi"),
        ("sl", 3, "3 osebe"),
        ("sl", 5, "5 oseb"),
        ("sl", 101, "101 oseba"),
    ],
)
def test_plurals(folder: Path, language: str, count: float, expected: str) -> None:
    assert Texts(language, folder=folder).text("mail.waiting", count=count) == expected


def test_filling(folder: Path) -> None:
    texts = Texts("pl", folder=folder)
    assert texts.language == "pl"
    assert texts.text("mail.hello", name="Łukasz", unused="x") == "Cześć, Łukasz"


def test_values_are_not_filled_in_again(folder: Path) -> None:
    texts = Texts("en", folder=folder, is_strict=True)
    assert texts.text("mail.hello", name="{name} {other} {0.__class__} %s") == "Hello {name} {other} {0.__class__} %s"


def test_a_replaced_text_reaches_no_attributes(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "server.json").write_text('{"a": "{name.__class__} {name[0]} {} {name}"}')
    assert Texts("en", folder=tmp_path).text("a", name="N") == "{name.__class__} {name[0]} {} N"


def test_english_where_the_language_has_none(folder: Path) -> None:
    assert Texts("pl", folder=folder).text("mail.only_english", count=12_345) == "Only 12,345 here"
    assert Texts("pl", ["server", "extra"], folder=folder).text("extra.key") == "Extra"
    assert Texts("de", folder=folder).text("mail.hello", name="N") == "Hello N"


def test_a_plural_without_a_count_is_other(folder: Path) -> None:
    assert Texts("en", folder=folder).text("mail.waiting") == "{count} people wait"


def test_missing_values(folder: Path) -> None:
    assert Texts("en", folder=folder).text("mail.hello") == "Hello {name}"
    with pytest.raises(MissingTextError, match=r"mail\.hello.*\{name\}"):
        Texts("en", folder=folder, is_strict=True).text("mail.hello")


def test_missing_keys(folder: Path) -> None:
    with pytest.raises(MissingTextError, match=r"mail\.nothing"):
        Texts("pl", folder=folder).text("mail.nothing")


def test_missing_english_catalogue(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Texts("pl", ["nothing"], folder=folder)


def test_available_languages(folder: Path) -> None:
    assert available_languages(folder) == ["en", "pl", "ru", "sl"]


def test_the_installed_catalogues_can_be_used() -> None:
    languages = available_languages()
    assert {"en", "pl", "ru", "sl"} <= set(languages)
    areas = {entry.name.removesuffix(".json") for entry in (installed_texts() / "en").iterdir()}
    keys = [key for area in areas for key in json.loads((installed_texts() / "en" / f"{area}.json").read_text("utf-8"))]
    for language in languages:
        texts = Texts(language, sorted(areas))
        assert all(isinstance(texts.text(key, count=2), str) for key in keys)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "en"),
        ("", "en"),
        ("pl", "pl"),
        ("pl-PL,pl;q=0.9,en;q=0.8", "pl"),
        ("PL-pl", "pl"),
        ("Sl", "sl"),
        ("de-DE,de;q=0.9,sl;q=0.5,en;q=0.1", "sl"),
        ("en;q=0.2, ru ; q=0.9", "ru"),
        ("sl;q=0,ru;q=0.1", "ru"),
        ("ru,sl", "ru"),
        ("*", "en"),
        ("de, *;q=0.5", "en"),
        ("de", "en"),
        ("zh-Hant-TW,ru-RU-x-private;q=0.3", "ru"),
        (";;;,,,;q=x", "en"),
        ("pl;q=nan,ru;q=0.9", "pl"),
        ("x" * 100_000 + ",pl", "en"),
        (",".join(["de"] * 100_000) + ",pl", "en"),
        ("../../etc/passwd", "en"),
    ],
)
def test_negotiates(header: str | None, expected: str) -> None:
    assert negotiate(header, ["en", "pl", "ru", "sl"]) == expected


def test_regions_are_available_too() -> None:
    assert negotiate("pt-br", ["en", "pt-BR"]) == "pt-BR"
    assert negotiate("pt-PT", ["en", "pt"]) == "pt"


def test_the_default_is_the_callers() -> None:
    assert negotiate("de", ["en", "sl"], default="sl") == "sl"


@given(st.text(max_size=60))
def test_any_header_gives_an_available_language(header: str) -> None:
    assert negotiate(header, ["en", "pl", "ru", "sl"]) in {"en", "pl", "ru", "sl"}
