"""Names of callers: what is none, and how a name is kept."""

from __future__ import annotations

import pytest

from contacts.models import Contact
from contacts.services import CallerName, is_no_name, known_name

NO_NAMES = [
    *(
        "Anonymous",
        "ANONYMOUS CALLER",
        "Unknown",
        "unknown caller",
        "Unavailable",
        "Private",
        "Restricted",
        "No Caller ID",
    ),
    *("WIRELESS CALLER", "Wireless Call", "CELL PHONE   CA", "CELL PHONE CA", "Mobile Caller", "TOLL FREE CALL"),
    *("SPAM RISK", "Spam Likely", "SPAM?", "Scam Likely", "Potential Fraud", "Telemarketer", "Name Unavailable"),
    *("New Contact", "Hidden Caller", "null", "undefined", "n/a", "OUT OF AREA", "Unbekannt", "Inconnu"),
    *("+14165550199", "(416) 555-0199", "14165550199", "1 416 555 0199", "V92116185840629", "0000000000"),
    *("TORONTO      ON", "SAN JOSE     CA", "", "   ", "-", "???", "12", "\U0001f600", "\uff0b\uff11\uff14"),
]


@pytest.mark.parametrize("text", NO_NAMES)
def test_a_placeholder_a_place_and_a_number_are_no_name(text: str) -> None:
    assert is_no_name(text)
    assert CallerName.parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Kim",
            "Kim Ma",
            "JANE SMITH MD",
            "Toronto ON",
            "Na",
            "Al Oh",
            "O'Brien",
            "\u6f22\u5b57",
            "1-800-FLOWERS",
            "7-Eleven",
        ),
        *(
            "Anonymous Coffee Roasters",
            "Unknown Person",
            "Wireless Solutions Ltd",
            "Private Bank of Kent",
            "Spam Museum",
        ),
        *("Vera", "Caller", "Robin van der Meer"),
    ],
)
def test_what_names_a_person_or_a_company_is_a_name(text: str) -> None:
    assert not is_no_name(text)
    assert CallerName.parse(text) is not None


@pytest.mark.parametrize(
    ("first", "last", "number", "called"),
    [
        ("Kim", "Example", "+14165550199", "Kim Example"),
        ("Unknown", "Caller", "+14165550199", ""),
        ("WIRELESS", "CALLER", "+14165550199", ""),
        ("New", "Contact", "+14165550199", ""),
        ("", "", "+14165550199", ""),
        ("Real", "Person", "anonymous", ""),
        ("Real", "Person", "+266696687", ""),
    ],
)
def test_a_contact_is_called_by_a_name_and_by_nothing_else(first: str, last: str, number: str, called: str) -> None:
    assert known_name(Contact(first_name=first, last_name=last, phone_number=number)) == called
