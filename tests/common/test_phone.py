"""Telephone numbers."""

from __future__ import annotations

import pytest

from tether_calls.common.phone import canonical, is_dialable, is_e164, normalized, possible_zones

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


@pytest.mark.parametrize("text", ["+12", "+15555555555", "+10000000000", "+999999999999999", "+1911", "+4402079460018"])
def test_a_number_of_the_right_shape_that_no_country_knows_cannot(text: str) -> None:
    assert is_e164(text)
    assert not is_dialable(text)


@pytest.mark.parametrize(
    ("written", "number"),
    [("+1 (416) 555-0100", "+14165550100"), ("0416/555.01", "041655501"), ("Dana 5", "Dana 5"), ("a-b", "a-b")],
)
def test_a_number_as_people_write_it_is_read_without_its_punctuation(written: str, number: str) -> None:
    assert normalized(written) == number


@pytest.mark.parametrize(
    ("written", "region", "number"),
    [
        ("+1 (416) 555-0199", None, "+14165550199"),
        ("tel:+1-416-555-0199", None, "+14165550199"),
        ("+1 416 555 0199 ext. 4", None, "+14165550199"),
        ("416 555 0199", "CA", "+14165550199"),
        ("1-416-555-0199", "US", "+14165550199"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("+4402079460018", None, "+442079460018"),
        ("00 44 20 7946 0018", "DE", "+442079460018"),
        ("+44 20 7946 0018", "CA", "+442079460018"),
        ("\uff0b14165550199", None, "+14165550199"),
        ("+39 06 6982", None, "+39066982"),
        ("+15555555555", None, "+15555555555"),
    ],
)
def test_a_number_has_one_spelling_however_it_is_written(written: str, region: str | None, number: str) -> None:
    assert canonical(written, region=region) == number
    assert canonical(number) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", "+", "hello", "416 555 0199", "+1416", "+99912345678", "0", "\0", "+1" + "2" * 15, "+" + "1" * 10_000),
        *("+14165550199, +14165550198", "+14165550199 +14165550198", "+14165550199;x", "+14165550199\n+14165550198"),
    ],
)
def test_what_is_no_number_or_several_has_none(text: str) -> None:
    assert canonical(text) is None


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
