"""Listening queues in the admin: the next call, one after the other, and never the same for two."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from calls.models import Call, ListeningQueue, QueuedCall, QueueTurn
from calls.services.review.queue_turns import HELD, next_call
from tests.admin_site import add_to, admin_of, list_of, make_recording, page_of, statements_of, text_of
from tests.at_once import at_once
from tests.calls.api.labelling import make_tag
from tests.factories import make_call, make_user
from tether_calls.accounts.models import AccessRole, Organization, User

pytestmark = pytest.mark.django_db


def reviewer(home: Organization) -> tuple[Client, User]:
    user = make_user(organization=home, is_staff=True, access_role=AccessRole.DEPARTMENT_HEAD)
    return admin_of(user), user


def make_queue(user: User, *, calls: int = 3, **fields: Any) -> ListeningQueue:
    """With calls that are to be drawn: of yesterday, each of another agent."""
    assert user.organization is not None
    for number in range(calls):
        call = make_call(user, start_time=timezone.now() - timedelta(days=1), agent_name=f"Agent {number}")
        make_recording(call)
    return ListeningQueue.objects.create(organization=user.organization, **{"name": "Quality", **fields})


def next_at(queue: ListeningQueue) -> str:
    return f"/admin/calls/listeningqueue/{queue.pk}/next/"


def call_given(answer: Any) -> str:
    """The id of the call that the answer leads to."""
    assert answer.status_code == 302
    assert "/calls/call/" in answer["Location"], answer["Location"]
    return str(answer["Location"].split("/")[-3])


# ---- Made and changed ------------------------------------------------------------------------------------------------


def test_a_reviewer_makes_one(home: Organization) -> None:
    client, _ = reviewer(home)
    form = {"name": "Quality", "per_agent": 2, "strata": "both", "is_shared": "on", "least_seconds": 30}

    assert client.post(add_to(ListeningQueue), form).status_code == 302

    queue = ListeningQueue.objects.get()
    assert (queue.organization, queue.per_agent, queue.least_seconds, queue.is_shared) == (home, 2, 30, True)
    again = client.post(add_to(ListeningQueue), {**form, "name": "QUALITY"})
    assert "There is one of this name already" in text_of(again)
    client.post(page_of(queue), {**form, "per_agent": 5, "is_shared": ""})
    queue.refresh_from_db()
    assert (queue.per_agent, queue.is_shared) == (5, False)


@pytest.mark.parametrize(
    "wrong", [{"per_agent": 0}, {"per_agent": 51}, {"strata": "x"}, {"least_seconds": -1}, {"direction": "up"}]
)
def test_what_is_none_is_refused(home: Organization, wrong: dict[str, Any]) -> None:
    client, _ = reviewer(home)
    form = {"name": "Quality", "per_agent": 2, "strata": "both", "least_seconds": 0}
    assert client.post(add_to(ListeningQueue), {**form, **wrong}).status_code == 200
    assert not ListeningQueue.objects.exists()


def test_a_tag_of_another_organization_filters_nothing(home: Organization, other_user: User) -> None:
    assert other_user.organization is not None
    client, _ = reviewer(home)
    foreign = make_tag(other_user.organization)
    form = {"name": "Quality", "per_agent": 2, "strata": "both", "least_seconds": 0, "tag": foreign.pk}
    assert client.post(add_to(ListeningQueue), form).status_code == 200
    assert not ListeningQueue.objects.exists()


def test_who_does_not_review_has_none_of_it(home: Organization, user: User) -> None:
    client = admin_of(make_user(organization=home, is_staff=True, access_role=AccessRole.SALES_REP))
    queue = make_queue(user)

    assert client.get(list_of(ListeningQueue)).status_code == 403
    client.post(next_at(queue))
    assert not QueueTurn.objects.exists()


def test_a_queue_of_another_organization_is_none(home: Organization, other_user: User) -> None:
    client, _ = reviewer(home)
    queue = make_queue(other_user)

    assert client.post(next_at(queue))["Location"] == "/admin/"
    assert client.get(next_at(queue)).status_code == 405
    assert not QueuedCall.objects.exists()


# ---- One after the other ---------------------------------------------------------------------------------------------


def test_a_reviewer_hears_one_call_after_the_other_to_the_last(home: Organization, user: User) -> None:
    client, _ = reviewer(home)
    queue = make_queue(user)

    first = call_given(client.post(next_at(queue)))
    assert call_given(client.post(next_at(queue))) == first
    page = text_of(client.get(page_of(Call.objects.get(pk=first))))
    assert "0 of 3 heard, 3 left" in page
    assert "Heard, next call" in page

    second = call_given(client.post(next_at(queue), {"call": first}))
    third = call_given(client.post(next_at(queue), {"call": second, "skip": "1"}))
    assert len({first, second, third}) == 3
    assert "1 of 3 heard" in text_of(client.get(page_of(queue)))
    assert "Heard, next call" not in text_of(client.get(page_of(Call.objects.get(pk=first))))

    done = client.post(next_at(queue), {"call": third}, follow=True)
    assert "no call left" in text_of(done)
    assert "2 of 3 heard" in text_of(done)
    assert "1 skipped" in text_of(done)


def test_of_a_shared_queue_two_are_never_given_the_same(home: Organization, user: User) -> None:
    queue = make_queue(user)
    clients = [reviewer(home)[0] for _ in range(3)]

    given = {call_given(client.post(next_at(queue))) for client in clients}

    assert len(given) == 3
    assert client_without_a_call(home, queue)


def client_without_a_call(home: Organization, queue: ListeningQueue) -> bool:
    return "no call left" in text_of(reviewer(home)[0].post(next_at(queue), follow=True))


def test_what_is_given_back_or_held_too_long_is_another_one_s(home: Organization, user: User) -> None:
    queue = make_queue(user, calls=1)
    client, other = reviewer(home)[0], reviewer(home)[0]
    only = call_given(client.post(next_at(queue)))
    assert client_without_a_call(home, queue)

    client.post(next_at(queue), {"leave": "1"})
    assert call_given(other.post(next_at(queue))) == only

    QueueTurn.objects.update(taken_at=timezone.now() - HELD - timedelta(minutes=1))
    assert call_given(client.post(next_at(queue))) == only
    assert QueueTurn.objects.count() == 1
    # Whoever had it before is not done with it.
    other.post(next_at(queue), {"call": only})
    assert QueueTurn.objects.get().done_at is None


def test_where_each_reviewer_hears_all_each_has_their_own_progress(home: Organization, user: User) -> None:
    queue = make_queue(user, calls=1, is_shared=False)
    (client, _), (other, _) = reviewer(home), reviewer(home)
    only = call_given(client.post(next_at(queue)))
    client.post(next_at(queue), {"call": only})

    assert "1 of 1 heard" in text_of(client.get(page_of(queue)))
    assert "0 of 1 heard" in text_of(other.get(page_of(queue)))
    assert call_given(other.post(next_at(queue))) == only


def test_pages_cost_as_much_however_many_calls_are_queued(home: Organization, user: User) -> None:
    client, _ = reviewer(home)
    queue = make_queue(user)
    client.get(page_of(queue))  # a first page may have the connection set up
    counts = []
    for number in range(2):
        other = make_queue(user, calls=5, name=f"Queue {number}")
        call_id = call_given(client.post(next_at(other)))
        counts.append((len(statements_of(client, page_of(other))), len(statements_of(client, page_of(queue)))))
        # As `test_call_page` has it, and the queue's progress.
        most = 27 if connection.vendor == "postgresql" else 21
        assert len(statements_of(client, page_of(Call.objects.get(pk=call_id)))) <= most
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 7


def test_the_database_gives_a_call_of_a_shared_queue_to_one_reviewer(home: Organization, user: User) -> None:
    client, _ = reviewer(home)
    client.post(next_at(make_queue(user)))
    turn = QueueTurn.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        QueueTurn.objects.create(queued=turn.queued, reviewer=user, is_shared=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        QueueTurn.objects.create(queued=turn.queued, reviewer=turn.reviewer, is_shared=False)


@pytest.mark.django_db(transaction=True)
def test_reviewers_who_ask_at_once_are_given_different_calls(home: Organization, user: User) -> None:
    queue = make_queue(user, calls=6)
    reviewers = [reviewer(home)[1] for _ in range(6)]
    asked = [partial(next_call, user=each, organization_id=home.pk, queue_id=queue.pk) for each in reviewers]

    given = at_once(asked)

    assert len({queued.call_id for queued in given if queued is not None}) == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_shared", [True, False])
def test_a_reviewer_who_asks_several_times_at_once_is_given_one_call(
    home: Organization, user: User, is_shared: bool
) -> None:
    queue = make_queue(user, calls=6, is_shared=is_shared)
    _, who = reviewer(home)

    given = at_once([partial(next_call, user=who, organization_id=home.pk, queue_id=queue.pk)] * 6)

    assert len({queued and queued.call_id for queued in given}) == 1
    assert QueueTurn.objects.get().reviewer == who
