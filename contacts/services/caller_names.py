"""Names of callers, as vendors, carriers and their databases tell them; and what they tell where they know none."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from contacts.models import Contact
from tether_calls.common.phone import is_hidden, read_number

# What a contact is called until somebody knows better.
UNKNOWN_CALLER: Final = ("Unknown", "Caller")
# What dialling makes of a number that nobody knows a name for.
NEW_CONTACT: Final = "New Contact"
# All callers of an organization who do not show a number.
HIDDEN_NAME: Final = ("Hidden", "Caller")

# Without blanks and punctuation, in lower case; besides the words for hidden callers. What North America's databases of
# caller names (CNAM) and their readers hold in the place of a name, the labels that carriers put before suspicious
# calls, and what programs write for nothing: from Twilio's Lookup, 2600hz's kazoo (anonymous_cids), FreePBX and the
# lists of call screening software.
_NO_NAMES: Final = frozenset(
    {
        *("wirelesscaller", "wirelesscall", "wirelessuser", "wirelessnumber", "wireless", "cellularcaller"),
        *("cellularcall", "cellphone", "cellphonecaller", "mobilecaller", "mobilecall", "mobilephone", "mobilenumber"),
        *("landline", "unknownname", "nameunavailable", "namenotavailable", "namenotfound", "noname", "nocnam"),
        *("notprovided", "tollfree", "tollfreecall", "tollfreecaller", "tollfreenumber", "tollfreesvc", "payphone"),
        *("coinphone", "longdistance", "longdistancecall", "international", "internationalcall"),
        *("internationalcaller", "voipcaller", "voipcall", "incomingcall", "callerid", "phonecall"),
        *("spam", "spamrisk", "spamlikely", "spamcaller", "spamcall", "potentialspam", "possiblespam"),
        *("suspectedspam", "scam", "scamlikely", "scamrisk", "scamcaller", "potentialscam", "suspectedscam"),
        *("fraud", "fraudrisk", "fraudlikely", "potentialfraud", "possiblefraud", "suspectedfraud", "highrisk"),
        *("robocall", "robocaller", "telemarketer", "telemarketing", "politicalcall", "survey", "nuisancecall"),
        *("null", "none", "nil", "nan", "undefined", "tbd", "newcontact"),
    }
)
# States and territories, provinces: the last two of the 15 characters of a name that says from where a mobile calls,
# `SAN JOSE     CA`. Only with the blanks between: `Kim Ma` is a person, and so is `JANE SMITH MD`.
_REGIONS: Final = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA"
    "|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|VI|GU|AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|PQ|SK|YT"
)
_PLACE: Final = re.compile(rf"\S.*\s{{2,}}(?:{_REGIONS})")
_WITH_REGION: Final = re.compile(rf"(?P<text>.+)\s(?:{_REGIONS})")
# A number in the place of a name, with the V of a telephone company that has none: V92116185840629.
_NUMBERED: Final = re.compile(r"[vV]?-?\d{5,}")


def is_no_name(text: str) -> bool:
    """Whether `text` names no person and no company: a placeholder, a place, a telephone number, nothing but signs."""
    name = unicodedata.normalize("NFKC", text).strip()
    if not any(character.isalpha() for character in name):
        return True
    if is_hidden(name) or read_number(name) is not None or _NUMBERED.fullmatch(name) or _PLACE.fullmatch(name):
        return True
    # CELL PHONE   CA
    without_region = match["text"] if (match := _WITH_REGION.fullmatch(name)) else name
    return not {_letters(name), _letters(without_region)}.isdisjoint(_NO_NAMES)


@dataclass(frozen=True)
class CallerName:
    """A name as a vendor gives it, split where contacts keep it in two; of a provider's longer one, the beginning."""

    first: str
    last: str

    @classmethod
    def parse(cls, text: str) -> CallerName | None:
        """None for what is no name."""
        if is_no_name(text):
            return None
        first, _, last = " ".join(text.split()).partition(" ")
        return cls(first[: Contact.NAME_MAX], last[: Contact.NAME_MAX])


def known_name(contact: Contact) -> str:
    """What the contact can be called; empty for a placeholder, which is no name, and for all hidden callers."""
    return "" if contact.is_hidden_caller or is_no_name(contact.full_name) else contact.full_name


def may_be_named(contact: Contact) -> bool:
    """Whether the contact waits for a name: it has a placeholder, and is one person's."""
    return not contact.is_hidden_caller and is_no_name(contact.full_name)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())
