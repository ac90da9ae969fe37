"""Telephone numbers: how they are written, their one spelling, and what is none."""

from __future__ import annotations

import phonenumbers
import pytest

from tether_calls.common.phone import (
    canonical,
    dialable,
    digits_to_find,
    e164_of,
    hidden_spellings,
    is_dialable,
    is_e164,
    is_hidden,
    possible_zones,
    read_number,
    spellings,
)

NO_NUMBERS = [
    *(
        "",
        "+",
        "+0",
        "+0123456789",
        "14165550100",
        "+1 416 555 0100",
        "+1-416-555-0100",
        "tel:+14165550100",
        "anonymous",
    ),
    *(
        "+1416555010a",
        "++14165550100",
        "+1" + "2" * 15,
        "+14165550100\n",
        " +14165550100",
        "+\uff11\uff14\uff11\uff16\uff15\uff15\uff15\uff10\uff11\uff10\uff10",
        "+\u0661\u0662\u0663\u0664",
    ),
]


@pytest.mark.parametrize("text", ["+14165550100", "+12", "+999999999999999", "+442079460018"])
def test_a_plus_and_2_to_15_digits_have_the_shape_of_a_number(text: str) -> None:
    assert is_e164(text)


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_anything_else_has_not(text: str) -> None:
    assert not is_e164(text)
    assert not is_dialable(text)


@pytest.mark.parametrize("text", ["+14165550100", "+442079460018", "+4930123456"])
def test_a_number_that_its_country_knows_can_be_dialled(text: str) -> None:
    assert is_dialable(text)
    assert dialable(text) == text


@pytest.mark.parametrize("text", ["+12", "+15555555555", "+10000000000", "+999999999999999", "+1911"])
def test_a_number_of_the_right_shape_that_no_country_knows_cannot(text: str) -> None:
    assert is_e164(text)
    assert not is_dialable(text)
    assert dialable(text) is None


def test_a_number_with_the_zero_of_national_calls_is_dialled_without() -> None:
    assert not is_dialable("+4402079460018")
    assert dialable("+4402079460018") == "+442079460018"


# ---- As people write them ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("+1 (416) 555-0199", None, "+14165550199"),
        ("+1.416.555.0199", None, "+14165550199"),
        ("+1/416/555/0199", None, "+14165550199"),
        ("(+1) 416 555 0199", None, "+14165550199"),
        ("+1 [416] 555 0199", None, "+14165550199"),
        ("  +14165550199\t", None, "+14165550199"),
        ("tel:+1-416-555-0199", None, "+14165550199"),
        ("TEL:+14165550199", None, "+14165550199"),
        ("callto://+14165550199", None, "+14165550199"),
        ("whatsapp:+14165550199", None, "+14165550199"),
        ("0014165550199", None, "+14165550199"),
        ("00 1 (416) 555-0199", None, "+14165550199"),
        ("+1\u00a0416\u202f555\u20030199", None, "+14165550199"),
        ("+1\u2011416\u2013555\u22120199", None, "+14165550199"),
        ("+1 \uff08416\uff09555\uff0d0199", None, "+14165550199"),
        ("\u202a+1 416 555 0199\u202c", None, "+14165550199"),
        ("\ufeff+1416\u200b5550199", None, "+14165550199"),
        ("\uff0b14165550199", None, "+14165550199"),
        ("\uff0b\uff11\uff14\uff11\uff16\uff15\uff15\uff15\uff10\uff11\uff19\uff19", None, "+14165550199"),
        ("+\u0661\u0664\u0661\u0666\u0665\u0665\u0665\u0660\u0661\u0669\u0669", None, "+14165550199"),
        ("+1 416 555 0199 ext. 4", None, "+14165550199"),
        ("+1 416 555 0199 x4", None, "+14165550199"),
        ("+1 416 555 0199 #4", None, "+14165550199"),
        ("+14165550199;ext=4", None, "+14165550199"),
        ("tel:+1-416-555-0199;ext=4", None, "+14165550199"),
        ("+14165550199,,4#", None, "+14165550199"),
        ("416 555 0199", "CA", "+14165550199"),
        ("1-416-555-0199", "US", "+14165550199"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("+44(0)2079460018", None, "+442079460018"),
        ("+4402079460018", None, "+442079460018"),
        ("+49(0)301234567", None, "+49301234567"),
        ("+33(0)612345678", None, "+33612345678"),
        ("+34 (0)91 123 45 67", None, "+34911234567"),
        ("+1 (0)416 555 0199", None, "+14165550199"),
        ("00 44 20 7946 0018", "DE", "+442079460018"),
        ("00 44 20 7946 0018", "CA", "+442079460018"),
        ("011 44 20 7946 0018", "CA", "+442079460018"),
        ("+44 20 7946 0018", "CA", "+442079460018"),
        # A zero that belongs to the number stays.
        ("+39 06 6982", None, "+39066982"),
        ("+39 (0)6 69821234", None, "+390669821234"),
        ("+225 07 07 12 34 56", None, "+2250707123456"),
        ("+15555555555", None, "+15555555555"),
    ],
)
def test_a_number_has_one_spelling_however_it_is_written(written: str, region: str | None, number: str) -> None:
    assert canonical(written, region=region) == number
    assert canonical(number) == number
    if region is None:
        assert e164_of(written) == number
        assert spellings(written)[0] == number


