"""A search means the same on every database: what a reading of it in plain Python says, which knows no index."""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from calls.models import Call
from calls.selectors.search.find import SearchWanted, find_calls
from tests.calls.search.searching import make_talk
from tests.factories import make_user
from tether_calls.common.search.query import NothingToFindError, read_search

WORDS = [
    "été",
    "ETE",
    "Straße",
    "strasse",
    "Łódź",
    "lodz",
    "can't",
    "don\u2019t",
    "one-way",
    "naïve",
    "OR",
    "\u0431\u0440\u0430\u0301\u0442",
    "\u0431\u0440\u0430\u0442",
    "12",
]
SIGNS = [" ", ", ", "-", "! ", " & ", '" ', " -", " (", "'", " OR "]
ROLES = [None, "agent", "user"]


@dataclass(frozen=True)
class Wanted:
    """A search as its author means it: alternatives, each with phrases that occur and phrases that do not."""

    alternatives: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]

    def written(self) -> str:
        parts = []
        for yes, no in self.alternatives:
            parts.append(" ".join([*map(_written, yes), *(f"-{_written(phrase)}" for phrase in no)]))
        return " OR ".join(parts)

    def is_in(self, texts: list[str]) -> bool:
        said = [_words(text) for text in texts]
        return any(
            all(_occurs(_words(phrase), said) for phrase in yes)
            and not any(_occurs(_words(phrase), said) for phrase in no)
            for yes, no in self.alternatives
        )


def _written(phrase: str) -> str:
    return f'"{phrase}"' if " " in phrase or phrase == "OR" else phrase


def _words(text: str) -> list[str]:
    """By the letter: without accents, in small letters, divided where there is neither letter nor digit."""
    for letter, plain in (("ł", "l"), ("Ł", "l"), ("ß", "ss")):
        text = text.replace(letter, plain)
    decomposed = unicodedata.normalize("NFD", text)
    return re.findall(r"[^\W_]+", "".join(c for c in decomposed if not unicodedata.combining(c)).lower())


def _occurs(phrase: list[str], said: list[list[str]]) -> bool:
    return any(words[at : at + len(phrase)] == phrase for words in said for at in range(len(words) - len(phrase) + 1))


phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
searches = st.lists(
    st.tuples(st.lists(phrases, min_size=1, max_size=3).map(tuple), st.lists(phrases, max_size=2).map(tuple)),
    min_size=1,
    max_size=2,
).map(lambda alternatives: Wanted(tuple(alternatives)))
texts = st.lists(st.sampled_from(WORDS), max_size=6).flatmap(
    lambda words: st.lists(st.sampled_from([" ", ", ", ". "]), min_size=len(words), max_size=len(words)).map(
        lambda gaps: "".join(itertools.chain(*zip(words, gaps, strict=True)))
    )
)
talks = st.lists(st.tuples(st.sampled_from(["agent", "user"]), texts), min_size=1, max_size=4)
ages = st.integers(min_value=0, max_value=60_000)


class SearchMeansTheSame(TestCase):
    @settings(max_examples=60)
    @given(
        wanted=searches,
        calls=st.lists(st.tuples(talks, texts, ages), min_size=1, max_size=4),
        role=st.sampled_from(ROLES),
        limit=st.integers(min_value=1, max_value=5),
    )
    def test_as_plain_python_reads_it(self, wanted: Wanted, calls: list[Any], role: str | None, limit: int) -> None:
        user, other = make_user(), make_user()
        newest = datetime(2026, 5, 15, tzinfo=UTC)
        expected = []
        for turns, summary, age in calls:
            made = newest - timedelta(hours=age)
            call = make_talk(user, *turns, ai_summary=summary, start_time=made)
            make_talk(other, *turns, ai_summary=summary, start_time=made)
            said = [text for speaker, text in turns if role in (None, speaker)]
            if wanted.is_in([*said, *([summary] if role is None else [])]):
                expected.append(call)
        expected.sort(key=lambda call: (call.start_time, call.pk), reverse=True)

        found = find_calls(
            organization_id=user.home_id,
            wanted=SearchWanted(search=read_search(wanted.written()), role=role),
            limit=limit,
        )

        assert found.ids == [call.pk for call in expected[:limit]]
        assert (found.total, found.is_capped) == (len(expected), False)
        assert (found.next_position is not None) == (len(expected) > limit)

    @settings(max_examples=60)
    @given(
        q=st.one_of(
            st.text(max_size=200),
            st.lists(st.sampled_from([*WORDS, *SIGNS, '"']), max_size=60).map("".join),
        ),
        text=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300),
        role=st.sampled_from(ROLES),
    )
    def test_no_search_and_no_text_is_too_much(self, q: str, text: str, role: str | None) -> None:
        user = make_user()
        call = make_talk(user, text, ai_summary=text[:50])
        for search in (q, text[:200]):
            try:
                wanted = SearchWanted(search=read_search(search), role=role)
            except NothingToFindError:
                continue
            found = find_calls(organization_id=user.home_id, wanted=wanted, limit=5)

            assert set(found.ids) <= {call.pk}


@pytest.mark.django_db
def test_what_is_said_very_often_and_very_much_is_kept_within_bounds() -> None:
    user = make_user()
    long = make_talk(user, ("agent", "same " * 20_000), ("user", "same end"), ai_summary="Of a long call.")
    wide = make_talk(user, ("agent", " ".join(f"{chr(0x20000 + n % 9_000)}{'ы' * 30}{n}" for n in range(14_000))))

    def found(q: str, role: str | None = None) -> list[str]:
        return find_calls(
            organization_id=user.home_id, wanted=SearchWanted(search=read_search(q), role=role), limit=5
        ).ids

    assert found("same") == [long.pk]
    assert found('"same same same"', "agent") == [long.pk]
    assert found('"long call"') == [long.pk]
    assert found(f"{'ы' * 30}7") == [wide.pk]


@pytest.mark.django_db
def test_a_call_that_is_gone_is_not_found() -> None:
    user = make_user()
    call = make_talk(user, "Hello.")
    wanted = SearchWanted(search=read_search("hello"))
    assert find_calls(organization_id=user.home_id, wanted=wanted, limit=5).ids == [call.pk]

    Call.objects.get(pk=call.pk).delete()

    assert find_calls(organization_id=user.home_id, wanted=wanted, limit=5).total == 0
