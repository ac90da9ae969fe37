"""Several calls of the admin's list at once: tags, a disposition, the star."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.messages import get_messages
from django.test import Client

from calls.models import Call, CallTag
from calls.models.label import MAX_TAGS
from tests.admin_site import list_of, text_of
from tests.calls.api.labelling import make_disposition, make_tag, put_on
from tests.factories import make_call
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db


def do(client: Client, action: str, calls: list[Call], **form: Any) -> Any:
    query = {"action": action, ACTION_CHECKBOX_NAME: [call.pk for call in calls], **form}
    return client.post(list_of(Call), query)


def answer(client: Client, action: str, calls: list[Call], labels: Any) -> Any:
    return do(client, action, calls, apply="1", labels=labels)


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def three(user: User) -> list[Call]:
    return [make_call(user) for _ in range(3)]


def tags_of(call: Call) -> set[str]:
    names = CallTag.objects.filter(call=call).values_list("tag__name", flat=True)
    call = Call.objects.get(pk=call.pk)
    assert {tag.name for tag in call.tags} == set(names)
    return set(names)


def test_tags_are_put_on_calls_besides_those_that_they_have(staff: Client, user: User, three: list[Call]) -> None:
    assert user.organization is not None
    refund, vip = (make_tag(user.organization, name) for name in ("Refund", "VIP"))
    put_on(three[0], vip)

    asked = do(staff, "tag_calls", three[:2])
    assert "Tag calls: 2 chosen" in text_of(asked)
    done = answer(staff, "tag_calls", three[:2], [refund.pk])

    assert done.status_code == 302
    assert [tags_of(call) for call in three] == [{"Refund", "VIP"}, {"Refund"}, set()]
    assert told(done) == ["Done with 2 calls."]


def test_tags_are_taken_off_calls(staff: Client, user: User, three: list[Call]) -> None:
    assert user.organization is not None
    refund, vip, unused = (make_tag(user.organization, name) for name in ("Refund", "VIP", "Nobody has it"))
    for call in three:
        put_on(call, refund, vip)

    offered = text_of(do(staff, "untag_calls", three))
    assert "Refund" in offered
    assert unused.name not in offered
    answer(staff, "untag_calls", three[:2], [refund.pk])

    assert [tags_of(call) for call in three] == [{"VIP"}, {"VIP"}, {"Refund", "VIP"}]


def test_a_disposition_is_set_and_taken_off(staff: Client, user: User, three: list[Call]) -> None:
    assert user.organization is not None
    sold = make_disposition(user.organization, "Sold")
    answer(staff, "dispose_of_calls", three[:2], sold.pk)
    assert [Call.objects.get(pk=call.pk).disposition_id for call in three] == [sold.pk, sold.pk, None]
    answer(staff, "dispose_of_calls", three[:1], "none")
    assert Call.objects.get(pk=three[0].pk).disposition_id is None


def test_stars_are_given_and_taken(staff: Client, three: list[Call]) -> None:
    do(staff, "star_calls", three)
    assert Call.objects.filter(is_starred=True).count() == 3
    do(staff, "unstar_calls", three[:1])
    assert Call.objects.filter(is_starred=True).count() == 2


def test_each_call_that_changes_tells_of_it_once(staff: Client, user: User, three: list[Call]) -> None:
    three[0].is_starred = True
    three[0].save()
    do(staff, "star_calls", three)
    events = EventLog.objects.filter(name="call_updated").values_list("call_id", flat=True)
    assert len(events) == 2
    assert set(events) == {call.pk for call in three[1:]}


def test_one_that_is_refused_stops_no_other(staff: Client, user: User, three: list[Call]) -> None:
    assert user.organization is not None
    put_on(three[1], *(make_tag(user.organization) for _ in range(MAX_TAGS)))
    refund = make_tag(user.organization, "Refund")

    done = answer(staff, "tag_calls", three, [refund.pk])

    assert [("Refund" in tags_of(call)) for call in three] == [True, False, True]
    assert told(done) == ["Done with 2 calls.", f"Not with 1 call: tags: More than {MAX_TAGS}."]


def test_labels_of_others_are_neither_offered_nor_put(
    staff: Client, user: User, other_user: User, three: list[Call]
) -> None:
    assert user.organization is not None
    assert other_user.organization is not None
    make_tag(user.organization, "Ours")
    foreign = make_tag(other_user.organization, "Theirs")
    assert "Theirs" not in text_of(do(staff, "tag_calls", three))
    refused = answer(staff, "tag_calls", three, [foreign.pk])
    assert refused.status_code == 200  # asks again
    assert not CallTag.objects.exists()


def test_calls_of_others_are_left_as_they_are(staff: Client, other_user: User) -> None:
    foreign = make_call(other_user)
    do(staff, "star_calls", [foreign])
    assert not Call.objects.get(pk=foreign.pk).is_starred


def test_calls_of_several_organizations_have_no_labels_in_common(root: Client, user: User, other_user: User) -> None:
    calls = [make_call(user), make_call(other_user)]
    assert told(do(root, "tag_calls", calls)) == [
        "These calls are of several organizations, each of which has labels of its own."
    ]
    do(root, "star_calls", calls)
    assert Call.objects.filter(is_starred=True).count() == 2


def test_no_more_are_changed_at_once_than_somebody_waits_for(
    staff: Client, user: User, three: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calls.admin.call_list.actions.MOST_AT_ONCE", 2)
    assert told(do(staff, "star_calls", three))[0].startswith("At most 2 calls at once")
    assert not Call.objects.filter(is_starred=True).exists()


def test_where_there_is_nothing_to_choose_from_the_page_says_so(staff: Client, three: list[Call]) -> None:
    assert "There is nothing to choose from" in text_of(do(staff, "tag_calls", three))
    assert "none of these calls has a tag" in text_of(do(staff, "untag_calls", three))
