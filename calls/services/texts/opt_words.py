"""Texts that are nothing but a keyword: stop, start, help, in English, French and Spanish, however they are spelled."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from calls.providers.texts import OptWord

# Without blanks, accents and punctuation. In North America carriers know the first eight:
# https://help.twilio.com/articles/223134027. Canada's carriers ask for ARRET and AIDE besides (Canadian Common Short
# Code Application Guidelines). `YES` begins nothing again here: it answers too many other questions.
_WORDS: Final[dict[OptWord, dict[str, str]]] = {
    OptWord.STOP: {
        "en": (
            "stop stopall unsubscribe cancel end quit revoke optout stoptexting stoptextingme stoptexts stopsms stopp"
            " stopplease pleasestop stopmessages stopmessaging stopalerts stopspam stopcalls stopit stop2end stoptoend"
            " quitit remove removeme nomore nomoretext nomoretexts notexts donottext donttext donotcall dontcall"
            " donotcontact dontcontact dnc stoptext stopmessage stopsending canceltext canceltexts stopok okstop"
            " yesstop hellostop histop wrongnumberstop stopwrongnumber"
        ),
        "fr": (
            "arret arrete arreter arretez arretsms stopsvp desabonner medesabonner desabonnement desabonnez"
            " desinscrire medesinscrire desinscription annuler retirer retirezmoi fin plusdetexto plusdetextos"
            " plusdesms plusdemessages"
        ),
        "es": (
            "alto para parar pare paren basta baja bajasms dardebaja darmedebaja detener cancelar desuscribir"
            " desuscribirme desuscribirse nomas nomasmensajes"
        ),
    },
    OptWord.START: {
        "en": "start unstop optin subscribe restart",
        "fr": "debut debuter commencer recommencer reprendre reabonner",
        "es": "inicio iniciar empezar comenzar reanudar suscribir suscribirme alta",
    },
    OptWord.HELP: {"en": "help info", "fr": "aide", "es": "ayuda"},
}
_KNOWN: Final = {
    spelling: (word, language)
    for word, languages in _WORDS.items()
    for language, spellings in languages.items()
    for spelling in spellings.split()
}
# Characters of the longest of them, said some times over.
_LONGEST: Final = 250
# What people put before and behind it.
_POLITE: Final = (
    "please|pls|plz|kindly|now|thanks|thank you|thx|svp|stp|s il (?:vous|te) plait|merci|maintenant|por favor|gracias"
)
_BEFORE: Final = re.compile(rf"^(?:(?:{_POLITE}) )+")
_BEHIND: Final = re.compile(rf"(?: (?:{_POLITE}))+$")
# What telephones and people put under it, and what they quote. Marks beyond ASCII are dashes.
_UNDER_IT: Final = re.compile(
    r"\n[^\S\n]*+(?:"
    r"[-_\u2010-\u2015]{2,}[^\S\n]*\n"
    r"|[-~\u2010-\u2015]{1,3}[^\S\n]*(?-i:[A-Z\u00c0-\u00de])[^\n]{0,40}\s*$"
    r"|sent (?:from|via|with) |get outlook for |envoy\w+ (?:de|depuis|avec|via|\u00e0 partir) |enviado (?:desde|con) "
    r"|>|[^\n]{1,150}(?:wrote|a \u00e9crit|escribi\u00f3)\s?:(?:\s|$)"
    r").*",
    re.IGNORECASE | re.DOTALL,
)
# Words that mean nothing else where they stand alone: above an empty line, or as a sentence. `Baja` asks somebody to
# come down as well.
# fmt: off
_PLAIN: Final = frozenset([
    "stop", "stopall", "stopsms", "unsubscribe", "optout", "arret", "arretsms", "desabonner", "desabonnement",
    "desinscription", "desuscribir", "desuscribirme", "bajasms",
])
# fmt: on
_EMPTY_LINE: Final = re.compile(r"\n\s*\n")
_FIRST: Final = re.compile(r"([^.!?\n]{1,40})(?:\.|\n\s*\n)")
_LAST: Final = re.compile(r"(?:[.!?\u2026]\s*|\n\s*)([^.!?\n]{1,40})[.!]*$")
_LAST_CHARACTERS: Final = 60
# No sentence ends with these, so that a line behind one goes on: "wait for you at the / Stop". With the others one may
# end, and goes on where the next line begins with a small letter: "please don't / stop", "at the bus / stop".
_NEVER_LAST: Final = re.compile("the|a|an|my|your|our|their|le|la|un|une|au|du|de|mon|votre|sans")
_SELDOM_LAST: Final = re.compile(
    "not|never|dont|wont|cant|cannot|didnt|doesnt|wouldnt|couldnt|shouldnt|t|pas|jamais"
    "|next|last|first|second|bus|tram|train|metro|subway|streetcar|pit|truck|rest|prochain|dernier|premier|meme"
)
# A line's end within a sentence, as programs set it: the next line begins with a small letter.
_WRAPPED: Final = re.compile(r"(?<=[^\W_]|,)[^\S\n]*\n[^\S\n]*(?=[^\W\d_])")
# The number that it goes to, as advertisements have it; `Baja 3` and `Arret 51` are where people live and get off.
_NUMBER: Final = re.compile(r" (?:(?:au|to|al) )?([0-9]{1,6})$")
_WITH_A_SHORT_CODE: Final = _PLAIN | {"baja"}
_WITH_ANY_NUMBER: Final = frozenset(("stop", "unsubscribe"))
_SHORT_CODE_DIGITS: Final = 4
# Said several times.
_AGAIN: Final = re.compile(r"(.+?)\1*")


@dataclass(frozen=True)
class Keyword:
    word: OptWord
    language: str = "en"


def keyword_in(content: str) -> Keyword | None:
    """The keyword that a text consists of; None for one that says anything else."""
    content = _UNDER_IT.sub("", unicodedata.normalize("NFC", content))
    return _keyword(content) or _plain_stop(_EMPTY_LINE.split(content, maxsplit=1)[0])


def plain_stop_in(content: str) -> Keyword | None:
    """The STOP that is a text's first sentence or its last, whatever the others say."""
    content = _UNDER_IT.sub("", unicodedata.normalize("NFC", content)).strip()
    first, last = _FIRST.match(content), _LAST.search(content, max(0, len(content) - _LAST_CHARACTERS))
    if last and _goes_on(content[: last.start(1)], last[1]):
        last = None
    sentences = [found[1] for found in (first, last) if found]
    # Beside other words `Stop 12` is where somebody gets off.
    return next(filter(None, (_plain_stop(each, with_any_number=frozenset()) for each in sentences)), None)


