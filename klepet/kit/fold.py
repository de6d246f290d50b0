"""One folding of text for search, the same for what is stored and for what is asked, on every database.

Case, marks and the spelling of special letters disappear: "Łódź" and "LODZ" fold to the same word, as do "ещё" and
"еще", "й" and "и", "Straße" and "STRASSE". An umlaut loses its dots: "für" is found by "fur", not by "fuer".
Each character folds by itself, so folding a part of a text gives that part of the folded text.
Scripts written without spaces (Chinese, Thai) give one long word per sentence, found only by its beginning.
"""

import re
import unicodedata

MAX_WORD_CHARS = 64
MAX_WORDS = 500

# Letters that Unicode does not take apart, although people type them as the letters on the right.
_LETTERS = {
    "ł": "l", "đ": "d", "ð": "d", "ø": "o", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ŋ": "n", "ı": "i", "ȷ": "j",
    "þ": "th", "ɨ": "i", "ƶ": "z", "ƀ": "b", "ǥ": "g", "ɫ": "l", "ə": "e", "ĸ": "k", "ґ": "г", "ў": "у",
}  # fmt: skip
_ZERO_WIDTH_SPACE = "\u200b"
_CACHED_BELOW = 0x3000  # Latin, Greek, Cyrillic, Hebrew, Arabic, punctuation; bounds the table whatever is written
_WORD = re.compile(r"[^\W_]+")


def _fold_character(character: str) -> str:
    """Fold one character until it no longer changes."""
    if character == _ZERO_WIDTH_SPACE:
        return " "
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    # Marks (M*) go; so do format characters (Cf), such as soft hyphens in the middle of a word.
    kept = (part for part in folded if unicodedata.category(part)[0] != "M" and unicodedata.category(part) != "Cf")
    result = "".join(_LETTERS.get(part, part) for part in kept)
    return result if result == character else "".join(map(_fold_character, result))


class _Foldings(dict[int, str]):
    """The table of str.translate, filled as characters are met."""

    def __missing__(self, code_point: int) -> str:
        folded = _fold_character(chr(code_point))
        if code_point < _CACHED_BELOW:
            self[code_point] = folded
        return folded


_foldings = _Foldings()


def fold(text: str) -> str:
    """Fold case, marks and special letters away; folding twice changes nothing more."""
    return text.lower() if text.isascii() else text.translate(_foldings)


def words(text: str, max_words: int = MAX_WORDS) -> list[str]:
    """List the folded words of a text in order: letters and digits, each word cut at 64 characters."""
    return [word[:MAX_WORD_CHARS] for word in _WORD.findall(fold(text))[:max_words]]
