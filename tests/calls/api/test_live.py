"""GET /api/calls/live: which calls go on, and who is free."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calls.models import Call
from calls.selectors.desk import under_way
from tests.clients import ApiClient
from tests.factories import make_call, make_contact, make_prompt, make_user
from tests.presence import make_present
from tests.statements import statements_made
from tether_calls.accounts.models import User
from tether_calls.accounts.services.availability import set_availability
from tether_calls.common.times import to_wire

pytestmark = pytest.mark.django_db

LIVE = "/api/calls/live"


def own_call(user: User, **fields: Any) -> Call:
    """A call that the user holds in a browser."""
    defaults: dict[str, Any] = {"provider": "twilio", "status": "in-progress", "duration": None}
    return make_call(user, **{"start_time": timezone.now() - timedelta(minutes=1), **defaults, **fields})


def live(api: ApiClient) -> dict[str, Any]:
    answer = api.get(LIVE)
    assert answer.status == 200, answer
    body: dict[str, Any] = answer.body
    return body


def states(api: ApiClient) -> dict[str, str]:
    return {person["userId"]: person["state"] for person in live(api)["people"]}


@pytest.fixture
def colleague(user: User) -> User:
    return make_user(organization=user.organization, full_name="")


def test_calls_that_have_not_ended_are_there_the_newest_first(api: ApiClient, user: User) -> None:
    contact = make_contact(user.organization)  # type: ignore[arg-type]
    older, newer = own_call(user, contact=contact, ai_transcript=[]), own_call(user, status="ringing")
    make_call(user)

    body = live(api)

    assert [call["_id"] for call in body["calls"]] == [newer.pk, older.pk]
    assert body["calls"][1]["contactId"]["_id"] == contact.pk
    assert "aiTranscript" not in body["calls"][1]
    assert body["isCapped"] is False


def test_more_calls_than_are_listed_are_said_to_be_there(
    api: ApiClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(under_way, "MOST_UNDER_WAY", 2)
    monkeypatch.setattr("calls.api.live_documents.MOST_UNDER_WAY", 2)
    for _ in range(3):
        own_call(user)
    body = live(api)
    assert (len(body["calls"]), body["isCapped"]) == (2, True)


def test_who_has_no_socket_is_offline(api: ApiClient, user: User) -> None:
    assert live(api)["people"] == [
        {
            "userId": user.pk,
            "email": user.email,
            "fullName": user.full_name,
            "isOnline": False,
            "isAvailable": True,
            "state": "offline",
        }
    ]


def test_who_has_one_is_free_since_their_last_call(api: ApiClient, user: User) -> None:
    make_present(user)
    ended = timezone.now() - timedelta(minutes=3)
    own_call(user, status="completed", start_time=ended - timedelta(minutes=2), end_time=ended)

    (person,) = live(api)["people"]

    assert (person["state"], person["isOnline"], person["since"]) == ("free", True, to_wire(ended))


def test_who_has_become_available_since_is_free_from_then(api: ApiClient, user: User) -> None:
    make_present(user)
    ended = timezone.now() - timedelta(minutes=3)
    own_call(user, status="completed", end_time=ended)
    set_availability(user=user, is_available=False)
    set_availability(user=user, is_available=True)
    user.refresh_from_db()
    assert user.availability_changed_at is not None

    assert live(api)["people"][0]["since"] == to_wire(user.availability_changed_at)


def test_who_talks_is_busy_and_who_does_not_want_to_is_unavailable(api: ApiClient, user: User, colleague: User) -> None:
    make_present(user, colleague)
    call = own_call(user)
    set_availability(user=colleague, is_available=False)

    assert states(api) == {user.pk: "busy", colleague.pk: "unavailable"}
    assert live(api)["people"][0]["since"] == to_wire(call.start_time)


@pytest.mark.parametrize(
    "fields",
    [
        {"provider": "elevenlabs"},
        {"provider": "external"},
        {"status": "completed"},
        {"ai_conversation_id": "conv_1"},
        {"start_time": timezone.now() - timedelta(hours=5)},
    ],
)
def test_calls_of_agents_and_those_that_are_over_keep_nobody_busy(
    api: ApiClient, user: User, fields: dict[str, Any]
) -> None:
    make_present(user)
    own_call(user, **fields)
    assert states(api) == {user.pk: "free"}


def test_a_call_that_a_carrier_handed_to_an_agent_keeps_nobody_busy(api: ApiClient, user: User) -> None:
    make_present(user)
    own_call(user, ai_agent=make_prompt(user.organization))  # type: ignore[arg-type]
    assert states(api) == {user.pk: "free"}


def test_who_has_been_free_for_longest_comes_first(api: ApiClient, user: User) -> None:
    people = [make_user(organization=user.organization) for _ in range(3)]
    make_present(*people)
    for minutes, person in zip([5, 20], people, strict=False):
        ended = timezone.now() - timedelta(minutes=minutes)
        own_call(person, status="completed", start_time=ended - timedelta(minutes=1), end_time=ended)

    order = [person["userId"] for person in live(api)["people"]]

    assert order == [people[2].pk, people[1].pk, people[0].pk, user.pk]


def test_who_may_not_log_in_is_not_there(api: ApiClient, user: User, colleague: User) -> None:
    colleague.is_active = False
    colleague.save()
    make_present(user, colleague)
    assert states(api) == {user.pk: "free"}


def test_nothing_of_another_organization_is_shown(
    api: ApiClient, user: User, other_api: ApiClient, other_user: User
) -> None:
    make_present(user, other_user)
    own_call(user)

    theirs = live(other_api)

    assert theirs["calls"] == []
    assert [person["userId"] for person in theirs["people"]] == [other_user.pk]


def test_a_user_who_was_moved_is_not_there_any_more(api: ApiClient, user: User, other_user: User) -> None:
    make_present(user, other_user)
    other_user.organization = user.organization
    other_user.save()
    assert states(api) == {user.pk: "free", other_user.pk: "offline"}


def test_how_many_statements_it_takes_does_not_depend_on_how_much_there_is(api: ApiClient, user: User) -> None:
    make_present(user)
    own_call(user)
    with statements_made() as few:
        live(api)
    for _ in range(5):
        colleague = make_user(organization=user.organization)
        make_present(colleague)
        own_call(colleague)
    with statements_made() as many:
        live(api)
    # The user, ids, people, their calls, the calls that go on.
    assert len(few) == len(many) == 5


def test_it_takes_a_token() -> None:
    assert ApiClient().get(LIVE).status == 401