def unwrapped(content: str) -> str:
    """A text without the ends of lines that are within a sentence: the next line begins with a small letter."""
    return _WRAPPED.sub(lambda found: " " if content[found.end()].islower() else found[0], content)


def _goes_on(before: str, line: str) -> bool:
    """Whether a line goes on with the sentence of the one before it, as its last word tells. What may be meant either
    way asks for the end of texts: a STOP is to be followed however it is written (47 CFR 64.1200(a)(10)).
    """
    above, is_line, between = before.rpartition("\n")
    # Of a line that ends a sentence and then says STOP, it is that sentence which went on.
    if not is_line or between.strip() or not above[-1:].isalnum():
        return False
    word = _words(above[-_LAST_CHARACTERS:]).rpartition(" ")[2]
    return bool(_NEVER_LAST.fullmatch(word) or (line[:1].islower() and _SELDOM_LAST.fullmatch(word)))


def _plain_stop(content: str, *, with_any_number: frozenset[str] = _WITH_ANY_NUMBER) -> Keyword | None:
    letters = _letters(content, with_any_number)
    return Keyword(*_KNOWN[letters]) if letters in _PLAIN else None


def _keyword(content: str) -> Keyword | None:
    letters = _letters(content)
    found = _KNOWN.get(letters) if letters else None
    return None if found is None else Keyword(*found)


def _letters(content: str, with_any_number: frozenset[str] = _WITH_ANY_NUMBER) -> str:
    """What is said without what is polite and the number that it goes to, once; empty where it is too long."""
    words = _words(content)
    if len(words) > _LONGEST:
        return ""
    words = _BEHIND.sub("", _BEFORE.sub("", words))
    number = _NUMBER.search(words)
    is_short_code = number is not None and len(number[1]) >= _SHORT_CODE_DIGITS
    takes_it = _WITH_A_SHORT_CODE if is_short_code else with_any_number
    if number is not None and words[: number.start()].replace(" ", "") in takes_it:
        words = words[: number.start()]
    letters = words.replace(" ", "")
    again = _AGAIN.fullmatch(letters)
    return again[1] if again else letters


def _words(content: str) -> str:
    """In small letters without accents and marks that nobody sees, apart by one blank."""
    letters = (
        " " if each.isspace() or unicodedata.category(each)[0] in "PSZ" else each
        for each in unicodedata.normalize("NFKD", content).casefold()
        if each.isspace() or unicodedata.category(each)[0] in "LNPSZ"
    )
    return " ".join("".join(letters).split())


# In the GSM alphabet, and in one part each with a name of 60 characters. What ends the messages tells how they begin
# again, and the other way round.
_ANSWERS: Final = {
    (OptWord.STOP, "en"): "{name}: You get no more messages or calls from us. Reply START to get them again.",
    (OptWord.START, "en"): "{name}: You get messages and calls from us again. Reply STOP to end them.",
    (OptWord.HELP, "en"): "{name}: Reply STOP to get no more messages or calls, START to get them again.",
    (OptWord.STOP, "fr"): "{name}: Vous ne recevrez plus ni message ni appel. DEBUT pour en recevoir de nouveau.",
    (OptWord.START, "fr"): "{name}: Vous recevrez de nouveau messages et appels. ARRET pour ne plus en recevoir.",
    (OptWord.HELP, "fr"): "{name}: ARRET pour ne plus recevoir de messages, DEBUT pour en recevoir de nouveau.",
    (OptWord.STOP, "es"): "{name}: Ya no recibe mensajes ni llamadas nuestras. Responda INICIO para recibirlos.",
    (OptWord.START, "es"): "{name}: Vuelve a recibir mensajes y llamadas nuestras. Responda ALTO para no recibirlos.",
    (OptWord.HELP, "es"): "{name}: Responda ALTO para no recibir mensajes ni llamadas, INICIO para recibirlos.",
}
_NAME: Final = 60


def answer_to(keyword: Keyword, *, organization_name: str) -> str:
    return _ANSWERS[keyword.word, keyword.language].format(name=organization_name[:_NAME])
