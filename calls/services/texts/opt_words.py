"""Texts that are nothing but a keyword: stop, start, help, in English and French, however they are spelled."""

from __future__ import annotations

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
            "stop stopall unsubscribe cancel end quit revoke optout stopplease pleasestop stoptexting stoptextingme"
            " stopsms stopmessages stopmessaging removeme"
        ),
        "fr": "arret arreter arretez arretsms stopsvp desabonner desabonnement desabonnez desinscrire fin",
    },
    OptWord.START: {"en": "start unstop optin subscribe restart", "fr": "debut debuter commencer reprendre reabonner"},
    OptWord.HELP: {"en": "help info", "fr": "aide"},
}
_KNOWN: Final = {
    spelling: (word, language)
    for word, languages in _WORDS.items()
    for language, spellings in languages.items()
    for spelling in spellings.split()
}
# Longer than any of them, with blanks and signs.
_LONGEST: Final = 60


@dataclass(frozen=True)
class Keyword:
    word: OptWord
    is_french: bool


def keyword_in(content: str) -> Keyword | None:
    """The keyword that a text consists of; None for one that says anything else."""
    if len(content) > _LONGEST:
        return None
    letters = "".join(each for each in unicodedata.normalize("NFKD", content).casefold() if each.isalnum())
    found = _KNOWN.get(letters)
    return None if found is None else Keyword(found[0], is_french=found[1] == "fr")


# In the GSM alphabet, and in one part each with a name of 60 characters. What ends the messages tells how they begin
# again, and the other way round.
_ANSWERS: Final = {
    (OptWord.STOP, False): "{name}: You get no more messages or calls from us. Reply START to get them again.",
    (OptWord.START, False): "{name}: You get messages and calls from us again. Reply STOP to end them.",
    (OptWord.HELP, False): "{name}: Reply STOP to get no more messages or calls, START to get them again.",
    (OptWord.STOP, True): "{name}: Vous ne recevrez plus ni message ni appel. DEBUT pour en recevoir de nouveau.",
    (OptWord.START, True): "{name}: Vous recevrez de nouveau messages et appels. ARRET pour ne plus en recevoir.",
    (OptWord.HELP, True): "{name}: ARRET pour ne plus recevoir de messages, DEBUT pour en recevoir de nouveau.",
}
_NAME: Final = 60


def answer_to(keyword: Keyword, *, organization_name: str) -> str:
    return _ANSWERS[keyword.word, keyword.is_french].format(name=organization_name[:_NAME])
