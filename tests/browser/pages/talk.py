"""What people say in the pictures: forty conversations of a shop for coffee and tea."""

from dataclasses import dataclass, field
from typing import Any

LONG = (
    "I want to tell you exactly what happened, because I have written twice before. On Monday I ordered the copper "
    "kettle and two bags of the house blend. On Wednesday a parcel came with the kettle only. The paper says both bags "
    "were packed, the weight on the label says they were not.\n\nI do not mind waiting a few days more. I do mind that "
    "nobody answers: my mother has her birthday on Saturday, the coffee was her present, and now I have half of it.\n\n"
    "Could you please look at it and tell me what you can do?"
)
GERMAN = "Gilt die Donaudampfschifffahrtsgesellschaftskapitänsmützenrabattaktion auch für Rindfleischetikettierungen?"
RUSSIAN = "Здравствуйте! Высокопревосходительнейшая кофемолка: водогрязеторфопарафинолечение ей не повредит?"
LINK = (
    "I found it here: https://shop.example/tea/oolong/tie-guan-yin-spring-harvest-2026/250g?variant=40217745326135"
    "&utm_source=newsletter&utm_medium=email&utm_campaign=spring-harvest — is that the same as in the box?"
)


@dataclass(frozen=True)
class Talk:
    """A conversation. Lines begin with who speaks: `v` the visitor, `o` the operator, `n` a note of the operator."""

    name: str
    lines: tuple[str, ...]
    hours: float
    """How long ago it began."""
    state: str = "queued"
    who: int = 0
    """Which operator holds it."""
    language: str = "en"
    details: dict[str, Any] = field(default_factory=dict)
    orders: tuple[tuple[str, str], ...] = ()
    rating: tuple[int, str] | None = None
    page: str = "/"


