"""What stands in the place of a number that is not shown: words, and digits that only look like a number."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import chain
from typing import Final

# How all hidden callers together are called, where a number is expected.
HIDDEN_CALLER: Final = "anonymous"

# Without blanks and punctuation, in lower case. What SIP (RFC 3323), carriers and telephone systems send:
# https://www.twilio.com/docs/voice/twiml#request-parameters, https://docs.2600hz.com (anonymous_cids), Asterisk's
# CALLERID(name-pres); and what telephones show in the languages of Europe.
_WORDS: Final = frozenset(
    {
        *("anonymous", "anonymouscaller", "restricted", "restrictednumber", "unavailable", "unknown", "unknowncaller"),
        *("unknownnumber", "private", "privatecaller", "privatenumber", "blocked", "blockedcaller", "blockednumber"),
        *("withheld", "withheldnumber", "numberwithheld", "hidden", "hiddencaller", "hiddennumber", "suppressed"),
        *("nocallerid", "nonumber", "notavailable", "outofarea", "calleridunavailable", "calleridblocked"),
        *("anonym", "unbekannt", "unterdrückt", "anonyme", "inconnu", "masqué", "numéromasqué", "appelmasqué", "privé"),
        *("anónimo", "anonimo", "desconocido", "desconhecido", "oculto", "númerooculto", "privado", "númeroprivado"),
        *("sconosciuto", "numeroprivato", "anoniem", "onbekend", "afgeschermd", "okänt", "skyddatnummer", "ukendt"),
        *("hemmeligtnummer", "ukjent", "skjultnummer", "tuntematon", "nieznany", "numerzastrzeżony"),
    }
)
# Letters alone would be a name.
_SIGNS: Final = frozenset({"n/a", "n.a.", "#n/a"})
# Upstream carriers send a word, Twilio turns it into the digits of a telephone's keys:
# https://help.twilio.com/articles/223179988-Why-am-I-getting-calls-from-these-strange-numbers-
_ON_KEYS: Final = ("anonymous", "restricted", "unknown", "unavailable", "blocked", "private")
_KEYS: Final = str.maketrans("abcdefghijklmnopqrstuvwxyz", "22233344455566677778889999")
_NUMBERS: Final = frozenset(
    # The last one is in Twilio's list where UNKNOWN is meant.
    {*(word.translate(_KEYS) for word in _ON_KEYS), "8566696"}
)
_ZEROS: Final = re.compile(r"\+?0{6,15}")
_SIP: Final = re.compile(r"sips?:([^@;]+)@.*")
# Longer than any of them, with what is around it.
_MAX: Final = 60


def is_hidden(text: str) -> bool:
    """Whether `text` stands for a caller who does not show a number: so it is no person's, and the same for many."""
    return (_is_hidden_again if len(text) <= LONGEST_KEPT else _is_hidden)(text)


def _is_hidden(text: str) -> bool:
    written = unicodedata.normalize("NFC", text).strip().casefold()
    if len(written) > _MAX or any(unicodedata.category(character) == "Cc" for character in written):
        return False
    if sip := _SIP.fullmatch(written):
        written = sip[1]
    digits = re.sub(r"[ ().-]", "", written)
    is_number = digits.removeprefix("+") in _NUMBERS or _ZEROS.fullmatch(digits) is not None
    return is_number or written in _SIGNS or _letters(written) in _WORDS


# Asked of each number of each call, several times; most calls are of a few numbers.
LONGEST_KEPT = 40
_is_hidden_again = lru_cache(maxsize=10_000)(_is_hidden)


def hidden_spellings() -> tuple[str, ...]:
    """What `is_hidden` calls so, as programs write it: for a search among texts that were kept as they came."""
    words = chain.from_iterable((word, word.capitalize(), word.upper()) for word in sorted(_WORDS))
    return (*words, *_SIGNS, *(f"{plus}{digits}" for digits in sorted(_NUMBERS) for plus in ("", "+")), "0000000000")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