@pytest.mark.parametrize(
    "text",
    [
        *("", "+", "hello", "416 555 0199", "+1416", "0", "\0", "+1" + "2" * 15, "+" + "1" * 10_000, "()", "00"),
        *("+14165550199, +14165550198", "+14165550199 +14165550198", "+14165550199;x", "+14165550199\n+14165550198"),
        *("+14165550199, 4165550198", "+14165550199/0198", "+1416555019a", "+14165550199a", "+1 800 FLOWERS"),
        *("+49 30 1234 Kim", "Kim +14165550199", "+1416555\u00b2\u00b3\u00b9\u00b9", "sip:+14165550199@example.com"),
        *("tel:5550199;phone-context=example.com", "++14165550199", "+(0)14165550199"),
    ],
)
def test_what_is_no_number_or_several_has_none(text: str) -> None:
    assert canonical(text) is None
    assert dialable(text) is None
    if not is_e164(text):
        assert e164_of(text) is None


@pytest.mark.parametrize("number", ["+12", "+99912345678", "+1416"])
def test_what_only_has_the_shape_of_a_number_stays_as_it_is_and_cannot_be_dialled(number: str) -> None:
    assert canonical(number) is None
    assert e164_of(number) == number
    assert dialable(number) is None


@pytest.mark.parametrize("written", ["+1 416 555 0199 ext. 4", "+14165550199;ext=4", "+1 416 555 0199,4"])
def test_a_number_with_an_extension_is_not_dialled_since_somebody_else_would_answer(written: str) -> None:
    found = read_number(written)

    assert found is not None
    assert (found.number, found.extension) == ("+14165550199", "4")
    assert dialable(written) is None


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("14165550199", "+14165550199"),
        ("1 (416) 555-0199", "+14165550199"),
        ("0014165550199", "+14165550199"),
        ("+14165550199", "+14165550199"),
        ("442079460018", "+442079460018"),
        ("(416) 555-0199", None),
    ],
)
def test_digits_that_begin_with_the_country_code_need_no_plus_where_that_is_known(
    written: str, number: str | None
) -> None:
    assert dialable(written, is_international=True) == number


# ---- Plans that changed --------------------------------------------------------------------------------------------

RENEWED = [
    ("+5215512345678", "+525512345678"),
    ("+52 1 55 1234 5678", "+525512345678"),
    ("+52 044 55 1234 5678", "+525512345678"),
    ("+52 01 55 1234 5678", "+525512345678"),
    ("+551187654321", "+5511987654321"),
    ("+55 21 9876-5432", "+5521998765432"),
    ("+22541234567", "+2250141234567"),
    ("+22555123456", "+2250555123456"),
    ("+22507123456", "+2250707123456"),
    ("+22520812345", "+2252120812345"),
    ("+22520012345", "+2252520012345"),
    ("+22520213456", "+2252720213456"),
    ("+22997123456", "+2290197123456"),
    ("+22921123456", "+2290121123456"),
    ("+23777123456", "+237677123456"),
    ("+23722123456", "+237222123456"),
    ("+5712345678", "+576012345678"),
    ("+841201234567", "+84701234567"),
    ("+841681234567", "+84381234567"),
    ("+841991234567", "+84591234567"),
    ("+54 11 15 2345 6789", "+5491123456789"),
    ("+7 8 912 345 67 89", "+79123456789"),
]


@pytest.mark.parametrize(("old", "today"), RENEWED)
def test_a_number_of_an_older_plan_is_what_it_has_become(old: str, today: str) -> None:
    assert canonical(old) == dialable(old) == e164_of(old) == today
    assert today in spellings(old)


@pytest.mark.parametrize(("old", "today"), [pair for pair in RENEWED if is_e164(pair[0])])
def test_a_number_of_today_is_found_where_it_was_kept_in_the_older_plan(old: str, today: str) -> None:
    assert spellings(today)[0] == today
    assert old in spellings(today)


