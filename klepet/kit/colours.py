"""A colour as a ground for text, by WCAG 2.2's contrast."""

CONTRAST = 4.5
_LIGHT = 0.32
"""Grounds of at least this luminance carry black."""


def ground_and_ink(colour: str) -> tuple[str, str]:
    """The ground nearest to `#rrggbb` that carries text, and the text's colour: black on light grounds, white on
    others, which are darkened as little as white needs."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    if _luminance(red, green, blue) >= _LIGHT:
        return colour.lower(), "#000000"
    while 1.05 / (_luminance(red, green, blue) + 0.05) < CONTRAST:
        red, green, blue = (share * 0.99 for share in (red, green, blue))
    return "#" + "".join(f"{int(share * 255 + 1e-9):02x}" for share in (red, green, blue)), "#ffffff"


def _luminance(*shares: float) -> float:
    """WCAG's relative luminance."""
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
