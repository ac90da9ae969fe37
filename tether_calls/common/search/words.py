"""The words of a text, as searches compare them: one reading for every database, made here and not there.

Letter case, accents and width do not count. What is no letter and no digit divides words, so that `O'Brien` is two, and
a search for it looks for the two beside each other. Scripts that write no blanks are read letter by letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# Letters after these do not count, here and in searches: PostgreSQL takes 2,046 bytes for a word.
LONGEST = 40

# Stands between texts, so that no phrase reaches from one into the next; no letter, so that no word has it.
GAP = "¶"

# What decomposition leaves as it is, and people write with the letters of a plain keyboard.
_PLAIN = {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "\u0131": "i", "ŧ": "t"}
# Thai, Lao, Myanmar, Khmer, kana, Chinese characters: no blanks between words.
_UNDIVIDED = (
    (0x0E01, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3041, 0x30FF),
    (0x3400, 0x9FFF),
    (0x20000, 0x3FFFF),
)


class Word(NamedTuple):
    """A word as it is compared, and where it stands in its text."""

    text: str
    begin: int
    end: int


class _Letters(dict[int, str]):
    """What becomes of a character: letters, a blank where it divides words, nothing where it is not to be seen."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _read(chr(code))
        return found


def words_of(text: str) -> list[str]:
    """The words of a text, in order."""
    if text.isascii():
        words = text.encode().translate(_ASCII).decode().split()
    else:
        words = text.translate(_letters).split()
    if max(map(len, words), default=0) > LONGEST:
        return [word[:LONGEST] for word in words]
    return words


def words_of_texts(texts: Sequence[str]) -> list[str]:
    """The words of several texts, a GAP between two of them: all at once, which takes a third of the time.

    Texts without words have none, and no gap.
    """
    joined = f" {GAP} ".join(texts)
    if joined.count(GAP) >= len(texts) > 0 or not all(map(_WORD.search, texts)):
        # One has the sign itself, or nothing that could be a word: text by text.
        return _apart(texts)
    if "".join(texts).isascii():
        words = joined.encode("latin-1").translate(_ASCII_AND_GAP).decode("latin-1").split()
    else:
        words = joined.translate(_letters_and_gap).split()
    if max(map(len, words), default=0) > LONGEST:
        return [word[:LONGEST] for word in words]
    return words


def _apart(texts: Sequence[str]) -> list[str]:
    found: list[str] = []
    for words in filter(None, map(words_of, texts)):
        found += (GAP, *words) if found else words
    return found


def words_in_place(text: str) -> Iterator[Word]:
    """The same words, each with its place. Slower: a character at a time."""
    letters, begin, end = "", 0, 0
    for position, character in enumerate(text):
        read = _letters[ord(character)]
        if not letters:
            begin = position
        for piece in read:
            if piece != " ":
                letters, end = letters + piece, position + 1
            elif letters:
                yield Word(letters[:LONGEST], begin, end)
                letters, begin = "", position
    if letters:
        yield Word(letters[:LONGEST], begin, end)


def _read(character: str) -> str:
    if unicodedata.category(character) in _INVISIBLE:
        return ""
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    if not character.isalnum():
        return " "
    # Twice: what a small letter decomposes into may have another small letter. Marks go first: the small letter of the
    # Greek iota that is written below others is a letter of its own.
    folded = character
    for _ in range(2):
        folded = _without_marks(unicodedata.normalize("NFKD", folded)).casefold()
    pieces = [_piece(piece) for piece in folded]
    is_undivided = any(first <= ord(each) <= last for each in character + folded for first, last in _UNDIVIDED)
    return f" {' '.join(pieces)} " if is_undivided else "".join(pieces)


def _without_marks(text: str) -> str:
    return "".join(piece for piece in text if unicodedata.category(piece) not in _INVISIBLE)


def _piece(piece: str) -> str:
    if unicodedata.category(piece) in _INVISIBLE:
        return ""
    return _PLAIN.get(piece, piece) if piece.isalnum() else " "


# Marks on letters, and signs such as a soft hyphen.
_INVISIBLE = ("Mn", "Mc", "Me", "Cf")
_letters = _Letters()
_ASCII = "".join(chr(code).lower() if chr(code).isalnum() else " " for code in range(128)).encode().ljust(256)
# A GAP stays one. No other byte beyond ASCII is looked for.
_ASCII_AND_GAP = _ASCII[: ord(GAP)] + GAP.encode("latin-1") + _ASCII[ord(GAP) + 1 :]
_letters_and_gap = _Letters({ord(GAP): GAP})
# Anything else is no letter and no digit of ASCII, and maybe no word at all.
_WORD = re.compile("[A-Za-z0-9]")
