"""Every colour that an owner may choose carries its text."""

import pytest

from klepet.kit.colours import ground_and_ink


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


SHARES = range(0, 256, 51)


@pytest.mark.parametrize("colour", [f"#{r:02x}{g:02x}{b:02x}" for r in SHARES for g in SHARES for b in SHARES])
def test_text_on_it_passes(colour: str) -> None:
    ground, ink = ground_and_ink(colour)
    assert contrast(ground, ink) >= 4.5


@pytest.mark.parametrize("colour", ["#2f6f5e", "#000000", "#ffffff", "#f5a623"])
def test_what_passes_stays_as_it_is(colour: str) -> None:
    assert ground_and_ink(colour)[0] == colour


def test_a_colour_in_between_is_darkened_as_little_as_white_needs() -> None:
    ground, ink = ground_and_ink("#e05a2b")
    assert ink == "#ffffff"
    assert contrast(ground, ink) < 4.7
