"""Texts that are read one by one have the words that an index has of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.db.models import TextField, Value
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.common.test_sqlite_text import TEXTS
from tests.factories import make_organization
from tether_calls.accounts.models import Organization
from tether_calls.common.postgresql.expressions import HasWords, words_match

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has another one"),
]

# Whatever PostgreSQL reads in a way of its own, beside what is looked for.
PIECES = st.sampled_from(
    [
        *(
            "kim",
            "KIM",
            "Kim",
            "kims",
            "a",
            "5",
            "05",
            "2pm",
            "1e5",
            "x2",
            "été",
            "ÉTÉ",
            "straße",
            "łuk",
            "İki",
            "\u0131ki",
        ),
        *(" ", " ", " ", "\n", "\t", "\u00a0", "\u2009", ".", ",", ";", ":", "!", "?", "-", "--", "_", "+", "@", "/"),
        *("<", ">", "<b>", "</b ", "<!--", "-->", "&", "&amp;", "#", "'", '"', "(", ")", "%", "\\", "://", "~", "*"),
        *("\u2014", "\u2019", "\u2026", "\u212a", "\u0301", "\u0307", "ΟΔΟΣ", "日本", "🔑", "www.", ".com", "e-"),
    ]
)
WRITTEN = st.lists(PIECES, max_size=12).map("".join)


@pytest.fixture(autouse=True)
def organization() -> Organization:
    """A row to ask about texts."""
    return make_organization()


def tells(condition: Any, text: str) -> bool:
    # wall: any row does, it is the text that is asked
    rows = Organization.objects.annotate(text=Value(text, TextField()))
    return rows.filter(condition).exists()


def assert_equal(text: str, search: str) -> None:
    assert tells(HasWords("text", search), text) == tells(words_match("text", search), text), (text, search)


@settings(max_examples=300, deadline=None)
@given(text=WRITTEN, search=WRITTEN)
@example(text="<a kim >", search="kim")
@example(text="see www.x.com/kim now", search="kim")
@example(text="\u212aim", search="kim")
@example(text="kim-kim", search="kim.")
@example(text="", search="")
@example(text="kim.", search="Kim? KIM")
@example(text="a\u00a0kim", search="a\u00a0kim")
@example(text="kim 1e5", search="1e5kim")
def test_a_text_that_is_read_has_the_words_that_an_index_has_of_it(text: str, search: str) -> None:
    assert_equal(text, search)


@pytest.mark.parametrize("text", TEXTS)
def test_every_piece_of_a_text_is_found_in_it_by_both_or_by_none(text: str) -> None:
    for search in {piece for signs in (r"\s", r"[^\w]", r"[\s\-./]") for piece in re.split(signs, text)} | {text}:
        assert_equal(f"Before {text} after", search)
        assert_equal(text, search)


@pytest.mark.parametrize("search", ["Friday", "moved, FRIDAY.", "été 2026"])
def test_no_text_is_divided_that_need_not_be(search: str) -> None:
    for text in ("Moved the rest.", f"Nothing <b>of</b> it: {search.upper()[:3]}"):
        told = plan_of(text, search)
        assert "false" in told, told
    told = plan_of(f"Moved Friday; ÉTÉ 2026. Then {search}", search)
    assert "to_tsvector" not in told, told


def test_for_many_words_a_text_is_divided_once_instead_of_being_read_for_each() -> None:
    few, many = "a b c d e f g h", "a b c d e f g h i"

    assert sql_of(few).count("LIKE") == 8
    assert "LIKE" not in sql_of(many)
    assert_equal(many, many)


def sql_of(search: str) -> str:
    # wall: it is only compiled
    sql, _ = Organization.objects.filter(HasWords("name", search)).query.sql_with_params()
    return str(sql)


def plan_of(text: str, search: str) -> str:
    """What is left to be done of it for a text that PostgreSQL knows beforehand."""
    # wall: any row does, it is the text that is asked
    rows = Organization.objects.annotate(text=Value(text, TextField())).filter(HasWords("text", search))
    return rows.explain()
