"""The event log in the admin."""

from __future__ import annotations

from django.test import Client

from tests.admin_site import admin_of, found, list_of, make_event, make_superuser, page_of, statements_of, text_of
from tests.factories import make_call
from tether_calls.accounts.models import User
from tether_calls.realtime.models import EventLog


def test_events_are_found_by_name_call_day_and_id(staff: Client, user: User) -> None:
    event = make_event(make_call(user), name="call_ended")
    make_event(make_call(user), name="note_created")
    day = f"{event.created_at:%Y-%m-%d}"
    assert event.call_id is not None
    assert found(staff, EventLog, name="call_ended") == [event]
    assert found(staff, EventLog, q=event.call_id) == [event]
    assert found(staff, EventLog, q=event.pk) == [event]
    assert found(staff, EventLog, q="call") == []
    assert len(found(staff, EventLog, created_at_from=day, created_at_to=day)) == 2
    assert found(staff, EventLog, created_at_to="2020-01-01") == []


def test_a_superuser_sees_the_events_of_one_organization(user: User, other_user: User) -> None:
    own, foreign = (make_event(make_call(someone)) for someone in (user, other_user))
    root = admin_of(make_superuser())
    assert found(root, EventLog) == [foreign, own]
    assert found(root, EventLog, organization=user.organization_id) == [own]


def test_a_superuser_reads_the_names_of_organizations(user: User, other_user: User) -> None:
    events = [make_event(make_call(someone)) for someone in (user, user, other_user)]
    root = admin_of(make_superuser())
    page = text_of(root.get(list_of(EventLog)))
    for someone in (user, other_user):
        assert someone.organization is not None
        assert someone.organization.name in page
        assert someone.organization.pk not in page
    one, all_of_them = (len(statements_of(root, list_of(EventLog), **query)) for query in ({"q": events[0].pk}, {}))
    assert one == all_of_them


def test_an_event_shows_its_data_escaped_and_its_call(staff: Client, user: User) -> None:
    call = make_call(user)
    event = make_event(call, data={"<script>alert(1)</script>": ["<b>bold</b>"]})
    page = staff.get(page_of(event))
    assert b"<script>alert" not in page.content
    assert b"<b>bold" not in page.content
    assert '"<script>alert(1)</script>": [' in text_of(page).replace("&lt;", "<")
    assert f'href="{page_of(call)}"' in page.content.decode()


def test_nobody_writes_the_log(staff: Client, user: User) -> None:
    event = make_event(make_call(user))
    assert staff.post(page_of(event), {"name": "call_initiated"}).status_code == 403
    assert staff.post(page_of(event, "delete"), {"post": "yes"}).status_code == 403
