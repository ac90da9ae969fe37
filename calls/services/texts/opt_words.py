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
            " quitit remove removeme nomore nomoretexts donottext donttext donotcall dontcall donotcontact dontcontact"
            " dnc"
        ),
        "fr": (
            "arret arrete arreter arretez arretsms stopsvp desabonner desabonnement desabonnez desinscrire"
            " desinscription annuler retirer retirezmoi fin"
        ),
        "es": (
            "alto para parar pare paren basta baja detener cancelar desuscribir desuscribirme desuscribirse nomas"
            " nomasmensajes"
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
# What telephones put under it.
_SIGNATURE: Final = re.compile(
    r"\n[^\S\n]*(?:-- ?\n|sent from my |get outlook for |envoy\w+ de mon |enviado desde mi ).*",
    re.IGNORECASE | re.DOTALL,
)
# Said several times.
_AGAIN: Final = re.compile(r"(.+?)\1*")


@dataclass(frozen=True)
class Keyword:
    word: OptWord
    language: str = "en"


def keyword_in(content: str) -> Keyword | None:
    """The keyword that a text consists of; None for one that says anything else."""
    words = _words(_SIGNATURE.sub("", content))
    if len(words) > _LONGEST:
        return None
    letters = _BEHIND.sub("", _BEFORE.sub("", words)).replace(" ", "")
    if not letters:
        return None
    again = _AGAIN.fullmatch(letters)
    found = _KNOWN.get(again.group(1) if again else letters)
    return None if found is None else Keyword(*found)


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
