"""Telephone numbers."""

from __future__ import annotations

import pytest

from tether_calls.common.phone import is_dialable, is_e164, normalized

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


@pytest.mark.parametrize("text", ["+12", "+15555555555", "+10000000000", "+999999999999999", "+1911"])
def test_a_number_of_the_right_shape_that_no_country_knows_cannot(text: str) -> None:
    assert is_e164(text)
    assert not is_dialable(text)


@pytest.mark.parametrize(
    ("written", "number"),
    [("+1 (416) 555-0100", "+14165550100"), ("0416/555.01", "041655501"), ("Dana 5", "Dana 5"), ("a-b", "a-b")],
)
def test_a_number_as_people_write_it_is_read_without_its_punctuation(written: str, number: str) -> None:
    assert normalized(written) == number
