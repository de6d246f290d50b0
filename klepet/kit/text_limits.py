"""Text that people send, made fit to be stored and shown.

Controls for the direction of writing are kept, because right-to-left writers need them; whoever shows a text isolates
it from its surroundings (`dir="auto"` or `<bdi>`), as an unfinished one would otherwise turn what follows.
"""

import re
import unicodedata

_NEWLINES = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
# Control characters but tab and newline, halves of surrogate pairs, and what Unicode keeps free of characters.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_BLANK_START = re.compile(r"\A(?:[^\S\n]*\n)+")
_SPACES = re.compile(r"\s+")


class TextError(ValueError):
    """A text that cannot be taken."""


class TextEmptyError(TextError):
    """Nothing that could be seen."""


class TextTooLongError(TextError):
    """More characters than allowed; `limit` says how many are."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a text may have at most {limit} characters here")
        self.limit = limit


def clean_text(text: str, max_chars: int) -> str:
    """Return a text with newlines as \\n, without unfit characters and blank lines around it; spaces inside stay."""
    cleaned = _UNFIT.sub("", _NEWLINES.sub("\n", text))
    return _checked(_BLANK_START.sub("", cleaned).rstrip(), max_chars)


def clean_line(text: str, max_chars: int) -> str:
    """Return a text of one line, such as a name, with single spaces."""
    return _checked(_SPACES.sub(" ", _UNFIT.sub("", _NEWLINES.sub(" ", text))).strip(), max_chars)


def _checked(text: str, max_chars: int) -> str:
    if len(text) > max_chars:
        raise TextTooLongError(max_chars)
    if not any(_is_visible(character) for character in text):
        raise TextEmptyError("a text needs at least one visible character")
    return text


def _is_visible(character: str) -> bool:
    """Tell letters, digits, signs and emoji from spaces, joiners and marks that stand for nothing alone."""
    if character in "\u115f\u1160\u3164\uffa0\u2800":  # letters and signs that are drawn as nothing
        return False
    return unicodedata.category(character)[0] in "LNPS"
