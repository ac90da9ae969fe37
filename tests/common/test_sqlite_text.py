"""SQLite compares and divides text as PostgreSQL does."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from tether_calls.common.sqlite.text import has_words, like, words_in

# No signs beyond ASCII: in a locale like C they are letters to PostgreSQL, in others they are not.
TEXTS = [
    "Moved the appointment to Friday at 2pm.",
    *("off-hook", "-off", "O'Brien", "room-5", "2026-05-15", "-5", "+5", "3.5", "1.2.3", "5%", "$5.00", "1,000"),
    *("example.com", "Visit www.example.com/a/b?x=1 now", "kim@acme.test", "and/or", "Friday.Then", "foo_bar"),
    *("SÖHNE söhne", "ß Straße", "ΟΔΟΣ", "e-mail", "follow-up-call", "x2", "2x", "A&B", "<b>bold</b>", "&amp; x"),
    *("c++", "#1", "+1 416-555-0199", "416.555.0199", "(416) 555-0199", "14:30", "9:05am", "10-12", "naïve"),
    *("日本語 テキスト", "C:/x/y", "/usr/bin", "user_name@x.org", "1e5", "v1.2", "a.b", "A.B.C.", "e.g. this", "U.S."),
    *("...end", "foo--bar", "no_1", "--5", "5-", "a-1", "1-a", "-a-b-", "http://x.y", "mailto:kim@x.org", "3rd"),
    *("1st-class", "tel:+14165550199", "don't", "''", "20%", "10.", "10.x", "x.10", "1.e", "x/1", "1/2", "a/b/c"),
    *("12-a5", "a5-12", "x+y", "x=-5", "a,-5", "a-5-b", "0x1F", "1_000", "Call back at 9.30am or 10.15.", "ext.12"),
    *("co-operate re-book", "kim.lee+x@a-b.co.uk", "AT&T", "24/7", "2026-05-15T09:10:00Z", "mid-2026", "COVID-19"),
    *("(see https://docs.example.com/x?y=1#z).", "état-major", "Müller-Lüdenscheidt", "p.m.", "3.5kg", "v2.0.1"),
    *("foo.bar-baz", "foo-bar.baz", "12:30-13:00", "<br/>x", "a<b", "a < b > c", "&nbsp;x", "R&D;", "é.é", "ü/ö", ""),
]


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL is what it is compared with")
@pytest.mark.parametrize("text", TEXTS)
def test_the_words_of_a_text_are_those_of_postgresql(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(to_tsvector('simple', %s))", [text])
        (words,) = cursor.fetchone()
    assert set(words_in(text)) == set(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Moved to Friday.", {"moved", "to", "friday"}),
        ("off-hook", {"off", "hook", "off-hook"}),
        ("room-5", {"room", "-5"}),
        ("9.30am", {"9.30", "am"}),
        ("kim@acme.test", {"kim@acme.test"}),
        ("<b>SÖHNE</b> &amp;", {"söhne"}),
        ("www.example.com/a", {"www.example.com/a", "www.example.com", "/a"}),
    ],
)
def test_a_text_has_these_words(text: str, words: set[str]) -> None:
    assert set(words_in(text)) == words


def test_no_text_takes_more_than_its_length() -> None:
    for hostile in ("a_", "a-", "1_", "<a ", "<!--", "a@", "/a", "1e", "a1-", "a:", "a\u0300", "a.b@"):
        text = hostile * (100_000 // len(hostile))
        assert sum(map(len, words_in(text))) <= 3 * len(text)


@pytest.mark.parametrize(("search", "text"), [("", "x"), ("&", "& x"), ("x", None), ("x", "")])
def test_nothing_is_found_by_nothing_and_in_nothing(search: str, text: str | None) -> None:
    assert not has_words(text, search)


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        *(("%ö%", "SÖHNE", True), ("söhne", "SÖHNE", True), ("s_hne", "SÖHNE", True), ("s_hne", "Sööhne", False)),
        *(("%", "", True), ("", "", True), ("", "x", False), ("_", "🔑", True), ("%%", "x", True)),
        *(
            ("a%a", "a", False),
            ("a%a", "aa", True),
            ("%a%b%", "xaxbx", True),
            ("%a%b", "ba", False),
            ("a_%b", "ab", False),
        ),
        *((r"100\%", "100%", True), (r"100\%", "1000", False), (r"a\_b", "axb", False), (r"%\\%", "a\\b", True)),
        *(("%.%", "a", False), ("%strasse%", "Straße", False), ("%straße%", "STRASSE", False), ("%ß%", "Straße", True)),
        *((None, "x", None), ("x", None, None), ("1%", 12, True)),
    ],
)
def test_like_is_that_of_postgresql_without_letter_case(pattern: Any, text: Any, matches: bool | None) -> None:
    assert like(pattern, text, "\\") is matches


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pattern", "text"), [("%ö%", "SÖHNE"), ("STRASSE", "Straße"), ("%ος", "ΟΔΟΣ"), ("a_c", "ABC")]
)
def test_the_connection_uses_it(pattern: str, text: str) -> None:
    with connection.cursor() as cursor:
        upper = "UPPER(%s) LIKE UPPER(%s)" if connection.vendor == "postgresql" else "%s LIKE %s"
        cursor.execute(f"SELECT {upper}", [text, pattern])
        (matches,) = cursor.fetchone()
    assert bool(matches) is like(pattern, text)
