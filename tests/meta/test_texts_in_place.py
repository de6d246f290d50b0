"""People's words stand in the catalogues and nowhere else, and every key that is asked for is there."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
ENGLISH = ROOT / "klepet" / "texts" / "en"
APPLICATIONS = {"console": ("console", "ui"), "widget": ("widget", "loader")}
CATALOGUES = {"console": ("console", "contacts", "settings"), "widget": ("widget",)}

ASKED = re.compile(r"""\bt\(\s*["'`]([a-z][\w]*(?:\.\w+)+)["'`]""")
WORD = re.compile(r"[^\W\d_]{2,}")
SHOWN = r"aria-label|aria-description|aria-roledescription|title|placeholder|alt|label"
ATTRIBUTE = re.compile(rf"""(?<![\w:.-])({SHOWN})\s*=\s*"([^"{{}}]*)\"""")
ASSIGNED = re.compile(
    r"""(?:\.(?:textContent|innerText|title|placeholder|alt|ariaLabel)\s*=(?!=)\s*"""
    rf"""|setAttribute\(\s*["'](?:{SHOWN})["']\s*,\s*)["'`]([^"'`$]+)["'`]"""
)
# Names are the same in every language.
NAMES = {"klepet", "API", "REST", "CSS", "URL", "JSON", "HTML", "QR", "https", "http", "www"}


def files(application, *suffixes):
    folders = APPLICATIONS[application]
    return sorted(
        path
        for folder in folders
        for path in (FRONTEND / folder).rglob("*")
        if path.suffix in suffixes and not path.name.endswith(".test.ts")
    )


def words(text):
    return [word for word in WORD.findall(text) if word not in NAMES]


def without_code(source):
    """What a reader sees between the tags of a Svelte file: no script, comment, typed command or {expression}."""
    source = re.sub(r"<(script|style|code|kbd)\b.*?</\1>|<!--.*?-->", "", source, flags=re.DOTALL)
    kept, depth = [], 0
    for letter in source:
        depth += letter == "{"
        if depth == 0:
            kept.append(letter)
        depth -= letter == "}"
    return re.sub(r"<[^>]*>|&\w+;", " ", "".join(kept))


@pytest.mark.parametrize("application", APPLICATIONS)
def test_every_key_that_is_asked_for_exists(application):
    known = {
        key
        for catalogue in CATALOGUES[application]
        for key in json.loads((ENGLISH / f"{catalogue}.json").read_text(encoding="utf-8"))
    }
    asked = {
        key: path.relative_to(FRONTEND).as_posix()
        for path in files(application, ".ts", ".svelte")
        for key in ASKED.findall(path.read_text(encoding="utf-8"))
    }
    assert {key: path for key, path in asked.items() if key not in known} == {}


@pytest.mark.parametrize("path", files("console", ".svelte"), ids=lambda path: path.relative_to(FRONTEND).as_posix())
def test_no_words_stand_in_markup(path):
    source = path.read_text(encoding="utf-8")
    markup = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", "", source, flags=re.DOTALL)
    found = words(without_code(source)) + [text for _, text in ATTRIBUTE.findall(markup) if words(text)]
    assert found == []


@pytest.mark.parametrize("application", APPLICATIONS)
def test_no_words_are_assigned_in_code(application):
    found = [
        f"{path.relative_to(FRONTEND).as_posix()}: {text}"
        for path in files(application, ".ts", ".svelte")
        for text in ASSIGNED.findall(path.read_text(encoding="utf-8"))
        if words(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "is_found"),
    [
        ("<p>Hello there</p>", True),
        ('<p>{t("a.b")} <b>klepet</b> &nbsp; 42</p>', False),
        ("<script>const x = 'a word';</script><p>{#if x > 1}{x}{/if}</p><style>p { color: red }</style>", False),
    ],
)
def test_the_search_finds_words(source, is_found):
    assert bool(words(without_code(source))) == is_found
