"""Folding: the languages of klepet, and what search relies on."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klepet.kit.fold import _CACHED_BELOW, MAX_WORD_CHARS, MAX_WORDS, _foldings, fold, words

anything = st.text(st.characters(), max_size=60)  # surrogates too
sentences = st.lists(st.text(st.characters(categories=["L", "M", "N", "P", "Zs"]), max_size=12), max_size=12).map(
    " ".join
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hello WORLD", "hello world"),
        ("naïve café", "naive cafe"),
        ("Zażółć gęślą jaźń", "zazolc gesla jazn"),
        ("ŁÓDŹ", "lodz"),
        ("Ещё ёлка и чай Й", "еще елка и чаи и"),
        ("МОСКВА", "москва"),
        ("Čebelji žličnik šđ", "cebelji zlicnik sd"),
        ("Straße STRASSE Fußgängerübergänge", "strasse strasse fussgangerubergange"),
        ("ẞ", "ss"),
        ("Smørrebrød Ærø œuvre", "smorrebrod aero oeuvre"),
        ("Þórður Guðrún ħ ŧ", "thordur gudrun h t"),
        ("İstanbul ılık ISPARTA", "istanbul ilik isparta"),
        ("Σίσυφος ΣΊΣΥΦΟΣ", "σισυφοσ σισυφοσ"),
        ("їжак ґанок", "іжак ганок"),
        ("ﬁn Ⅳ x² ①", "fin iv x2 1"),
        ("ＦＵＬＬ　width", "full width"),
        ("co\u00adoperate \u200fشَمْس", "cooperate شمس"),
        ("zero\u200bwidth", "zero width"),
    ],
)
def test_folds(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_composed_and_decomposed_are_the_same() -> None:
    assert fold("e\u0301 и\u0306 l\u0335") == fold("é й l")


def test_every_character_folds_completely() -> None:
    unstable = [hex(point) for point in range(sys.maxunicode + 1) if fold(once := fold(chr(point))) != once]
    assert unstable == []


@given(anything)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(anything, anything)
def test_parts_fold_as_the_whole(left: str, right: str) -> None:
    assert fold(left + right) == fold(left) + fold(right)


@given(st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x52F)))
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  -- ... __ ", []),
        ("Don't panic, it's 42!", ["don", "t", "panic", "it", "s", "42"]),
        ("Gdzie jest moja paczka?", ["gdzie", "jest", "moja", "paczka"]),
        ("Где мой заказ №15-Б?", ["где", "мои", "заказ", "no15", "б"]),
        ("Kje je moje naročilo", ["kje", "je", "moje", "narocilo"]),
        ("snake_case a@b.example", ["snake", "case", "a", "b", "example"]),
        ("👍 ok", ["ok"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_words_are_bounded() -> None:
    assert words("ä" * 500) == ["a" * MAX_WORD_CHARS]
    assert len(words("a " * 10_000)) == MAX_WORDS == 500
    assert words("a b c", max_words=2) == ["a", "b"]


@given(sentences)
def test_words_are_folded_letters_and_digits(text: str) -> None:
    for word in words(text):
        assert word == fold(word)
        assert word.isalnum()
        assert words(word) == [word]


@given(sentences, st.data())
def test_each_word_of_a_text_is_found(text: str, data: st.DataObject) -> None:
    typed = data.draw(st.sampled_from(text.split(" ")))
    assert set(words(typed)) <= set(words(text))


@given(sentences, st.integers(min_value=1, max_value=12))
def test_the_beginning_of_a_word_is_the_beginning_of_a_found_word(text: str, length: int) -> None:
    for word in words(text):
        assert any(found.startswith(word[:length]) for found in words(text))


def test_long_texts_fold_fast_and_leave_little_behind() -> None:
    text = "".join(map(chr, range(0x3000, 0xD7FF)))
    started = time.process_time()
    fold(text)
    assert time.process_time() - started < 2
    assert len(_foldings) <= _CACHED_BELOW
