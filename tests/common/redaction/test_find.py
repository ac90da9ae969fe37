"""What is found where, and that reading it stays in proportion to what there is to be read."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from tether_calls.common.redacted_kinds import KINDS, RedactedKind, kinds_of, names_of
from tether_calls.common.redaction.checks import card_lengths, is_iban, is_routing_number, passes_luhn
from tether_calls.common.redaction.find import findings
from tether_calls.common.redaction.mask import redacted_json, redacted_text, redacted_turns
from tether_calls.common.redaction.numerals import numerals_in, tokens_of

ALL = frozenset(KINDS)
CARD = "4539 5787 6362 1486"


def masked(*turns: tuple[str, str], is_unfinished: bool = False) -> list[str]:
    return redacted_turns(turns, ALL, is_unfinished=is_unfinished)[0]


@pytest.mark.parametrize(
    ("language", "spoken", "digits"),
    [
        ("en", "four one double seven oh five triple zero", "417705000"),
        ("en", "forty-one eleven, twenty, two thousand nineteen eighty-five", "411120201985"),
        ("en", "eight hundred, five five five, one hundred and eleven", "800555111"),
        ("fr", "quatre-vingt-douze, soixante et onze, quatre-vingts, dix-sept, soixante-dix-neuf", "9271801779"),
        ("fr", "mille neuf cent quatre-vingt-cinq", "1985"),
        ("es", "mil novecientos ochenta y cinco, doble siete, veintitrés, ciento once", "19857723111"),
    ],
)
def test_numbers_that_are_spoken_are_digits(language: str, spoken: str, digits: str) -> None:
    assert "".join(numeral.digits for numeral in numerals_in(tokens_of(spoken, 0), language)) == digits


def test_a_finding_names_turn_place_and_kind() -> None:
    (finding,) = findings([("agent", "Yes?"), ("user", f"It's {CARD}.")])

    assert (finding.turn, finding.begin, finding.end, finding.kind) == (1, 5, 24, RedactedKind.CARD)


def test_a_number_over_several_turns_is_masked_in_each_with_what_is_repeated_of_it() -> None:
    assert masked(
        ("user", "it's 4539"),
        ("agent", "4539, yes"),
        ("user", "five seven eight seven, then 6362"),
        ("agent", "Go on."),
        ("user", "and 1486, thanks"),
        ("agent", "So it ends in 1486."),
    ) == ["it's [card]", "[card], yes", "[card]", "Go on.", "and [card], thanks", "So it ends in [card]."]


def test_expiry_stays_and_the_code_behind_it_goes() -> None:
    assert redacted_text(f"{CARD}, 12 27, 739", ALL) == "[card], 12 27, [cvv]"


def test_a_number_is_no_card_without_its_check_digit_or_a_brand() -> None:
    assert findings([("user", "4539 5787 6362 1487 and 9939 5787 6362 1480")]) == []


def test_what_is_masked_stays_so() -> None:
    turns = [("agent", "And the CVV?"), ("user", "739, I paid 350 dollars, mail ada@example.com")]

    once = masked(*turns)

    assert once[1] == "[cvv], I paid 350 dollars, mail [email]"
    assert masked(*((role, text) for (role, _), text in zip(turns, once, strict=True))) == once


def test_json_keeps_its_form_and_names() -> None:
    value = {"4539578763621486": [4539578763621486, True, None, 1.5, 12, {"a": CARD}]}

    assert redacted_json(value, ALL) == {"4539578763621486": ["[card]", True, None, 1.5, 12, {"a": "[card]"}]}


def test_of_what_goes_on_digits_are_hidden_that_may_become_anything() -> None:
    assert masked(("user", "it's 4539, all 12 of us"), is_unfinished=True) == ["it's [digits], all 12 of us"]


def test_nothing_is_read_where_nothing_is_asked_for() -> None:
    assert redacted_turns([("user", CARD)], frozenset()) == ([CARD], [])


def test_kinds_are_words_in_their_order() -> None:
    assert names_of(["email", "card", "sound"]) == "card email"
    assert kinds_of("email nothing card") == {RedactedKind.CARD, RedactedKind.EMAIL}


def test_check_digits() -> None:
    assert passes_luhn("4539578763621486")
    assert not passes_luhn("4539578763621468")
    assert card_lengths("3700") == (15,)
    assert is_iban("GB29NWBK60161331926819")
    assert not is_iban("GB29NWBK60161331926818")
    assert is_routing_number("021000021")


STEPS_A_CHARACTER = 1_500


def steps(read: Callable[[], object]) -> int:
    """Lines of Python that are executed: the same each time, whatever else the machine does."""
    count = 0

    def trace(_frame: object, event: str, _argument: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    sys.settrace(trace)  # type: ignore[arg-type]  # a tracer may return itself
    try:
        read()
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize(
    "text",
    ["1 ", "1, ", "one ", "FR76 ", "a at b dot ", "a-", "@", "9", "+(", "born 1 1 1 ", "4539 ", "account 12345 bank "],
)
def test_the_work_grows_with_the_length_and_no_faster(text: str) -> None:
    short, long = text * 100, text * 800
    redacted_text(short, ALL)

    once, eight_times = (steps(lambda told=told: redacted_text(told, ALL)) for told in (short, long))  # type: ignore[misc]

    assert eight_times < 10 * once
    assert eight_times < STEPS_A_CHARACTER * len(long)


@pytest.mark.parametrize(
    "told",
    [
        ["It's 4539 5787", "Yes?", "6362 1486", "Thank you."],
        ["4539", "four five three nine", "5787", "ok"],
        ["one", "one", "one", "one"],
        ["My phone is 416 555", "416 555?", "0199", "0199, thanks."],
        ["The account is 12345", "of the bank", "routing 021", "000 021"],
        ["FR76", "3000 6000", "0112 3456", "7890 189"],
        ["ada at", "yes", "example dot", "com"],
        ["I was born in", "March", "1980", "ok"],
    ],
)
def test_the_work_grows_with_the_number_of_turns_and_no_faster(told: list[str]) -> None:
    """Numbers go over turns, and what the other side repeats is found: yet no turn looks at all others."""

    def conversation(turns: int) -> list[tuple[str, str]]:
        return [("agent" if number % 2 else "user", told[number % len(told)]) for number in range(turns)]

    short, long = conversation(100), conversation(800)
    redacted_turns(short, ALL)

    once, eight_times = (steps(lambda turns=turns: redacted_turns(turns, ALL)) for turns in (short, long))  # type: ignore[misc]

    assert eight_times < 10 * once


def boxes(turns: int) -> list[tuple[str, str]]:
    return [("user" if number % 2 else "agent", f"We have {number % 90} boxes left.") for number in range(turns)]


def test_20000_turns_are_eight_times_the_work_of_2500() -> None:
    redacted_turns(boxes(100), ALL)

    once, eight_times = (steps(lambda turns=turns: redacted_turns(boxes(turns), ALL)) for turns in (2_500, 20_000))  # type: ignore[misc]

    assert eight_times < 9 * once


def test_a_conversation_of_20000_turns() -> None:
    turns = boxes(20_000)
    turns[10_001], turns[10_003] = ("user", "it's 4539 5787"), ("user", "6362 1486")

    texts, found = redacted_turns(turns, ALL)

    assert {finding.turn for finding in found} == {10_001, 10_003}
    assert texts[10_001] == "it's [card]"
