"""The calls that the admin's list shows, as a file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from calls.models import Call, Export
from calls.selectors.exports.sources import rows_of
from tests.admin_site import admin_of, found, list_of, make_export, make_recording
from tests.calls.api.labelling import make_tag, put_on
from tests.factories import make_call, make_contact, make_prompt, make_user
from tether_calls.accounts.models import AccessRole, User

pytestmark = pytest.mark.django_db

EXPORT, PROGRESS = reverse("admin:calls_call_export"), reverse("admin:calls_call_export_progress")
START = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def head(user: User) -> Client:
    """A head of department, who may export."""
    return admin_of(make_user(organization=user.organization, is_staff=True, access_role=AccessRole.DEPARTMENT_HEAD))


@pytest.fixture
def calls(user: User) -> list[Call]:
    assert user.organization is not None
    contact, agent = make_contact(user.organization, first_name="Priya"), make_prompt(user.organization)
    tag = make_tag(user.organization, "Refund")
    made = []
    for number in range(12):
        call = make_call(
            user,
            contact=contact if number % 2 else None,
            ai_agent=agent if number % 3 else None,
            status=("completed", "busy", "failed")[number % 3],
            end_reason=("silence", "busy", "")[number % 3],
            answered_by=("human", "machine", "")[number % 3],
            duration=30.0 * number,
            is_starred=number % 4 == 0,
            agent_name="Mia" if number % 5 else "",
            start_time=START + timedelta(days=number),
            ai_summary="Asked where the parcel is." if number % 4 == 1 else "",
        )
        if number % 4 == 2:
            make_recording(call)
        if number % 4 == 3:
            put_on(call, tag)
        made.append(call)
    return made


QUERIES: list[dict[str, Any]] = [
    {},
    {"status__exact": ["busy", "failed"], "longer_than": "1"},
    {"end_reason__exact": ["silence", "busy"], "answered_by__exact": ["machine", "human"]},
    {"recorded": "1"},
    {"recorded": "0", "agent_name": "mi", "is_starred__exact": "0"},
    {"start_time_from": "2026-03-12", "start_time_to": "2026-03-15"},
    {"q": "Priya", "status__exact": "busy"},
    {"contact": True, "agent": True},
    {"tag": True},
]


def ask(client: Client, **query: Any) -> Any:
    return client.post(f"{EXPORT}?{_encoded(query)}", {"format": "csv"})


def _encoded(query: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode(query, doseq=True)


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_the_file_has_the_calls_that_the_list_shows(
    head: Client, user: User, calls: list[Call], query: dict[str, Any]
) -> None:
    by = {
        "contact": {"contact__id__exact": calls[1].contact_id},
        "agent": {"ai_agent__id__exact": calls[1].ai_agent_id},
        "tag": {"tag_rows__tag__id__exact": calls[3].tags[0].pk},
    }
    query = {**{name: value for name, value in query.items() if name not in by}} | {
        name: value for each in by if each in query for name, value in by[each].items()
    }
    answer = ask(head, **query)
    assert answer.status_code == 302
    export = Export.objects.get()
    stored = rows_of(organization_id=export.organization_id, kind=export.kind, stored=export.filter, sight=None)
    shown = found(head, Call, **query)
    assert shown
    assert {call.pk for call in stored} == {call.pk for call in shown}


def test_who_may_not_export_is_not_offered_it_and_refused(user: User, calls: list[Call]) -> None:
    rep = admin_of(make_user(organization=user.organization, is_staff=True, access_role=AccessRole.SALES_REP))
    assert EXPORT not in rep.get(list_of(Call)).content.decode()
    ask(rep)
    assert not Export.objects.exists()


def test_a_superuser_says_of_which_organization(root: Client, user: User, other_user: User) -> None:
    mine = make_call(user)
    make_call(other_user)
    refused = ask(root)
    assert "Choose an organization" in str(next(iter(get_messages(refused.wsgi_request))))
    ask(root, organization__id__exact=user.organization_id)
    export = Export.objects.get()
    assert export.organization_id == user.organization_id
    assert list(rows_of(organization_id=export.organization_id, kind="calls", stored=export.filter, sight=None)) == [
        mine
    ]


@pytest.mark.parametrize(
    "query", [{"longer_than": "soon"}, {"start_time__year": "2026"}, {"contact__isnull": "True"}], ids=str
)
def test_what_cannot_be_said_to_a_job_is_refused(head: Client, calls: list[Call], query: dict[str, str]) -> None:
    assert ask(head, **query).status_code == 302
    assert not Export.objects.exists()


def test_an_organization_that_there_is_not_is_refused(root: Client) -> None:
    refused = ask(root, organization__id__exact="f" * 24)
    assert [str(message) for message in get_messages(refused.wsgi_request)] == ["Organization not found."]
    assert not Export.objects.exists()


def test_what_is_not_filtered_is_kept_as_no_filter(head: Client, calls: list[Call]) -> None:
    ask(head)
    assert Export.objects.get().filter == {}
    ask(head, status__exact=["busy"])
    assert Export.objects.order_by("-id")[0].filter == {"status": "busy"}


def test_an_unknown_format_is_refused(head: Client) -> None:
    assert head.post(EXPORT, {"format": "xlsx"}).status_code == 302
    assert not Export.objects.exists()


def test_the_list_tells_how_far_the_user_s_files_are(head: Client, user: User, calls: list[Call]) -> None:
    ask(head)
    export = Export.objects.get()
    Export.objects.filter(pk=export.pk).update(status="running", rows=1_500, total=4_000)
    (told,) = head.get(PROGRESS).json()["exports"]
    assert (told["id"], told["says"], told["isOver"]) == (export.pk, "Calls as CSV: 1,500 of 4,000 rows", False)
    assert told["says"] in head.get(list_of(Call)).content.decode()
    # Nobody else's.
    assert user.organization is not None
    make_export(user.organization, user=user)
    assert len(head.get(PROGRESS).json()["exports"]) == 1


def test_a_file_that_is_ready_is_downloaded_by_a_fresh_address(
    head: Client, user: User, other_user: User, calls: list[Call]
) -> None:
    assert user.organization is not None
    export = make_export(user.organization, user=user)
    address = reverse("admin:calls_export_download", args=[export.pk])
    answer = head.get(address)
    assert answer.status_code == 302
    assert export.file in answer["Location"]
    other_user.is_staff, other_user.access_role = True, AccessRole.SUPERADMIN
    other_user.save()
    assert admin_of(other_user).get(address)["Location"] == "/admin/"
    Export.objects.filter(pk=export.pk).update(status="running")
    assert head.get(address)["Location"] == "/admin/"
