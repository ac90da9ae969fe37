"""Hears whether a customer asks not to be called again, in English, French and Spanish; a pure function.

`phrases.json` has how people say it, and what makes the same words mean something else, as shapes of words:

    word        that word
    <name>      one of the words of that name
    (a|b c)     one of these
    [...]       may be there
    ~, ~~       up to three words of any kind, up to six; no comma
    <end>       nothing follows but one of the `followers`, a comma, or the end of the sentence
    <close>     the same, of the few `closers`

What is `polite` is passed over. `asks` may stand anywhere in a sentence, `asks_in_texts` (of what is sent) in one of a
text message, as in a call it may be said of letters; `unless_before` right before it,
`unless_after` right behind it, and `unless_around` anywhere in the same sentence make it none.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from calls.opt_out.heard import MAX_TEXT, HeardBy, OptOut

_PHRASES: Final = Path(__file__).with_name("phrases.json")
_SENTENCE = re.compile(r"[^.?!;:\n¿¡…]+")
_APART = re.compile(r"[^a-z0-9]+")
# The same, four times as fast, for a text of ASCII alone.
_BLANKS = {code: " " for code in range(128) if not chr(code).isalnum()}
_APART_BUT_COMMAS = re.compile(r"[^a-z0-9,]+")
# The same word again, as people begin anew.
_STUTTER = re.compile(r"( [a-z0-9]+)(?:\1)+(?= )")
_COMMA = re.compile(r" *, *")
_GAPS: Final = {"~": "(?: [a-z0-9]+){0,3}", "~~": "(?: [a-z0-9]+){0,6}"}
_ENDS: Final = {"<end>": "followers", "<close>": "closers"}
_TOKEN = re.compile(r"\[[^\]]+\]|\([^)]+\)|<[^>]+>|\S+")
# Nobody takes longer for one sentence; what is longer is read in pieces of this many characters.
_LONGEST: Final = 2_000


def heard_opt_out(turns: Iterable[tuple[str, str]], *, in_texts: bool = False) -> OptOut | None:
    """The first turn, of (role, message), in which somebody but the agent asks not to be called again.

    `in_texts`: they are text messages, and not what was said in a call.

    The time it takes grows with the length of what was said. Of most calls the words of all turns together tell that
    there is none in any of them.
    """
    of_customer = [(number, message) for number, (role, message) in enumerate(turns) if role != "agent"]
    # Those that are read in pieces may have other words in these; those of other letters take longer.
    plain = [message for _, message in of_customer if len(message) <= _LONGEST and message.isascii()]
    is_plain_talk = len(plain) > 1 and not _languages_of("\n".join(plain), in_texts)
    for number, message in of_customer:
        if is_plain_talk and len(message) <= _LONGEST and message.isascii():
            continue
        if (asked := _asking(message, in_texts)) is not None:
            sentence, language = asked
            return OptOut(by=HeardBy.PHRASE, turn=number, text=_shortened(sentence), language=language)
    return None


def _asking(message: str, in_texts: bool) -> tuple[str, str] | None:
    """The sentence that asks it, and its language. Of most turns the words alone tell that there is none."""
    languages = _languages_of(message, in_texts) if len(message) <= _LONGEST else _languages(in_texts)
    if not languages:
        return None
    for sentence in _sentences(message):
        words = _plain(sentence)
        tokens = set(words.split())
        asked = next((language for language in languages if language.is_asked(words, tokens)), None)
        if asked is not None:
            return " ".join(sentence.split()), asked.name
    return None


def _languages_of(text: str, in_texts: bool) -> tuple[_Language, ...]:
    """Those in which the words of a text may ask it."""
    letters = _letters(text)
    said = set((letters.translate(_BLANKS) if letters.isascii() else _APART.sub(" ", letters)).split())
    return tuple(language for language in _languages(in_texts) if language.possible(said))


def _sentences(message: str) -> Iterator[str]:
    for found in _SENTENCE.finditer(message):
        sentence = found.group()
        for begin in range(0, len(sentence), _LONGEST):
            yield sentence[begin : begin + _LONGEST]


def _plain(sentence: str) -> str:
    """Small letters without accents, words apart by one blank; commas are words. With a blank at both ends."""
    words = f" {_COMMA.sub(' , ', _APART_BUT_COMMAS.sub(' ', _letters(sentence))).strip()} "
    return _STUTTER.sub(r"\1", words)


def _letters(text: str) -> str:
    """Small letters without accents."""
    text = text.casefold()
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKD", text.replace("œ", "oe"))
    return "".join(letter for letter in text if not unicodedata.combining(letter))


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


@dataclass(frozen=True)
class _Shape:
    """`needs`: one word of each of these has to be there, somewhere."""

    pattern: re.Pattern[str]
    needs: Sequence[frozenset[str]]


@dataclass(frozen=True)
class _Language:
    """`shapes`: by a word without which they cannot be there. Most sentences have none of these words."""

    name: str
    shapes: Mapping[str, Sequence[_Shape]]
    polite: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    around: re.Pattern[str]

    def possible(self, tokens: set[str]) -> list[_Shape]:
        return [
            shape
            for token in tokens & self.shapes.keys()
            for shape in self.shapes[token]
            if not any(need.isdisjoint(tokens) for need in shape.needs)
        ]

    def is_asked(self, words: str, tokens: set[str]) -> bool:
        possible = self.possible(tokens)
        if not possible:
            return False
        words = self.polite.sub("", words)
        found = (match for shape in possible for match in shape.pattern.finditer(words))
        return any(not self._means_otherwise(words, match) for match in found)

    def _means_otherwise(self, words: str, match: re.Match[str]) -> bool:
        return bool(
            self.before.search(words[: match.start()])
            or self.after.match(words[match.end() :])
            or self.around.search(words)
        )


@cache
def _languages(in_texts: bool) -> tuple[_Language, ...]:
    known: dict[str, Any] = json.loads(_PHRASES.read_text())
    return tuple(_language(name, told, in_texts) for name, told in known.items())


def _language(name: str, told: dict[str, Any], in_texts: bool) -> _Language:
    asks = [*told["asks"], *(told["asks_in_texts"] if in_texts else ())]
    return _Language(
        name=name,
        shapes=_by_needed_word([_shape(text, told) for text in asks]),
        polite=re.compile(f" {_one_of(told['polite'])}(?= )"),
        before=_any_of(told["unless_before"], told, "{}$"),
        after=_any_of(told["unless_after"], told, "{}(?= )"),
        around=_any_of(told["unless_around"], told, "{}(?= )"),
    )


def _any_of(shapes: Sequence[str], told: dict[str, Any], form: str) -> re.Pattern[str]:
    """Matches nothing where there are none."""
    return re.compile("|".join(form.format(f"(?:{_regex(text, told)})") for text in shapes) or "(?!)")


def _shape(text: str, told: dict[str, Any]) -> _Shape:
    return _Shape(re.compile(f"{_regex(text, told)}(?= )"), tuple(_needs(text, told)))


def _by_needed_word(shapes: Sequence[_Shape]) -> Mapping[str, Sequence[_Shape]]:
    """Each shape under the words of that need of it which the fewest others have: small words are everywhere."""
    usual = Counter(word for shape in shapes for need in shape.needs for word in need)
    found: defaultdict[str, list[_Shape]] = defaultdict(list)
    for shape in shapes:
        for word in min(shape.needs, key=lambda need: (max(usual[word] for word in need), len(need))):
            found[word].append(shape)
    return found


def _regex(text: str, told: dict[str, Any]) -> str:
    return "".join(_regex_of(token, told) for token in _TOKEN.findall(text))


def _regex_of(token: str, told: dict[str, Any]) -> str:
    if token in _ENDS:
        return f"(?= {_one_of([*told[_ENDS[token]], ','])} | $)"
    if token in _GAPS:
        return _GAPS[token]
    words = f" {_one_of(_words(token.strip('[]'), told))}"
    return f"(?:{words})?" if token.startswith("[") else words


def _one_of(words: Iterable[str]) -> str:
    """The longest first, so that none is taken for the beginning of another."""
    return f"(?:{'|'.join(sorted(set(words), key=lambda word: (-len(word), word)))})"


def _words(token: str, told: dict[str, Any]) -> list[str]:
    if token.startswith("<"):
        words: list[str] = told["words"][token[1:-1]]
        return words
    if token.startswith("("):
        return [word for part in token[1:-1].split("|") for word in _words(part, told)]
    return [token]


def _needs(text: str, told: dict[str, Any]) -> Iterator[frozenset[str]]:
    """Of each part that has to be there, the first words; commas do not count."""
    for token in _TOKEN.findall(text):
        if not (token.startswith("[") or token in _ENDS or token in _GAPS):
            need = frozenset(word.split()[0] for word in _words(token, told))
            if "," not in need:
                yield need
