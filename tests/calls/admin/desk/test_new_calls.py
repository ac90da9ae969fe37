"""Above the list of calls: how many have come since that it would show as well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from calls.admin.call_list import new_calls
from calls.models import Call
from tests.admin_site import list_of, statements_of
from tests.factories import make_call
from tether_calls.accounts.models import User

COUNT = "/admin/calls/call/new/"


def opened(client: Client, **query: str) -> dict[str, Any]:
    """What the page's script gets to know."""
    answer = client.get(list_of(Call), query)
    assert answer.status_code == 200
    known: dict[str, Any] = answer.context["new_calls"]
    page = answer.content.decode()
    assert f'data-new-calls="{known["count_address"].replace("&", "&amp;")}"' in page
    assert f'data-organization="{known["organization_id"]}"' in page
    return known


def counted(client: Client, known: dict[str, Any]) -> tuple[int, str]:
    answer = client.get(known["count_address"])
    assert answer.status_code == 200
    return answer.json()["count"], answer.json()["text"]


def test_calls_that_come_after_the_list_was_opened_are_counted(staff: Client, user: User) -> None:
    make_call(user)
    known = opened(staff)
    assert counted(staff, known) == (0, "0 new calls")
    make_call(user)
    assert counted(staff, known) == (1, "1 new call")
    # Also one that is told of late.
    make_call(user, start_time=timezone.now() - timedelta(days=300))
    assert counted(staff, known) == (2, "2 new calls")
    assert counted(staff, opened(staff)) == (0, "0 new calls")


def test_only_those_count_that_the_list_shows(staff: Client, user: User) -> None:
    known = opened(staff, status__in="busy", direction__exact="inbound", q="+14165550199", p="3")
    make_call(user, status="busy", direction="inbound")
    for other in ({"status": "completed"}, {"direction": "outbound"}, {"to_number": "+14165550198"}):
        make_call(user, **{"status": "busy", "direction": "inbound", **other})
    assert counted(staff, known)[0] == 1
    assert "p=3" not in known["count_address"] + known["list_address"]
    assert "status__in=busy" in known["list_address"]


def test_those_of_another_organization_count_for_nobody_else(
    staff: Client, root: Client, user: User, other_user: User
) -> None:
    lists = [opened(staff), opened(root), opened(root, organization__id__exact=user.home_id)]
    make_call(other_user)
    assert [counted(client, known)[0] for client, known in zip((staff, root, root), lists, strict=True)] == [0, 1, 0]
    assert [known["organization_id"] for known in lists] == [user.home_id, "", user.home_id]


def test_more_than_a_page_are_not_counted_on(staff: Client, user: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(new_calls, "MOST_NEW", 2)
    known = opened(staff)
    for _ in range(4):
        make_call(user)
    assert counted(staff, known)[1] == "2+ new calls"


@pytest.mark.parametrize("after", ["", "x", "\ufffd", "5f00000000000000000000001"])
def test_without_an_id_nothing_is_new(staff: Client, user: User, after: str) -> None:
    make_call(user)
    assert staff.get(COUNT, {"after": after}).json()["count"] == 0


@pytest.mark.parametrize("query", ["start_time__year=99999", "nonsense=1", "e=1", "start_time_from=x", "longer_than=x"])
def test_an_address_that_cannot_be_meant_is_no_error(staff: Client, user: User, query: str) -> None:
    make_call(user)
    answer = staff.get(f"{COUNT}?after=5f0000000000000000000000&{query}")
    assert answer.status_code == 200
    assert answer.json()["count"] in (0, 1)


def test_the_rows_of_the_list_are_not_read_for_it(staff: Client, user: User) -> None:
    known = opened(staff)
    few = statements_of(staff, known["count_address"])
    for _ in range(3):
        make_call(user)
    assert len(statements_of(staff, known["count_address"])) == len(few) <= 5  # the queues to filter by, too


def test_who_is_not_logged_in_is_told_nothing(db: None) -> None:
    assert Client().get(COUNT).status_code == 302
