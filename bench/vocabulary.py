"""Texts as people write them in four languages: few words often, many words rarely (Zipf's law)."""

import random
from bisect import bisect
from functools import cache
from itertools import accumulate

from klepet.kit.fold import fold

LANGUAGES = ("en", "pl", "ru", "sl")
WORDS = 30_000
"""In each language; with the forms of words that is what a shop's customers use in some years."""
_SHIFT = 2.7  # Mandelbrot's: the commonest words are not as common as 1/rank says

_COMMON = {
    "en": "the to my is and of you it in for have order not can with was when please this hello delivery parcel "
    "where size return colour refund thanks invoice address would still received broken card payment tomorrow",
    "pl": "nie w na jest się i do że dzień dobry proszę zamówienie mam czy z po kiedy dziękuję paczka gdzie rozmiar "
    "zwrot kolor faktura adres wysyłka jeszcze dostałem zepsuty karta płatność jutro można żółty źle",
    "ru": "не и в я на что заказ здравствуйте можно с когда по у меня спасибо посылка где размер возврат цвет счёт "
    "адрес доставка ещё пришёл сломан карта оплата завтра нет есть или для мне объём",
    "sl": "je in na se da v naročilo ne za pozdravljeni sem lahko kdaj hvala paket kje velikost vračilo barva račun "
    "naslov dostava še nisem dobil pokvarjen kartica plačilo jutri ali pri z čevlji žepu šal",
}
_SYLLABLES = {
    "en": "ba ter ing con pre light wor the per ness mar ket blue sto ring able ship ment der all over un der set",
    "pl": "prze szy nie wać czą ło dzi rzą ście pod kar ność wy ską bę dow mia żo cji trze sta zna gra lek",
    "ru": "пре сто ва ние ко мо щё раз жда тель бра ющ по лу чи ный зна ком объ дет ря ска ши вый",
    "sl": "pre sto va nje ži čka mo raz ko ljub šče po lo vi nar dol ček zna gra bo ška tvo red mi",
}
_FIRST_NAMES = "Ana Petr Łucja Marta Иван Ольга Jože Špela John Emma Kasia Piotr Мария Сергей Mojca Luka Alice"
_LAST_NAMES = "Novak Kowalski Иванова Smith Żółtowska Kovač Petrov Jones Zupančič Wiśniewski Смирнов Brown Krajnc"


@cache
def vocabulary(language: str) -> tuple[list[str], list[str]]:
    """The words of a language, commonest first, and how they are folded for search."""
    rng = random.Random(language)
    syllables = _SYLLABLES[language].split()
    found = dict.fromkeys(_COMMON[language].split())
    while len(found) < WORDS:
        found["".join(rng.choices(syllables, k=rng.choice((2, 2, 3, 3, 3, 4))))] = None
    words = list(found)
    return words, [fold(word) for word in words]


@cache
def _weights() -> list[float]:
    return list(accumulate(1 / (rank + _SHIFT) for rank in range(WORDS)))


def texts(rng: random.Random, language: str, count: int) -> list[tuple[str, list[str]]]:
    """So many messages, each with its folded words: 3 to 24 words, 12 on average."""
    words, folded = vocabulary(language)
    weights = _weights()
    found = []
    for _ in range(count):
        length = 3 + int(21 * rng.random() ** 1.4)
        ranks = [bisect(weights, rng.random() * weights[-1]) for _ in range(length)]
        found.append((" ".join([words[rank] for rank in ranks]), [folded[rank] for rank in ranks]))
    return found


def name(rng: random.Random) -> str:
    """Somebody's name."""
    return f"{rng.choice(_FIRST_NAMES.split())} {rng.choice(_LAST_NAMES.split())}"
