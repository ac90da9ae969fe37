"""No search tells anything of what another organization's calls say."""

from __future__ import annotations

import itertools
import random

import pytest

from calls.selectors.search.find import SearchWanted, find_calls
from tests.calls.partner.partners import partner_of
from tests.calls.search.searching import PARTNER_SEARCH, SEARCH, make_talk
from tests.clients import ApiClient
from tether_calls.accounts.models import User
from tether_calls.common.search.query import NothingToFindError, read_search

pytestmark = pytest.mark.django_db

THEIRS = ["platypus", "wombat", "quokka", "+14165550123", "día", "café"]
OURS = ["kettle", "spoon"]


@pytest.fixture
def theirs(user: User, other_user: User) -> list[str]:
    """What the other organization says, and ours does not; both have calls at the same times."""
    for word in THEIRS:
        call = make_talk(other_user, f"The {word}.", f"Our {word} and kettle.", ai_summary=f"A {word}.")
        make_talk(user, "The kettle.", "Our spoon.", start_time=call.start_time)
    return [call.pk]


QUERIES = [
    *("platypus", '"the platypus"', "kettle platypus", "+1 416 555 0123", "the wombat OR quokka", "dia", "cafe"),
    *("platypus OR ¤", "¤", "platypus -kettle", "№4165550123 OR platypus", "§14165550123 platypus", "¦a1 platypus"),
]


@pytest.mark.parametrize("q", QUERIES)
def test_what_only_they_said_is_not_found(q: str, api: ApiClient, user: User, theirs: list[str]) -> None:
    for answer in (api.get(SEARCH, q=q), partner_of(user).get(PARTNER_SEARCH, q=q)):
        assert answer.status in (200, 400)
        if answer.status == 200:
            assert (answer.body["hits"], answer.body["total"]) == ([], 0)


def test_their_calls_add_nothing_to_what_both_said(api: ApiClient, theirs: list[str]) -> None:
    answer = api.get(SEARCH, q="kettle OR platypus OR wombat")

    assert answer.body["total"] == len(THEIRS)
    assert "platypus" not in str(answer.body)


def test_nor_does_the_name_of_their_organization(
    api: ApiClient, other_user: User, user: User, theirs: list[str]
) -> None:
    for q in (f"¤{other_user.organization_id} OR platypus", f"{other_user.organization_id} OR platypus"):
        assert api.get(SEARCH, q=q).body["total"] == 0


def test_a_thousand_random_searches_find_nothing_of_theirs(user: User, other_user: User, theirs: list[str]) -> None:
    dice = random.Random(20261129)
    signs = [" ", " ", " ", " OR ", ' "', '" ', " -", "¤", " (", ") ", ":*", "'", " & ", "|"]
    pieces = [*THEIRS, *OURS, "the", other_user.home_id, user.home_id]
    roles = itertools.cycle([None, "agent", "user"])
    ours = set()
    for _ in range(1_000):
        written = "".join(dice.choice(signs) + dice.choice(pieces) for _ in range(dice.randint(1, 6)))
        try:
            wanted = SearchWanted(search=read_search(written), role=next(roles))
        except NothingToFindError:
            continue
        ours |= set(find_calls(organization_id=user.home_id, wanted=wanted, limit=50).ids)

    from calls.models import Call

    organizations = set(Call.objects.filter(pk__in=ours).values_list("organization_id", flat=True))
    assert organizations == {user.organization_id}


def test_a_partner_needs_the_permission(user: User) -> None:
    assert partner_of(user, "can_initiate_calls").get(PARTNER_SEARCH, q="hello").status == 403


def test_a_partner_finds_what_was_said(user: User) -> None:
    call = make_talk(user, "Hello there.", "The leak.", ai_summary="A leak.")
    partner = partner_of(user)

    body = partner.get(PARTNER_SEARCH, q="leak", start_date="2026-01-01", direction="outbound").body

    assert (body["total"], body["total_capped"], body["next_cursor"]) == (1, False, None)
    (hit,) = body["hits"]
    assert hit["call"]["id"] == call.pk
    assert hit["matches"] == [
        {"turn": 1, "role": "user", "timestamp": 2.5, "text": "The <mark>leak</mark>."},
        {"turn": None, "role": "summary", "timestamp": None, "text": "A <mark>leak</mark>."},
    ]


def test_a_partner_pages(user: User) -> None:
    calls = [make_talk(user, "Hello there.") for _ in range(3)]
    partner = partner_of(user)

    first = partner.get(PARTNER_SEARCH, q="hello", limit=2).body
    second = partner.get(PARTNER_SEARCH, q="hello", limit=2, cursor=first["next_cursor"]).body

    assert [hit["call"]["id"] for hit in (*first["hits"], *second["hits"])] == [call.pk for call in reversed(calls)]
    assert second["next_cursor"] is None
    refused = partner.get(PARTNER_SEARCH, q="hello", start_date="2026-05-02", end_date="2026-05-01")
    assert refused.status == 400
    assert "end_date" in refused.body["message"]