PLAN = {"plan": "Weekly beans", "since": 2021, "newsletter": True, "loyalty_points": 1840}
STORY = Talk(
    "Ana Zupan",
    (
        "v:Hi, my kettle came without its lid",
        "v:Order KF-261119-7C41A2. Can you send the lid alone, or does the whole kettle have to come back?",
        "o:Hello Ana, I am sorry about that. No need to send anything back: a lid goes out today.",
        "n:Third missing lid this week. Ask the warehouse whether batch 26-11 was packed without them.",
        "o:It travels by letter post, so it should be there on Wednesday. Is the address in Ljubljana still right?",
        "v:Yes, Trubarjeva cesta 12",
        "v:That was quick, thank you! One more thing: how do I get rid of the white marks inside?",
        "o:Fill it with water and two spoons of citric acid, bring it to the boil, wait an hour and rinse well: "
        "https://shop.example/descale",
        "v:I will try it tonight",
    ),
    0.4,
    "held",
    details={"email": "ana.zupan@example.com", "phone": "+386 40 123 456", "attributes": PLAN},
    orders=(("KF-260311-90AC3E", "149.90"), ("KF-260804-11D09B", "24.50"), ("KF-261119-7C41A2", "79.00")),
    page="/product/heron-kettle",
)
FIRST = (
    STORY,
    Talk("Maximiliane Freifrau von Hohenberg-Lichtenfels zu Unterschwarzenbach", (f"v:{GERMAN}",), 0.1, language="de"),
    Talk("", ("v:Is anyone there?", "v:I cannot pay with my card"), 0.02, page="/checkout"),
    Talk(
        "Константин Константинович Константинопольский",
        (f"v:{RUSSIAN}",),
        0.3,
        language="ru",
        page="/shop/grind-and-measure",
    ),
    Talk("Li", ("v:👋🫖", "v:When is the clay teapot back?"), 0.7, page="/shop/tea"),
    Talk("Margaret O’Sullivan-Featherstonehaugh", (f"v:{LONG}",), 1.2, details={"email": "margaret@example.com"}),
    Talk(
        "Zbigniew Brzęczyszczykiewicz",
        ("v:Dzień dobry, czy paczka do Chrząszczyżewoszyc wyjdzie jeszcze dzisiaj?",),
        2.5,
        language="pl",
        orders=(("KF-261121-0F77AA", "1249.00"),),
    ),
    Talk("Živa Črnčec", (f"v:{LINK}",), 26, language="sl"),
    Talk("", ("v:Do you deliver to Norway?",), 5),
    Talk("Étienne Lefèbvre", ("v:Bonjour, le thé vert est-il bio ?", "v:Merci d’avance"), 7, language="fr"),
    Talk("", ("v:hello", "v:hello?", "v:HELLO", "v:is this a robot"), 0.05),
    Talk(
        "Priya Raghunathan",
        (
            "v:Can I change the grind of my subscription?",
            "o:Of course. From which to which?",
            "v:From espresso to filter, from the next parcel on please",
            "o:Done: filter from 1 December. Nothing else changes.",
        ),
        1,
        "held",
        details={"email": "priya.r@example.com", "attributes": {"plan": "Weekly beans"}},
    ),
    Talk(
        "Тимофей Белый",
        (
            "v:Подскажите, пожалуйста, какой помол нужен для гейзерной кофеварки?",
            "o:Здравствуйте! Чуть крупнее, чем для эспрессо: как мелкий песок.",
            "v:Спасибо, попробую. А сколько граммов на чашку?",
        ),
        3,
        "held",
        language="ru",
    ),
    Talk("Günther Weiß", ("v:Guten Tag, kann ich die Rechnung auf die Firma umschreiben lassen?",), 9, "held", 1),
    Talk("Ewa Lis", ("v:Which tea has no caffeine?", "o:Our rooibos and the mint. Both are new."), 4, "held", 1),
    Talk("Joana", ("v:The code WELCOME10 does not work",), 2, "held", 2),
    Talk(
        "Bartholomew Higginbottom-Smythe",
        ("v:Do you sell gift cards?", "o:Yes, from 20 to 200 euros.", "n:He asks every December."),
        28,
        "held",
        3,
    ),
    Talk("Marek Dąb", ("v:Gdzie jest moja paczka?", "o:Już sprawdzam."), 6, "held", 4, "pl"),
)
QUESTIONS = (
    (
        "Sofia Rossi",
        "Is the grinder quiet enough for an office?",
        "Quite: 68 dB at full load, for about 20 seconds.",
        5,
    ),
    ("Jan Krawczyk", "Czy mogę odebrać osobiście?", "Tak, od poniedziałku do piątku między 9 a 17.", 5),
    ("Катя", "Можно вернуть чайник, если он не подошёл?", "Да, в течение 30 дней, даже если им пользовались.", 4),
    ("Tomaž Kos", "Ali pošiljate tudi na Hrvaško?", "Da, dostava traja tri do štiri dni.", 5),
    ("", "what is the wifi password in your cafe", "We have no café yet, only the shop.", 2),
    ("Hannelore Müller-Lüdenscheidt", "Ist die Kanne spülmaschinenfest?", "Die Kanne ja, der Deckel bitte nicht.", 3),
    ("Sam", "my mug broke 💔", "I am sorry. A new one is on its way, free of charge.", 5),
    ("Aleksandra Wójcik-Kowalczyk", "Czy wystawiają Państwo fakturę VAT?", "Tak, wystarczy podać NIP przy zakupie.", 0),
    ("Noah", "Which beans for a moka pot?", "The house blend, ground a little coarser than for espresso.", 4),
    ("Oksana Dmytrenko", "Доставка в Киев есть?", "Пока нет, но мы над этим работаем.", 1),
    ("Lara Novak", "Ali je darilna embalaža brezplačna?", "Da, označite jo ob zaključku nakupa.", 5),
)
CLOSED = tuple(
    Talk(
        name,
        (f"v:{question}", f"o:{answer}", "v:🙏"),
        10 + number * 3.1,
        "closed",
        number % 5,
        rating=(score, "Quick and kind." if score == 5 else "") if score else None,
    )
    for number, (name, question, answer, score) in enumerate(QUESTIONS * 2)
)
TALKS = (*FIRST, *CLOSED)
assert len(TALKS) == 40
