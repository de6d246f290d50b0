"""Texts: what is taken out, what stays, and what is refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klepet.kit.text_limits import TextEmptyError, TextError, TextTooLongError, clean_line, clean_text

anything = st.text(st.characters(), max_size=80)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("Zażółć\r\ngęślą\rjaźń", "Zażółć\ngęślą\njaźń"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a\nb\nc\nd\ne\nf"),
        ("nul\x00 bell\x07 escape\x1b[31m c1\x9b", "nul bell escape[31m c1"),
        ("half \ud83d pair \udc4d", "half  pair"),
        ("non\ufdd0char\uffff", "nonchar"),
        ("\n  \n\t\n  indented\n\n\nend  \n\n", "  indented\n\n\nend"),
        ("tab\tstays", "tab\tstays"),
        ("two  spaces  stay", "two  spaces  stay"),
        ("👩‍👩‍👧 👍🏽 ❤️", "👩‍👩‍👧 👍🏽 ❤️"),
        ("שלום \u2067עולם\u2069 abc", "שלום \u2067עולם\u2069 abc"),
        ("می‌خواهم", "می‌خواهم"),
        ("<script>alert(1)</script> '; DROP TABLE", "<script>alert(1)</script> '; DROP TABLE"),
        ("?", "?"),
    ],
)
def test_cleans_texts(text: str, cleaned: str) -> None:
    assert clean_text(text, 100) == cleaned


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [("  Ana \t\r\n  Žagar\u2028 ", "Ana Žagar"), ("a\x00b", "ab"), ("a\u00a0\u00a0b", "a b"), ("\ud800x", "x")],
)
def test_cleans_lines(text: str, cleaned: str) -> None:
    assert clean_line(text, 100) == cleaned


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t\r\n", "\x00", "\u200b\u200d\ufeff", "\u202e\u2069", "\u0301", "\ud800", "\u3164", "\u2800"]
)
def test_nothing_visible(text: str) -> None:
    with pytest.raises(TextEmptyError, match="visible"):
        clean_text(text, 100)
    with pytest.raises(TextEmptyError, match="visible"):
        clean_line(text, 100)


def test_lengths_count_characters_after_cleaning() -> None:
    assert clean_text("\n\n😀😀😀\x00\n", 3) == "😀😀😀"
    assert clean_line(" 😀😀😀\x00", 3) == "😀😀😀"
    for clean in (clean_text, clean_line):
        with pytest.raises(TextTooLongError, match="at most 3 characters") as caught:
            clean("abcd", 3)
        assert caught.value.limit == 3


@given(anything)
def test_clean_text_is_fit_and_stays_so(text: str) -> None:
    try:
        cleaned = clean_text(text, 100)
    except TextError:
        return
    assert clean_text(cleaned, 100) == cleaned
    assert not any(unicodedata.category(part) in {"Cc", "Cs"} for part in cleaned if part not in "\n\t")
    assert len(cleaned.splitlines()) == cleaned.count("\n") + 1
    assert cleaned.encode()


@given(anything)
def test_a_clean_line_is_one_line_and_stays_so(text: str) -> None:
    try:
        cleaned = clean_line(text, 100)
    except TextError:
        return
    assert clean_line(cleaned, 100) == cleaned
    assert cleaned.splitlines() == [cleaned]


def test_long_blanks_are_no_work() -> None:
    """Patterns that backtrack would take minutes."""
    with pytest.raises(TextEmptyError):
        clean_text((" " * 1000 + "\n") * 1000 + " ", 10)
    assert clean_text((" " * 1000 + "\n") * 1000 + "x", 10) == "x"
