"""The brew guides: what the single-page application of the shop shows."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Guide:
    """One way to brew. Doses are for one cup, in grams."""

    slug: str
    name: str
    line: str
    leaf: bool
    dose: float
    water: int
    grind: str
    heat: str
    time: str
    steps: tuple[str, ...]
    needs: tuple[str, ...]
    art: str
    tone: str

    @property
    def path(self) -> str:
        """The address of the guide."""
        return f"/spa/{self.slug}"


GUIDES: Sequence[Guide] = (
    Guide(
        "pour-over",
        "Pour-over",
        "Clear, light and patient.",
        False,
        15,
        250,
        "Medium, 22 clicks",
        "94 °C",
        "3:00",
        (
            "Fold the filter, set it in the dripper and rinse it with hot water. Pour that water away.",
            "Add the coffee, level it, and pour twice its weight in water. Wait forty seconds while it blooms.",
            "Pour the rest in slow circles, in three goes. Keep clear of the paper.",
            "When the bed is dry the coffee is ready. Swirl the server once before you pour.",
        ),
        ("KF-101", "KF-102", "KF-204"),
        "dripper",
        "rose",
    ),
    Guide(
        "french-press",
        "French press",
        "Round, full and hard to get wrong.",
        False,
        16,
        260,
        "Coarse, 30 clicks",
        "96 °C",
        "4:30",
        (
            "Warm the press with hot water and pour it away.",
            "Add the coffee, then all of the water at once. Put the lid on without pressing.",
            "After four minutes, stir the crust and let it sink.",
            "Press slowly, with the weight of your hand. Pour at once, or it goes on brewing.",
        ),
        ("KF-103", "KF-201", "KF-501"),
        "press",
        "sky",
    ),
    Guide(
        "moka",
        "Moka pot",
        "Dark, short and loud.",
        False,
        6,
        55,
        "Fine, 12 clicks",
        "Boiling",
        "5:00",
        (
            "Boil the water first: the less time the coffee spends on the hob, the better it tastes.",
            "Fill the base up to the valve and the basket to the rim. Do not tamp.",
            "Keep the lid open and the heat low. Coffee should creep out, not spit.",
            "At the first gurgle take it off and cool the base under the tap.",
        ),
        ("KF-104", "KF-302", "KF-501"),
        "moka",
        "sage",
    ),
    Guide(
        "matcha",
        "Matcha",
        "Green, thick and awake.",
        True,
        2,
        70,
        "Sifted",
        "75 °C",
        "0:40",
        (
            "Soak the whisk in warm water for a minute.",
            "Sift the tea into the bowl. Lumps do not whisk out.",
            "Add the water and whisk fast from the wrist, in the shape of a W.",
            "Stop when the foam is fine and even, and drink it while it stands.",
        ),
        ("KF-402", "KF-403"),
        "matcha",
        "butter",
    ),
)


def guide_by_slug(slug: str) -> Guide | None:
    """Return the guide whose page has this address."""
    return next((guide for guide in GUIDES if guide.slug == slug), None)
