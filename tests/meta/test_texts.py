"""The catalogues: the same keys in every language, the plural forms each language needs, the same placeholders."""

import json
import re
from pathlib import Path

import pytest
from babel import Locale

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "klepet" / "texts"
LANGUAGES = ("en", "pl", "ru", "sl")
CATALOGUES = sorted(path.stem for path in (TEXTS / "en").glob("*.json"))
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def texts(language, catalogue):
    pairs = json.loads((TEXTS / language / f"{catalogue}.json").read_text(encoding="utf-8"), object_pairs_hook=unique)
    assert isinstance(pairs, dict)
    return pairs


def unique(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"twice: {sorted({key for key in keys if keys.count(key) > 1})}"
    return dict(pairs)


def placeholders(text):
    forms = text.values() if isinstance(text, dict) else [text]
    return {name for form in forms for name in PLACEHOLDER.findall(form)}


def test_the_server_lists_the_languages_in_one_place():
    listed = ", ".join(f'"{language}"' for language in LANGUAGES)
    sources = sorted((ROOT / "klepet").rglob("*.py"))
    assert [path.name for path in sources if listed in path.read_text(encoding="utf-8")] == ["app.py"]


def test_the_catalogues_are_the_known_ones():
    assert sorted(path.name for path in TEXTS.iterdir() if path.is_dir()) == sorted(LANGUAGES)
    for language in LANGUAGES:
        assert sorted(path.stem for path in (TEXTS / language).glob("*.json")) == CATALOGUES


@pytest.mark.parametrize("catalogue", CATALOGUES)
@pytest.mark.parametrize("language", LANGUAGES)
class TestCatalogue:
    def test_has_the_keys_of_english(self, language, catalogue):
        english, own = texts("en", catalogue), texts(language, catalogue)
        assert {"missing": sorted(english.keys() - own.keys()), "extra": sorted(own.keys() - english.keys())} == {
            "missing": [],
            "extra": [],
        }

    def test_keys_are_well_formed_and_texts_not_empty(self, language, catalogue):
        for key, text in texts(language, catalogue).items():
            assert KEY.fullmatch(key), key
            for form in text.values() if isinstance(text, dict) else [text]:
                assert form.strip() == form != "", key

    def test_plurals_have_the_forms_of_the_language(self, language, catalogue):
        needed = set(Locale(language).plural_form.tags) | {"other"}
        english = texts("en", catalogue)
        for key, text in texts(language, catalogue).items():
            assert isinstance(text, dict) == isinstance(english[key], dict), key
            if isinstance(text, dict):
                assert set(text) == needed, key

    def test_placeholders_are_those_of_english(self, language, catalogue):
        english = texts("en", catalogue)
        for key, text in texts(language, catalogue).items():
            assert placeholders(text) == placeholders(english[key]), key


SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for folder, patterns in {"klepet": ["*.py"], "frontend": ["*.ts", "*.svelte"]}.items()
    for pattern in patterns
    for path in sorted((ROOT / folder).rglob(pattern))
    if "node_modules" not in path.parts and "protocol" not in path.parts and not path.name.endswith(".test.ts")
)
WORDS = set(re.findall(r"[\"'`]([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)[\"'`]", SOURCES))
STEMS = tuple(set(re.findall(r"[\"'`]([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*\.[a-z0-9_]*)(?:\$\{|\{|[\"']\s*\+)", SOURCES)))


@pytest.mark.parametrize("catalogue", CATALOGUES)
def test_every_text_is_used(catalogue):
    """A key is written out somewhere in the sources, or built there from a stem and a name: `stem.${name}`."""
    unused = [key for key in texts("en", catalogue) if key not in WORDS and not (STEMS and key.startswith(STEMS))]
    assert unused == []