@pytest.mark.parametrize(
    "number",
    [
        # Argentina's mobiles have a 9 from abroad, and without it are other telephones.
        *("+5491123456789", "+541123456789"),
        # Brazil's radio telephones, and what is fixed there, have got no digit.
        *("+551178765432", "+551132345678"),
        # Gabon's numbers of 2018, which its plan still has.
        *("+2416123456", "+24107123456"),
        *("+525512345678", "+14165550199", "+390669821234", "+393331234567", "+841800123456"),
    ],
)
def test_a_number_that_a_plan_has_today_is_no_other(number: str) -> None:
    assert canonical(number) == number


def test_no_number_of_any_country_is_taken_for_another() -> None:
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in phonenumbers.PhoneNumberType.values():
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            assert e164_of(number) == number, (region, kind)
            assert all(e164_of(spelling) == number for spelling in spellings(number)), (region, kind)


def test_a_number_is_also_looked_for_with_the_zero_of_national_calls() -> None:
    assert spellings("+442079460018") == ("+442079460018", "+4402079460018")
    assert spellings("+4402079460018") == ("+442079460018", "+4402079460018")
    assert spellings("+14165550199") == ("+14165550199",)
    assert spellings("+390669821234") == ("+390669821234",)


@pytest.mark.parametrize("text", ["", "anonymous", "+266696687", "1234567", "client:dana", "+12"])
def test_what_is_no_number_has_itself_for_a_spelling(text: str) -> None:
    assert spellings(text) == (text,)


# ---- Parts of numbers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("416-555-7702", "4165557702"),
        ("(416) 555-7702", "4165557702"),
        ("416\u00a0555", "416555"),
        ("+1 416", "1416"),
        ("0199", "0199"),
        ("0018", "0018"),
        ("020 7946 0018", "2079460018"),
        ("0044 20 7946", "44207946"),
        ("+44 (0)20 7946", "44207946"),
        ("+44 (0)20 7946 0018", "442079460018"),
        ("+521 55 1234 5678", "525512345678"),
        ("\u0664\u0661\u0666", "416"),
        ("Dana 5", ""),
        ("a-b", ""),
        ("kim@example.com", ""),
        ("", ""),
        ("+", ""),
        ("()", ""),
        ("1" * 100, ""),
    ],
)
def test_part_of_a_number_is_looked_for_by_its_digits(text: str, digits: str) -> None:
    assert digits_to_find(text) == digits


# ---- Hidden callers ------------------------------------------------------------------------------------------------

HIDDEN = [
    *("+266696687", "+7378742833", "+2562533", "+8566696", "+8656696", "+86282452253", "266696687", "+266 696 687"),
    *("anonymous", "Anonymous", "ANONYMOUS", " anonymous ", "Restricted", "unavailable", "Unknown", "private"),
    *("No Caller ID", "no-caller-id", "No_Caller_ID", "Private Number", "withheld", "blocked", "n/a", "Out of area"),
    *("sip:anonymous@anonymous.invalid", "0000000000", "+0000000000", "Unbekannt", "Inconnu", "Masqu\u00e9"),
    "Masque\u0301",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_what_stands_for_a_caller_who_shows_no_number_is_no_number(text: str) -> None:
    assert is_hidden(text)
    assert (canonical(text), e164_of(text), dialable(text)) == (None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        *("", "+14165550199", "14165550199", "1234567", "+26669668", "+2666966871", "client:dana", "Kim", "000"),
        *("anonymous\0", "anonymous\n\nanonymous", "a" * 1_000, "sip:kim@example.com", "Na"),
    ],
)
def test_anything_else_stands_for_no_hidden_caller(text: str) -> None:
    assert not is_hidden(text)


def test_hidden_callers_are_looked_for_under_all_that_stands_for_them() -> None:
    found = hidden_spellings()

    assert all(is_hidden(text) for text in found)
    assert {"anonymous", "Anonymous", "ANONYMOUS", "+266696687", "266696687", "n/a", "0000000000"} <= set(found)
    assert len(found) == len(set(found))


# ---- Time zones ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+14165550199", ["America/Toronto"]),
        ("+442079460018", ["Europe/London"]),
        ("+80012345678", []),
        ("+870773111632", []),
        ("+99912345678", []),
        ("nonsense", []),
    ],
)
def test_the_time_zones_of_a_number_are_known_or_there_are_none(number: str, zones: list[str]) -> None:
    assert [zone.key for zone in possible_zones(number)] == zones


def test_a_number_that_may_be_anywhere_has_many_time_zones() -> None:
    zones = {zone.key for zone in possible_zones("+18005551234")}
    assert {"America/Toronto", "Pacific/Honolulu", "America/St_Johns"} <= zones
    assert len(possible_zones("+79161234567")) > 5
