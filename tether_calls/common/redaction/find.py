"""Finds what is not to be kept in a conversation: the time grows with its length, and no regex looks twice.

Digits are looked at as runs (`stream.py`): all that one speaker says one after the other, over what others say in
between. Of a run every number may be the first digits of a card, which its check digit decides; other kinds are taken
only between breaths, and where a word near by tells what they are or their written form does.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import phonenumbers

from tether_calls.common.redacted_kinds import RedactedKind
from tether_calls.common.redaction.checks import (
    IBAN_LENGTHS,
    card_lengths,
    is_french_social_security_number,
    is_iban,
    is_routing_number,
    is_social_insurance_number,
    is_social_security_number,
    passes_luhn,
)
from tether_calls.common.redaction.dates import birth_dates
from tether_calls.common.redaction.emails import emails
from tether_calls.common.redaction.kinds import Finding
from tether_calls.common.redaction.stream import Conversation, Run, cue, runs_of

# Digits of a card's code, and of the longest thing that is no card: an IBAN without its letters.
_SHORTEST, _LONGEST = 3, 34
_SHORTEST_ACCOUNT, _LONGEST_ACCOUNT = 5, 18
# Words that are no fillers, within a number that no check digit shows.
_MOST_WORDS_WITHIN: Final = 2
_REGIONS: Final = ("US", "CA", "FR", "ES", "MX", "GB", "DE")
# Where one may begin; characters of the longest, with a blank or a dash before each.
_IBAN = re.compile(r"(?<![^\W_])[A-Za-z]{2}[ -]?\d\d")
_LONGEST_IBAN: Final = 64
# How digits of nine or ten are written that are a person's number, or a telephone's.
_SSN_FORM, _SIN_FORM = (3, 2, 4), (3, 3, 3)
_PHONE_FORMS: Final = frozenset(
    {(3, 3, 4), (1, 3, 3, 4), (3, 7), (2, 2, 2, 2, 2), (3, 2, 2, 2), (3, 3, 3), (3, 4), (3, 3, 2, 2)}
)
# Findings of a turn that are looked at for what it is about.
_LATEST: Final = 20
_YEARS_OF_EXPIRY: Final = range(24, 60)


def findings(turns: Sequence[tuple[str, str]], *, is_unfinished: bool = False) -> list[Finding]:
    """Of (role, text): every finding of every kind, by turn and place; none overlaps another.

    `is_unfinished`: three digits and more of what is nothing yet are found as well.
    """
    conversation = Conversation(turns)
    found = _Found()
    for turn, (_, text) in enumerate(turns):
        _ibans(turn, text, found)
    streams = conversation.streams()
    for stream in streams:
        emails(stream, turns, found.add)
    runs = [run for stream in streams for run in runs_of(stream)]
    for run in runs:
        _cards(conversation, run, found)
    parts = [(run, part) for run in runs for part in _parts(run)]
    for detect in (_codes, _persons, _banks, _phones):
        for run, part in parts:
            if not found.has(run, part):
                detect(conversation, run, part, found)
    birth_dates(conversation, found.add)
    _repeated(runs, conversation, found)
    if is_unfinished:
        for run in runs:
            _unfinished(conversation, run, found)
    return found.ordered()


class _Found:
    """The findings so far; of two that overlap the first stays."""

    def __init__(self) -> None:
        # By turn, in order of their places.
        self._of_turn: dict[int, list[Finding]] = {}
        # Digits that are found, with the turns of which they are.
        self.numbers: list[tuple[str, RedactedKind, int, int]] = []

    def add(self, kind: RedactedKind, pieces: Iterable[tuple[int, int, int]]) -> None:
        """What is found there already is left out of them."""
        for turn, begin, end in pieces:
            of_turn = self._of_turn.setdefault(turn, [])
            at = bisect_right(of_turn, begin, key=_end_of)
            new = []
            while begin < end:
                known = of_turn[at] if at < len(of_turn) else None
                if known is None or known.begin >= end:
                    new.append(Finding(turn, begin, end, kind))
                    break
                if begin < known.begin:
                    new.append(Finding(turn, begin, known.begin, kind))
                begin = max(begin, known.end)
                at += 1
            for finding in new:
                insort(of_turn, finding, key=_begin_of)

    def covers(self, turn: int, begin: int, end: int) -> bool:
        of_turn = self._of_turn.get(turn)
        if not of_turn:
            return False
        at = bisect_right(of_turn, begin, key=_end_of)
        return at < len(of_turn) and of_turn[at].begin < end

    def has(self, run: Run, part: _Part) -> bool:
        return _is_taken(run, part.first, self) or _is_taken(run, part.last, self)

    def kinds_before(self, turn: int, turns: int) -> set[RedactedKind]:
        return {
            known.kind
            for number in range(max(0, turn - turns), turn + 1)
            for known in self._of_turn.get(number, ())[-_LATEST:]
        }

    def ordered(self) -> list[Finding]:
        return [each for turn in sorted(self._of_turn) for each in self._of_turn[turn]]


def _begin_of(finding: Finding) -> int:
    return finding.begin


def _end_of(finding: Finding) -> int:
    return finding.end


def _pieces(run: Run, first: int, last: int, conversation: Conversation) -> list[tuple[int, int, int]]:
    """Where the numbers from the first to the last stand: in each turn from the first of them to the last."""
    places: dict[int, tuple[int, int]] = {}
    for numeral in run.numerals[first : last + 1]:
        for token in (run.tokens[numeral.first], run.tokens[numeral.last]):
            begin, end = places.get(token.turn, (token.begin, token.end))
            places[token.turn] = (min(begin, token.begin), max(end, token.end))
    pieces = []
    for turn, (begin, end) in places.items():
        text = conversation.turns[turn][1]
        while begin > 0 and text[begin - 1] in "+(":
            begin -= 1
        pieces.append((turn, begin, end))
    return pieces


def _take(run: Run, first: int, last: int, kind: RedactedKind, conversation: Conversation, found: _Found) -> None:
    pieces = _pieces(run, first, last, conversation)
    found.add(kind, pieces)
    turns = [turn for turn, _, _ in pieces]
    digits = run.digits[run.starts[first] : run.starts[last + 1]]
    found.numbers.append((digits, kind, min(turns), max(turns)))


def _is_taken(run: Run, number: int, found: _Found) -> bool:
    token = run.place(number)
    return found.covers(token.turn, token.begin, token.end)


def _cards(conversation: Conversation, run: Run, found: _Found) -> None:
    """From each number the digits of a card, of the length that its brand has first."""
    number, digits, starts = 0, run.digits, run.starts
    places = {start: place for place, start in enumerate(starts)}
    while number < len(run.numerals):
        begin = starts[number]
        last = None
        if len(digits) - begin >= 13 and not _is_taken(run, number, found):
            for length in card_lengths(digits[begin : begin + 4]):
                end = places.get(begin + length)
                if (
                    end is not None
                    and _is_one(run, number, end, length)
                    and passes_luhn(digits[begin : begin + length])
                ):
                    last = end - 1
                    break
        if last is None:
            number += 1
            continue
        _take(run, number, last, RedactedKind.CARD, conversation, found)
        _code_behind(conversation, run, last + 1, found)
        number = last + 1


def _is_one(run: Run, first: int, end: int, length: int) -> bool:
    """Whether it is told as one: other words only between groups of its digits.

    An unusual length is believed only where nothing goes before or follows.
    """
    begin = run.starts[first]
    for number in range(first + 1, end):
        if run.numerals[number].words_before > 0:
            if run.starts[number] - begin < _SHORTEST:
                return False
            begin = run.starts[number]
    if run.starts[end] - begin < _SHORTEST:
        return False
    if length in (14, 15, 16):
        return True
    is_begun = first == 0 or run.numerals[first].is_apart
    return is_begun and (end == len(run.numerals) or run.numerals[end].is_apart)


def _code_behind(conversation: Conversation, run: Run, begin: int, found: _Found) -> None:
    """Right behind a card: its code, perhaps after the month and year at which it expires."""
    end = begin
    while end < len(run.numerals) and run.numerals[end].words_before <= 1 and run.starts[end] - run.starts[begin] < 9:
        end += 1
    rest = run.digits[run.starts[begin] : run.starts[end]]
    first = begin
    if len(rest) in (7, 8) and 1 <= int(rest[:2]) <= 12 and int(rest[2:4]) in _YEARS_OF_EXPIRY:
        while first < end and run.starts[first] - run.starts[begin] < 4:
            first += 1
        if run.starts[first] - run.starts[begin] != 4:
            return
    elif len(rest) not in (3, 4) or (len(rest) == 4 and _is_expiry(rest)):
        return
    _take(run, first, end - 1, RedactedKind.CVV, conversation, found)


def _is_expiry(digits: str) -> bool:
    return 1 <= int(digits[:2]) <= 12 and int(digits[2:]) in _YEARS_OF_EXPIRY


class _Part(NamedTuple):
    """Numbers of a run between two breaths, from the first to the last."""

    first: int
    last: int
    digits: str


def _parts(run: Run) -> Iterator[_Part]:
    """The longer ones first."""
    numerals, starts = run.numerals, run.starts
    for first, numeral in enumerate(numerals):
        if not (first == 0 or numeral.is_apart):
            continue
        ends, words = [], 0
        most = _LONGEST if _country(run, first) else _LONGEST_ACCOUNT
        for end in range(first + 1, len(numerals) + 1):
            count = starts[end] - starts[first]
            words += numerals[end - 1].words_before if end - 1 > first else 0
            if count > most or words > _MOST_WORDS_WITHIN:
                break
            if count >= _SHORTEST and (end == len(numerals) or numerals[end].is_apart):
                ends.append(end)
        for end in reversed(ends):
            yield _Part(first, end - 1, run.digits[starts[first] : starts[end]])


def _codes(conversation: Conversation, run: Run, part: _Part, found: _Found) -> None:
    """CVV: three or four digits that follow words for them, or for any code where a card is spoken of."""
    first, last, digits = part
    if len(digits) not in (3, 4):
        return
    token = run.place(first)
    before = conversation.before(token.turn, token.begin)
    strong, weak = _latest(cue("cvv"), before), _latest(cue("cvv_of_card"), before)
    if strong is None and weak is not None:
        near = RedactedKind.CARD in found.kinds_before(token.turn, 6) or cue("card").search(before)
        strong = weak if near else None
    # The first number behind the words.
    if strong is not None and not re.search(r" \d{2,}", before[strong:]):
        _take(run, first, last, RedactedKind.CVV, conversation, found)


def _latest(words: re.Pattern[str], text: str) -> int | None:
    """Where the last of them ends."""
    end = None
    for match in words.finditer(text):
        end = match.end()
    return end


def _persons(conversation: Conversation, run: Run, part: _Part, found: _Found) -> None:
    """Social security and social insurance numbers: by their form where they are written so, else by words near by."""
    first, last, digits = part
    if len(digits) == 15 and is_french_social_security_number(digits):
        _take(run, first, last, RedactedKind.SSN_SIN, conversation, found)
        return
    if len(digits) != 9:
        return
    is_american, is_canadian = is_social_security_number(digits), is_social_insurance_number(digits)
    if not is_american and not is_canadian:
        return
    form, between = _form(conversation, run, first, last)
    is_written = (is_american and form == _SSN_FORM and between == {"-"}) or (is_canadian and form == _SIN_FORM)
    if (is_written and not _is_of_something_else(conversation, run, first)) or _is_told(
        conversation, run, first, last, "ssn_sin"
    ):
        _take(run, first, last, RedactedKind.SSN_SIN, conversation, found)


def _banks(conversation: Conversation, run: Run, part: _Part, found: _Found) -> None:
    """Routing and account numbers where words say so; IBANs that are spoken, by their check digits."""
    first, last, digits = part
    country = _country(run, first)
    if country is not None and is_iban(f"{country}{digits}"):
        _take(run, first, last, RedactedKind.BANK, conversation, found)
        return
    if not _SHORTEST_ACCOUNT <= len(digits) <= _LONGEST_ACCOUNT:
        return
    is_routing = is_routing_number(digits) and _is_told(conversation, run, first, last, "routing")
    is_account = _is_told(conversation, run, first, last, "bank") and _is_told(
        conversation, run, first, last, "account"
    )
    if is_routing or is_account:
        _take(run, first, last, RedactedKind.BANK, conversation, found)


def _country(run: Run, first: int) -> str | None:
    """The two letters in front of a number, in one word or spelled."""
    at = run.numerals[first].first
    letters = ""
    while at > 0 and len(letters) < 2 and len(run.tokens[at - 1].plain) <= 2 - len(letters):
        at -= 1
        letters = run.tokens[at].plain + letters
    return letters.upper() if letters.upper() in IBAN_LENGTHS else None


def _phones(conversation: Conversation, run: Run, part: _Part, found: _Found) -> None:
    first, last, digits = part
    if not 7 <= len(digits) <= 15:
        return
    token = run.place(first)
    text = conversation.turns[token.turn][1]
    if text[max(0, token.begin - 2) : token.begin].rstrip("(").endswith("+"):
        if _is_phone(f"+{digits}", None):
            _take(run, first, last, RedactedKind.PHONE, conversation, found)
        return
    if _is_of_something_else(conversation, run, first):
        return
    is_told = _is_told(conversation, run, first, last, "phone")
    form, _ = _form(conversation, run, first, last)
    is_written = form in _PHONE_FORMS and len(digits) >= 9
    if len(digits) < 9:
        is_known = is_told and (form in _PHONE_FORMS or len(digits) == 7)
    elif is_told:
        is_known = len(digits) == 10 or any(_is_phone(digits, region) for region in _REGIONS)
    elif is_written or len(digits) == 10:
        is_known = any(_is_phone(digits, region) for region in _REGIONS)
    else:
        is_known = len(digits) == 11 and digits[0] == "1" and _is_phone(digits, "US")
    if is_known:
        _take(run, first, last, RedactedKind.PHONE, conversation, found)


@lru_cache(maxsize=1024)
def _is_phone(digits: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(digits, region))
    except phonenumbers.NumberParseException:
        return False


def _form(conversation: Conversation, run: Run, first: int, last: int) -> tuple[tuple[int, ...], set[str]]:
    """How many digits stand together, and what stands between them; no form of what spans turns, or is words."""
    numerals = run.numerals[first : last + 1]
    turns = {run.tokens[numeral.first].turn for numeral in numerals}
    if len(turns) > 1 or any(not run.tokens[numeral.first].plain[0].isdigit() for numeral in numerals):
        return (), set()
    text = conversation.turns[turns.pop()][1]
    between = {
        text[run.tokens[one.last].end : run.tokens[other.first].begin].strip() for one, other in pairwise(numerals)
    }
    return tuple(len(numeral.digits) for numeral in numerals), between


def _is_told(conversation: Conversation, run: Run, first: int, last: int, name: str) -> bool:
    begin, end = run.place(first), run.tokens[run.numerals[last].last]
    return conversation.is_told(name, begin, end)


def _is_of_something_else(conversation: Conversation, run: Run, first: int) -> bool:
    """An order's or an invoice's number."""
    token = run.place(first)
    known = conversation.is_other.get((token.turn, token.begin))
    if known is None:
        before = conversation.beside(token.turn, token.begin)
        other, phone = _latest(cue("phone_not"), before), _latest(cue("phone"), before)
        known = other is not None and (phone is None or phone <= other + len(" number is "))
        conversation.is_other[token.turn, token.begin] = known
    return known


def _ibans(turn: int, text: str, found: _Found) -> None:
    for match in _IBAN.finditer(text):
        length = IBAN_LENGTHS.get(match.group()[:2].upper())
        letters = ""
        for place in range(match.start(), min(match.start() + _LONGEST_IBAN, len(text))) if length else ():
            if text[place].isalnum() and text[place].isascii():
                letters += text[place].upper()
            elif text[place] not in " -":
                break
            if len(letters) == length:
                if is_iban(letters):
                    found.add(RedactedKind.BANK, [(turn, match.start(), place + 1)])
                break


def _unfinished(conversation: Conversation, run: Run, found: _Found) -> None:
    """Digits that stand together, as many as a code has: what more of them is said later may make them anything."""
    first = 0
    for end in range(1, len(run.numerals) + 1):
        if end == len(run.numerals) or run.numerals[end].words_before > 0:
            if run.starts[end] - run.starts[first] >= _SHORTEST:
                found.add(RedactedKind.DIGITS, _pieces(run, first, end - 1, conversation))
            first = end


def _repeated(runs: Sequence[Run], conversation: Conversation, found: _Found) -> None:
    """Parts of a number that others repeat while it is told, or right after it."""
    of_turn: dict[int, list[tuple[str, RedactedKind]]] = {}
    for digits, kind, first, last in found.numbers:
        if len(digits) >= 9:
            for turn in range(first, min(last + 3, len(conversation.turns))):
                of_turn.setdefault(turn, []).append((digits, kind))
    if not of_turn:
        return
    for run in runs:
        begin = 0
        numerals = run.numerals
        for place, numeral in enumerate(numerals):
            is_last = place + 1 == len(numerals) or numerals[place + 1].is_apart
            if not is_last:
                continue
            digits = run.digits[run.starts[begin] : run.starts[place + 1]]
            turn = run.tokens[numeral.first].turn
            for number, kind in of_turn.get(turn, ()) if len(digits) >= 3 else ():
                if digits in number:
                    found.add(kind, _pieces(run, begin, place, conversation))
                    break
            begin = place + 1
