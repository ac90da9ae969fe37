# ruff: noqa: SIM905  # words of a language are read as a sentence
"""Makes the utterances of `tests/fixtures/redaction`: `python -m tests.common.redaction.golden`.

Numbers are made here by their own rules, and told in words by a speller of its own, so that nothing of what is tested
is used. `TUNED` are the forms that the rules were made with; `BLIND` are others, and no rule was changed for them.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "fixtures" / "redaction"

UNITS = {
    "en": "zero one two three four five six seven eight nine".split(),
    "fr": "zéro un deux trois quatre cinq six sept huit neuf".split(),
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve".split(),
}
EN_TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
EN_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()
FR_TEENS = "dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf".split()
FR_TENS = "_ _ vingt trente quarante cinquante soixante _ quatre-vingt _".split()
ES_TEENS = "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve".split()
ES_TWENTIES = (
    "veinte veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
).split()
ES_TENS = "_ _ _ treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(),
}


def pair(number: int, language: str) -> str:
    """A number below 100, in words."""
    ten, unit = divmod(number, 10)
    units = UNITS[language]
    if number < 10:
        return units[number]
    if language == "en":
        if number < 20:
            return EN_TEENS[unit]
        return EN_TENS[ten] + (f"-{units[unit]}" if unit else "")
    if language == "es":
        if number < 20:
            return ES_TEENS[unit]
        if number < 30:
            return ES_TWENTIES[unit]
        return ES_TENS[ten] + (f" y {units[unit]}" if unit else "")
    if number < 20:
        return FR_TEENS[unit]
    if ten in (7, 9):
        joint = " et " if number == 71 else "-"
        return f"{FR_TENS[ten - 1]}{joint}{FR_TEENS[unit]}"
    if unit == 0:
        return "quatre-vingts" if ten == 8 else FR_TENS[ten]
    return FR_TENS[ten] + (f" et {units[1]}" if unit == 1 and ten != 8 else f"-{units[unit]}")


def by_digit(digits: str, language: str) -> str:
    return " ".join(UNITS[language][int(digit)] for digit in digits)


def by_digit_oh(digits: str, language: str) -> str:
    return by_digit(digits, language).replace("zero", "oh")


def by_pairs(digits: str, language: str) -> str:
    parts = []
    while digits:
        head, digits = digits[:2], digits[2:]
        parts.append(by_digit(head, language) if head[0] == "0" or len(head) == 1 else pair(int(head), language))
    return ", ".join(parts)


def with_doubles(digits: str, language: str) -> str:
    words, place = [], 0
    name = {"en": "double", "fr": "double", "es": "doble"}[language]
    while place < len(digits):
        unit = UNITS[language][int(digits[place])]
        if digits[place : place + 2] == digits[place] * 2:
            words.append(f"{name} {unit}")
            place += 2
        else:
            words.append(unit)
            place += 1
    return " ".join(words)


def grouped(digits: str, sizes: tuple[int, ...], between: str) -> str:
    parts = []
    for size in sizes:
        parts.append(digits[:size])
        digits = digits[size:]
    return between.join([*parts, *([digits] if digits else [])])


def spoken_groups(digits: str, language: str) -> str:
    return ", ".join(by_digit(group, language) for group in grouped(digits, (4, 4, 4), "|").split("|"))


def with_luhn(body: str) -> str:
    total = sum(
        sum(divmod(int(digit) * 2, 10)) if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(body))
    )
    return f"{body}{-total % 10}"


def digits_of(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def card(rng: random.Random) -> str:
    prefix, length = rng.choice(
        [("4", 16), ("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("34", 15), ("37", 15), ("6011", 16), ("65", 16)]
    )
    return with_luhn(prefix + digits_of(rng, length - 1 - len(prefix)))


def card_groups(number: str, between: str) -> str:
    return grouped(number, (4, 6) if len(number) == 15 else (4, 4, 4), between)


def ssn(rng: random.Random) -> str:
    return f"{rng.choice('12345')}{digits_of(rng, 2)}{rng.randint(10, 99)}{rng.randint(1000, 9999)}"


def sin(rng: random.Random) -> str:
    return with_luhn(rng.choice("12345679") + digits_of(rng, 7))


def iban(rng: random.Random) -> str:
    country, length = rng.choice([("FR", 27), ("DE", 22), ("ES", 24), ("GB", 22)])
    if country == "GB":
        body = rng.choice(["NWBK", "BARC", "LOYD"]) + digits_of(rng, 14)
    else:
        body = digits_of(rng, length - 4)
    number = int("".join(str(int(letter, 36)) for letter in f"{body}{country}00"))
    return f"{country}{98 - number % 97:02d}{body}"


def routing(rng: random.Random) -> str:
    while True:
        number = f"0{rng.randint(1, 9)}{digits_of(rng, 7)}"
        if sum(int(digit) * (3, 7, 1)[place % 3] for place, digit in enumerate(number)) % 10 == 0:
            return number


def north_american(rng: random.Random) -> str:
    area = rng.choice(["416", "514", "212", "604", "305", "613", "418", "646", "202", "312"])
    return f"{area}{rng.choice('23456789')}{rng.choice('02345678')}{digits_of(rng, 1)}{digits_of(rng, 4)}"


def french(rng: random.Random) -> str:
    return f"06{rng.randint(10, 69)}{digits_of(rng, 6)}"


def spanish(rng: random.Random) -> str:
    return f"6{rng.choice('0123456789')}{digits_of(rng, 7)}"


def spelled_letters(word: str) -> str:
    return " ".join(word)


NAMES = ["jane", "martin", "lucie", "carlos", "maria", "pierre", "olivia", "ahmed", "sofia", "kevin"]
SURNAMES = ["tremblay", "smith", "garcia", "lopez", "dubois", "brown", "nguyen", "martel", "silva", "cohen"]
DOMAINS = [("gmail", "com"), ("hotmail", "com"), ("yahoo", "ca"), ("outlook", "fr"), ("orange", "fr"), ("acme", "es")]

Turns = list[list[str]]
Made = tuple[Turns, list[list[Any]]]
Form = Callable[[random.Random], Made]


def of(*turns: tuple[str, str], secret: list[tuple[int, str]]) -> Made:
    return [list(turn) for turn in turns], [list(each) for each in secret]


def said(before: str, secret: str, after: str = ".", role: str = "user") -> Made:
    return of((role, f"{before}{secret}{after}"), secret=[(0, secret)])


def split_card(rng: random.Random, language: str, *, spoken: bool, agent: str, first: str) -> Made:
    number = card(rng)
    parts = card_groups(number, "|").split("|")
    told = [by_digit(part, language) if spoken else part for part in parts]
    turns: Turns = []
    secret: list[list[Any]] = []
    for place, part in enumerate(told):
        secret.append([len(turns), part])
        turns.append(["user", f"{first}{part}" if place == 0 else f"{part}"])
        if place + 1 < len(told):
            turns.append(["agent", agent])
    return turns, secret


def birth(rng: random.Random) -> tuple[int, int, int]:
    return rng.randint(1, 28), rng.randint(1, 12), rng.randint(1935, 2004)


def dated(make: Callable[[int, int, int], Made]) -> Form:
    """Of a day, a month and a year."""
    return lambda rng: make(*birth(rng))


def english_year(year: int) -> str:
    return (
        f"{pair(year // 100, 'en')} {pair(year % 100, 'en')}"
        if year < 2000
        else f"two thousand {pair(year % 100, 'en')}"
        if year % 100
        else "two thousand"
    )


def french_year(year: int) -> str:
    rest = year % 100
    return (
        (f"mille neuf cent {pair(rest, 'fr')}" if year < 2000 else f"deux mille {pair(rest, 'fr')}")
        if rest
        else "deux mille"
    )


def french_date(day: int, month: int, year: int) -> str:
    return f"{pair(day, 'fr')} {MONTHS['fr'][month - 1]} {french_year(year)}"


def spanish_year(year: int) -> str:
    rest = year % 100
    return (
        (f"mil novecientos {pair(rest, 'es')}" if year < 2000 else f"dos mil {pair(rest, 'es')}") if rest else "dos mil"
    )


ORDINALS = (
    "_ first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
    " fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third"
    " twenty-fourth twenty-fifth twenty-sixth twenty-seventh twenty-eighth"
).split()


def spoken_mail(rng: random.Random, language: str) -> str:
    at, dot = {"en": ("at", "dot"), "fr": ("arobase", "point"), "es": ("arroba", "punto")}[language]
    name, surname, (domain, tld) = rng.choice(NAMES), rng.choice(SURNAMES), rng.choice(DOMAINS)
    return f"{name} {dot} {surname} {at} {domain} {dot} {tld}"


TUNED: dict[tuple[str, str], list[Form]] = {
    ("card", "en"): [
        lambda r: said("My card number is ", card_groups(card(r), " ")),
        lambda r: said("sure, it's ", card_groups(card(r), "-"), " and it's a credit card"),
        lambda r: said("The number on the card is ", card(r)),
        lambda r: said("okay so ", by_digit(card(r), "en")),
        lambda r: said("it's ", spoken_groups(card(r), "en")),
        lambda r: said("visa, ", with_doubles(card(r), "en")),
        lambda r: said("that would be ", by_pairs(card(r), "en")),
        lambda r: split_card(r, "en", spoken=True, agent="Yes.", first="it's "),
        lambda r: split_card(r, "en", spoken=False, agent="Okay, go on.", first="The card is "),
    ],
    ("card", "fr"): [
        lambda r: said("Mon numéro de carte c'est le ", card_groups(card(r), " ")),
        lambda r: said("alors ", by_digit(card(r), "fr")),
        lambda r: said("c'est ", by_pairs(card(r), "fr"), " voilà"),
        lambda r: split_card(r, "fr", spoken=True, agent="Oui.", first="alors "),
    ],
    ("card", "es"): [
        lambda r: said("El número de mi tarjeta es ", card_groups(card(r), " ")),
        lambda r: said("apunte, ", by_digit(card(r), "es")),
        lambda r: said("es el ", by_pairs(card(r), "es")),
        lambda r: split_card(r, "es", spoken=True, agent="Sí, dígame.", first="es "),
    ],
    ("cvv", "en"): [
        lambda r: said("the CVV is ", digits_of(r, 3)),
        lambda r: said("cvc ", by_digit(digits_of(r, 3), "en")),
        lambda r: of(
            ("agent", "And the three digits on the back of the card?"),
            ("user", f"{(code := by_digit(digits_of(r, 3), 'en'))}"),
            secret=[(1, code)],
        ),
    ],
    ("cvv", "fr"): [
        lambda r: said("le cryptogramme c'est ", digits_of(r, 3)),
        lambda r: of(
            ("agent", "Quel est le code de sécurité de votre carte ?"),
            ("user", f"c'est {(code := by_digit(digits_of(r, 3), 'fr'))}"),
            secret=[(1, code)],
        ),
    ],
    ("cvv", "es"): [
        lambda r: said("el código de seguridad de la tarjeta es ", digits_of(r, 3)),
        lambda r: said("y el CVV ", by_digit(digits_of(r, 3), "es")),
    ],
    ("ssn_sin", "en"): [
        lambda r: said("my social security number is ", grouped(ssn(r), (3, 2), "-")),
        lambda r: said("It's ", grouped(ssn(r), (3, 2), "-")),
        lambda r: said("my social is ", by_digit(ssn(r), "en")),
        lambda r: said("My SIN is ", grouped(sin(r), (3, 3), " ")),
        lambda r: of(
            ("agent", "Can I have your social insurance number?"),
            ("user", (told := by_digit(sin(r), "en"))),
            secret=[(1, told)],
        ),
    ],
    ("ssn_sin", "fr"): [
        lambda r: said("mon numéro d'assurance sociale est le ", grouped(sin(r), (3, 3), " ")),
        lambda r: said("mon NAS c'est ", by_digit(sin(r), "fr")),
    ],
    ("ssn_sin", "es"): [
        lambda r: said("mi número de seguro social es ", grouped(ssn(r), (3, 2), "-")),
        lambda r: said("el seguro social, ", by_digit(ssn(r), "es")),
    ],
    ("bank", "en"): [
        lambda r: said("The IBAN is ", iban(r)),
        lambda r: said("transfer it to ", grouped(iban(r), (4, 4, 4, 4), " ")),
        lambda r: said("my routing number is ", routing(r)),
        lambda r: said("the routing number, ", by_digit(routing(r), "en")),
        lambda r: said("my bank account number is ", digits_of(r, 10)),
    ],
    ("bank", "fr"): [
        lambda r: said("mon IBAN c'est ", grouped(iban(r), (4, 4, 4, 4), " ")),
        lambda r: said("le numéro de mon compte bancaire est ", digits_of(r, 11)),
    ],
    ("bank", "es"): [
        lambda r: said("mi IBAN es ", grouped(iban(r), (4, 4, 4, 4), " ")),
        lambda r: said("el número de mi cuenta bancaria es ", by_digit(digits_of(r, 10), "es")),
    ],
    ("email", "en"): [
        lambda r: said("write to ", f"{r.choice(NAMES)}.{r.choice(SURNAMES)}@{'.'.join(r.choice(DOMAINS))}"),
        lambda r: said("it's ", spoken_mail(r, "en")),
        lambda r: said("my email is ", f"{spelled_letters(r.choice(NAMES))} at gmail dot com"),
        lambda r: said("that's ", f"{r.choice(NAMES)}{r.randint(10, 99)} at {' dot '.join(r.choice(DOMAINS))}"),
    ],
    ("email", "fr"): [
        lambda r: said("mon courriel c'est ", spoken_mail(r, "fr")),
        lambda r: said("écrivez à ", f"{r.choice(NAMES)}_{r.choice(SURNAMES)}@{'.'.join(r.choice(DOMAINS))}", " svp"),
    ],
    ("email", "es"): [
        lambda r: said("mi correo es ", spoken_mail(r, "es")),
        lambda r: said("es ", f"{r.choice(NAMES)} guion bajo {r.choice(SURNAMES)} arroba gmail punto com"),
    ],
    ("phone", "en"): [
        lambda r: said("call me at ", f"({(n := north_american(r))[:3]}) {n[3:6]}-{n[6:]}"),
        lambda r: said("my number's ", grouped(north_american(r), (3, 3), "-")),
        lambda r: said("it's ", f"+1{north_american(r)}"),
        lambda r: said("my cell is ", by_digit_oh(north_american(r), "en")),
        lambda r: said(
            "reach me at ", ", ".join(by_digit(g, "en") for g in grouped(north_american(r), (3, 3), "|").split("|"))
        ),
    ],
    ("phone", "fr"): [
        lambda r: said("mon numéro c'est le ", grouped(french(r), (2, 2, 2, 2), " ")),
        lambda r: said("rappelez-moi au ", by_pairs(french(r), "fr")),
        lambda r: said("mon cellulaire c'est le ", by_digit(north_american(r), "fr")),
    ],
    ("phone", "es"): [
        lambda r: said("mi teléfono es el ", grouped(spanish(r), (3, 3), " ")),
        lambda r: said("llámeme al ", by_digit(spanish(r), "es")),
    ],
    ("birth_date", "en"): [
        dated(lambda d, m, y: said("my date of birth is ", f"{m:02d}/{d:02d}/{y}")),
        dated(lambda d, m, y: said("I was born on ", f"{MONTHS['en'][m - 1]} {d}, {y}")),
        dated(lambda d, m, y: said("born ", f"{MONTHS['en'][m - 1]} {ORDINALS[d]} {english_year(y)}")),
        dated(
            lambda d, m, y: of(
                ("agent", "What is your date of birth?"),
                ("user", (told := f"{MONTHS['en'][m - 1]} {d} {y}")),
                secret=[(1, told)],
            )
        ),
    ],
    ("birth_date", "fr"): [
        dated(lambda d, m, y: said("je suis né le ", f"{d} {MONTHS['fr'][m - 1]} {y}")),
        dated(
            lambda d, m, y: said("ma date de naissance, le ", f"{pair(d, 'fr')} {MONTHS['fr'][m - 1]} {french_year(y)}")
        ),
    ],
    ("birth_date", "es"): [
        dated(lambda d, m, y: said("nací el ", f"{d} de {MONTHS['es'][m - 1]} de {y}")),
        dated(
            lambda d, m, y: said(
                "mi fecha de nacimiento es el ", f"{pair(d, 'es')} de {MONTHS['es'][m - 1]} de {spanish_year(y)}"
            )
        ),
    ],
}

BLIND: dict[tuple[str, str], list[Form]] = {
    ("card", "en"): [
        lambda r: said("you can charge ", card_groups(card(r), ", ")),
        lambda r: said("let me read it: ", card_groups(card(r), ". ")),
        lambda r: said("um ", ", um, ".join(by_digit(g, "en") for g in card_groups(card(r), "|").split("|"))),
        lambda r: said("amex or visa? well ", by_digit_oh(card(r), "en"), " does that work"),
        lambda r: split_card(r, "en", spoken=True, agent="Uh-huh, and then?", first="ready? "),
        lambda r: split_card(r, "en", spoken=False, agent="Got it, what are the next ones please?", first=""),
        lambda r: said("Your card ", card(r), " was declined.", role="agent"),
    ],
    ("card", "fr"): [
        lambda r: said("ma visa, ", card_groups(card(r), "-"), " ok ?"),
        lambda r: said("euh ", ", euh, ".join(by_digit(g, "fr") for g in card_groups(card(r), "|").split("|"))),
        lambda r: split_card(r, "fr", spoken=False, agent="D'accord, ensuite ?", first="Notez : "),
    ],
    ("card", "es"): [
        lambda r: said("la tarjeta termina... no, espere, es ", card_groups(card(r), ", ")),
        lambda r: said("sí, ", ", eh, ".join(by_digit(g, "es") for g in card_groups(card(r), "|").split("|"))),
        lambda r: split_card(r, "es", spoken=False, agent="Perfecto, continúe.", first="Anote: "),
    ],
    ("cvv", "en"): [
        lambda r: said("security code on my visa card is ", by_digit(digits_of(r, 3), "en")),
        lambda r: said("and the three digit code on the back is ", digits_of(r, 3)),
    ],
    ("cvv", "fr"): [lambda r: said("les trois chiffres au dos, ", by_digit(digits_of(r, 3), "fr"))],
    ("cvv", "es"): [lambda r: said("los tres dígitos de atrás son ", by_digit(digits_of(r, 3), "es"))],
    ("ssn_sin", "en"): [
        lambda r: said("SSN ", ssn(r)),
        lambda r: of(
            ("agent", "Please confirm your social security number."),
            ("user", (told := by_pairs(ssn(r), "en"))),
            secret=[(1, told)],
        ),
    ],
    ("ssn_sin", "fr"): [lambda r: said("le NAS est ", sin(r))],
    ("ssn_sin", "es"): [
        lambda r: of(
            ("agent", "¿Me da su número de seguro social?"),
            ("user", (told := by_digit(ssn(r), "es"))),
            secret=[(1, told)],
        )
    ],
    ("bank", "en"): [
        lambda r: said("here you go ", iban(r).lower()),
        lambda r: of(
            ("agent", "What is the routing number of your bank?"),
            ("user", (told := by_digit_oh(routing(r), "en"))),
            secret=[(1, told)],
        ),
        lambda r: said("my checking account is ", digits_of(r, 9)),
    ],
    ("bank", "fr"): [lambda r: said("faites le virement sur ", iban(r))],
    ("bank", "es"): [lambda r: said("la transferencia a ", iban(r), " por favor")],
    ("email", "en"): [
        lambda r: said("You can reach me: ", f"{r.choice(NAMES)}+shop@{'.'.join(r.choice(DOMAINS))}"),
        lambda r: said("email me, ", f"{r.choice(NAMES)} underscore {r.choice(SURNAMES)} at yahoo dot co dot uk"),
    ],
    ("email", "fr"): [
        lambda r: said("c'est ", f"{r.choice(NAMES)} tiret {r.choice(SURNAMES)} arobase videotron point ca")
    ],
    ("email", "es"): [lambda r: said("apunte: ", f"{r.choice(NAMES)}{r.randint(1, 9)} arroba hotmail punto es")],
    ("phone", "en"): [
        lambda r: said("ring me back on ", grouped(north_american(r), (3, 3), ".")),
        lambda r: of(
            ("agent", "What's the best number to reach you?"),
            ("user", (told := with_doubles(north_american(r), "en"))),
            secret=[(1, told)],
        ),
    ],
    ("phone", "fr"): [lambda r: said("joignez-moi au ", f"+33{french(r)[1:]}")],
    ("phone", "es"): [lambda r: said("mi móvil: ", by_pairs(spanish(r), "es"))],
    ("birth_date", "en"): [
        dated(lambda d, m, y: said("DOB ", f"{y}-{m:02d}-{d:02d}")),
        dated(lambda d, m, y: said("my birthday is the ", f"{d}th of {MONTHS['en'][m - 1]} {y}")),
    ],
    ("birth_date", "fr"): [dated(lambda d, m, y: said("née le ", f"{d:02d}/{m:02d}/{y}"))],
    ("birth_date", "es"): [
        dated(
            lambda d, m, y: of(
                ("agent", "¿Cuál es su fecha de nacimiento?"),
                ("user", (told := f"{d} de {MONTHS['es'][m - 1]} del {y}")),
                secret=[(1, told)],
            )
        )
    ],
}

INNOCENT: dict[str, list[Callable[[random.Random], str]]] = {
    "en": [
        lambda r: f"My order number is {digits_of(r, r.choice([5, 6, 8, 9]))}.",
        lambda r: f"I'm {r.randint(18, 95)} years old and my wife is {r.randint(18, 95)}.",
        lambda r: f"We moved here in {r.randint(1950, 2026)}, I think.",
        lambda r: f"It costs {r.randint(1, 99)} dollars and {r.randint(1, 99)} cents.",
        lambda r: f"That's ${r.randint(1, 9)},{digits_of(r, 3)}.{digits_of(r, 2)} plus tax.",
        lambda r: f"Can you come at {r.randint(1, 12)}:{r.choice(['00', '15', '30', '45'])} tomorrow?",
        lambda r: (
            f"I live at {r.randint(1, 9999)} {r.choice(['Main', 'King', 'Oak'])} Street, apartment {r.randint(1, 999)}."
        ),
        lambda r: f"The appointment is on {r.choice(MONTHS['en'])} {r.randint(1, 28)}, {r.randint(2024, 2027)}.",
        lambda r: f"Between {pair(r.randint(10, 99), 'en')} and {pair(r.randint(10, 99), 'en')} people came.",
        lambda r: f"I called {pair(r.randint(2, 9), 'en')} times, one at nine and two at ten thirty.",
        lambda r: f"Flight {r.choice(['AC', 'BA', 'DL'])}{r.randint(100, 9999)} leaves from gate {r.randint(1, 80)}.",
        lambda r: f"The zip code is {digits_of(r, 5)}, extension {r.randint(100, 999)}.",
        lambda r: f"Meet me at {r.choice(['noon', 'the office', 'seven', 'the point'])}, we can dot the i's then.",
        lambda r: f"I bought {r.randint(2, 9)} items, {digits_of(r, 4)} points, on card plan {r.randint(10, 99)}.",
        lambda r: f"It's model {r.choice('ABCX')}{digits_of(r, 4)} with {r.choice(['512', '256', '128'])} gigabytes.",
        lambda r: f"Invoice {digits_of(r, 4)}-{digits_of(r, 3)} dated {r.randint(1, 12)}/{r.randint(1, 28)}/2026.",
        lambda r: f"Look at amazon dot com or ask Kevin, he paid {r.randint(10, 900)} euros.",
        lambda r: f"The tracking number is 1Z{digits_of(r, 3)}AA{digits_of(r, 10)}.",
    ],
    "fr": [
        lambda r: f"Ma commande porte le numéro {digits_of(r, r.choice([5, 6, 8]))}.",
        lambda r: f"J'ai {r.randint(18, 95)} ans, mon fils en a {pair(r.randint(2, 17), 'fr')}.",
        lambda r: f"C'était en {r.randint(1950, 2026)}.",
        lambda r: f"Ça coûte {pair(r.randint(10, 99), 'fr')} euros et {r.randint(10, 99)} centimes.",
        lambda r: (
            f"Rendez-vous à {r.randint(8, 18)} h {r.choice(['15', '30', '45'])}"
            f" le {r.randint(1, 28)} {r.choice(MONTHS['fr'])}."
        ),
        lambda r: f"J'habite au {r.randint(1, 999)} rue des Lilas, {digits_of(r, 5)} Paris.",
        lambda r: f"Il y a {pair(r.randint(10, 99), 'fr')} ou {pair(r.randint(10, 99), 'fr')} personnes.",
        lambda r: f"Un point important : la facture {digits_of(r, 6)} est de {r.randint(100, 900)} dollars.",
    ],
    "es": [
        lambda r: f"Mi pedido es el número {digits_of(r, r.choice([5, 6, 8]))}.",
        lambda r: f"Tengo {r.randint(18, 95)} años y mi hija {pair(r.randint(2, 17), 'es')}.",
        lambda r: f"Fue en {r.randint(1950, 2026)}, creo.",
        lambda r: f"Cuesta {pair(r.randint(10, 99), 'es')} euros con {r.randint(10, 99)}.",
        lambda r: f"La cita es el {r.randint(1, 28)} de {r.choice(MONTHS['es'])} a las {r.randint(1, 12)} y media.",
        lambda r: f"Vivo en la calle Mayor {r.randint(1, 99)}, piso {r.randint(1, 9)}, {digits_of(r, 5)} Madrid.",
        lambda r: f"Eran {pair(r.randint(10, 99), 'es')} o {pair(r.randint(10, 99), 'es')} personas.",
        lambda r: f"En punto, a las {pair(r.randint(1, 12), 'es')}; la factura {digits_of(r, 6)} está pagada.",
    ],
}

# How many of each: half of the utterances are cards and what goes with them.
WEIGHTS = {"card": 10, "cvv": 5, "ssn_sin": 5, "bank": 5, "email": 5, "phone": 5, "birth_date": 5}
EACH, INNOCENTS = 200, 400


def utterances(forms: dict[tuple[str, str], list[Form]], seed: int) -> Iterator[dict[str, Any]]:
    """200 of them, by weight of their kind, each form in turn."""
    rng = random.Random(seed)
    total = sum(WEIGHTS.values())
    for kind, weight in WEIGHTS.items():
        ours = [(language, form) for (its_kind, language), each in forms.items() if its_kind == kind for form in each]
        for place in range(EACH * weight // total):
            language, form = ours[place % len(ours)]
            turns, secret = form(rng)
            yield {"kind": kind, "language": language, "turns": turns, "secret": secret}


def innocents(seed: int) -> Iterator[dict[str, Any]]:
    rng = random.Random(seed)
    ours = [(language, form) for language, each in INNOCENT.items() for form in each]
    for place in range(INNOCENTS):
        language, form = ours[place % len(ours)]
        yield {"language": language, "text": form(rng)}


def write(name: str, lines: Iterator[dict[str, Any]]) -> None:
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    (FOLDER / f"{name}.jsonl").write_text(text)


if __name__ == "__main__":
    write("tuned", utterances(TUNED, 20261129))
    write("blind", utterances(BLIND, 71))
    write("innocent", innocents(5))
