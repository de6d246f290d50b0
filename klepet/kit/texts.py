"""Texts in people's languages, from catalogues `<language>/<area>.json` inside the package.

A catalogue maps a key to a text with `{name}` for what is filled in, or to such texts by plural category (CLDR: one,
few, many, other), chosen by the value `count`. The browser fills the same files by the same rules. Filling is no
Python formatting on purpose: a text can be replaced by people who must not reach attributes of objects.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from babel import Locale, negotiate_locale
from babel.numbers import format_decimal

Entry = str | Mapping[str, str]
Value = str | int | float

FALLBACK = "en"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]+)?")
_MAX_HEADER_CHARS = 500
_MAX_RANGES = 20


class MissingTextError(LookupError):
    """A key that no catalogue has, or a placeholder that was given no value."""


def installed_texts() -> Traversable:
    """Return the folder of the catalogues that came with the program."""
    return files("klepet") / "texts"


def available_languages(folder: Traversable | None = None) -> list[str]:
    """List the languages that have catalogues, English first."""
    found = [entry.name for entry in (folder or installed_texts()).iterdir() if _LANGUAGE.fullmatch(entry.name)]
    return sorted(found, key=lambda language: (language != FALLBACK, language))


class Texts:
    """The texts of one language, with English where it has none.

    A placeholder without a value stays as it is, so that a mistake does not stop a mail; with is_strict it raises.
    """

    def __init__(
        self,
        language: str,
        areas: Sequence[str] = ("server",),
        *,
        folder: Traversable | None = None,
        is_strict: bool = False,
    ) -> None:
        self.language = language
        self._is_strict = is_strict
        self._catalogues = [
            (Locale.parse(tongue, sep="-"), _read(folder, tongue, area) if folder else _read_installed(tongue, area))
            for tongue in dict.fromkeys([language, FALLBACK])
            for area in areas
        ]

    def text(self, key: str, **values: Value) -> str:
        """Return the text of a key, filled in; numbers are written as the language writes them."""
        for locale, catalogue in self._catalogues:
            entry = catalogue.get(key)
            if entry is not None:
                return self._fill(key, _choose(entry, locale, values.get("count")), locale, values)
        raise MissingTextError(f"no catalogue has the text {key!r}")

    def _fill(self, key: str, text: str, locale: Locale, values: Mapping[str, Value]) -> str:
        def fill_one(placeholder: re.Match[str]) -> str:
            value = values.get(placeholder[1])
            if value is None:
                if self._is_strict:
                    raise MissingTextError(f"the text {key!r} needs a value for {placeholder[0]}")
                return placeholder[0]
            return value if isinstance(value, str) else format_decimal(value, locale=locale)

        return _PLACEHOLDER.sub(fill_one, text)


def negotiate(accept_language: str | None, available: Sequence[str], default: str = FALLBACK) -> str:
    """Choose the language for an Accept-Language header (RFC 9110); "pl-PL" is served by "pl"."""
    ranges: list[tuple[float, str]] = []
    for part in (accept_language or "")[:_MAX_HEADER_CHARS].split(",")[:_MAX_RANGES]:
        tag, _, parameter = part.partition(";")
        quality = _quality(parameter)
        if quality > 0:
            ranges.append((quality, tag.strip()))
    ranges.sort(key=lambda weighed: -weighed[0])  # stable: equals stay in the order of the header
    preferred = [tag.lower() for _, tag in ranges if tag != "*"]
    spellings = {language.lower(): language for language in available}
    return spellings.get(negotiate_locale(preferred, spellings, sep="-") or "", default)


def _quality(parameter: str) -> float:
    matched = re.fullmatch(r"\s*q=([01](?:\.[0-9]{0,3})?)\s*", parameter)
    return float(matched[1]) if matched else 1.0


def _choose(entry: Entry, locale: Locale, count: Value | None) -> str:
    if isinstance(entry, str):
        return entry
    category = locale.plural_form(count) if isinstance(count, int | float) else "other"
    return entry.get(category) or entry["other"]


@lru_cache(maxsize=200)
def _read_installed(language: str, area: str) -> Mapping[str, Entry]:
    return _read(installed_texts(), language, area)


def _read(folder: Traversable, language: str, area: str) -> Mapping[str, Entry]:
    """Read one catalogue; another language than English may lack one."""
    try:
        content = (folder / language / f"{area}.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        if language == FALLBACK:
            raise
        return {}
    catalogue: dict[str, Entry] = json.loads(content)
    return catalogue
