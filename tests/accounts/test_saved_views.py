"""Views of the admin's lists that users have saved."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.messages import get_messages
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from calls.models import Call
from contacts.models import Contact
from conversations.models import Conversation
from tests.admin_site import admin_of, found, list_of, make_staff, statements_of, text_of
from tests.factories import make_call
from tether_calls.accounts.models import SavedView, User
from tether_calls.accounts.saved_views import MOST_VIEWS

pytestmark = pytest.mark.django_db

VIEWS = reverse("admin:calls_call_views")


def do(client: Client, what: str, **form: str) -> Any:
    return client.post(VIEWS, {"do": what, **form})


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def save(client: Client, name: str = "Busy ones", query: str = "status__exact=busy", **form: str) -> SavedView:
    answer = do(client, "save", name=name, query=query, **form)
    assert answer.status_code == 302
    return SavedView.objects.get(name=name)


def test_what_a_list_is_asked_for_is_saved_under_a_name(staff: Client, user: User) -> None:
    busy = make_call(user, status="busy")
    make_call(user, status="completed")
    view = save(staff, query="status__exact=busy&status__exact=failed&p=3&o=1&agent_name=")
    asked = QueryDict(view.query)
    assert dict(asked.lists()) == {"status__exact": ["busy", "failed"]}
    page = staff.get(list_of(Call))
    assert "Busy ones" in text_of(page)
    assert found(staff, Call, **dict(asked.lists())) == [busy]


def test_the_view_that_is_looked_at_is_marked_whatever_the_order_of_its_filters(staff: Client) -> None:
    save(staff, query="status__exact=busy&direction__exact=inbound")
    page = staff.get(f"{list_of(Call)}?direction__exact=inbound&status__exact=busy")
    assert [each["is_on"] for each in page.context["saved_views"]] == [True]
    assert [each["is_on"] for each in staff.get(f"{list_of(Call)}?q=").context["saved_views"]] == [False]


def test_a_name_that_there_is_takes_another_filter(staff: Client) -> None:
    save(staff)
    assert save(staff, query="status__exact=failed").query == "status__exact=failed"
    assert SavedView.objects.count() == 1


def test_a_list_opens_with_the_default_view_and_shows_everything_all_the_same(staff: Client, user: User) -> None:
    busy, completed = make_call(user, status="busy"), make_call(user, status="completed")
    view = save(staff, is_default="1")
    opened = staff.get(list_of(Call))
    assert (opened.status_code, opened["Location"]) == (302, f"{list_of(Call)}?{view.query}")
    assert found(staff, Call, q="") == [completed, busy]
    other = save(staff, name="Other", query="status__exact=completed", is_default="1")
    assert staff.get(list_of(Call))["Location"].endswith("status__exact=completed")
    do(staff, "default", view=view.pk)
    assert staff.get(list_of(Call))["Location"].endswith("status__exact=busy")
    do(staff, "no_default", view=other.pk)
    assert found(staff, Call) == [completed, busy]


def test_a_view_is_renamed_and_deleted(staff: Client) -> None:
    view, other = save(staff), save(staff, name="Other")
    do(staff, "rename", view=view.pk, name="  Engaged   lines ")
    view.refresh_from_db()
    assert view.name == "Engaged lines"
    assert "There is a view of this name" in told(do(staff, "rename", view=view.pk, name="Other"))
    do(staff, "delete", view=other.pk)
    assert list(SavedView.objects.all()) == [view]


def test_each_user_has_views_of_their_own(staff: Client, user: User) -> None:
    view = save(staff, is_default="1")
    assert user.organization is not None
    colleague = admin_of(make_staff(user.organization))
    assert colleague.get(list_of(Call)).status_code == 200
    assert "Busy ones" not in text_of(colleague.get(list_of(Call)))
    for what in ("rename", "delete", "default"):
        assert "There is no such view" in told(do(colleague, what, view=view.pk, name="Taken"))
    view.refresh_from_db()
    assert (view.name, view.is_default) == ("Busy ones", True)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_view_needs_a_name(staff: Client, name: str) -> None:
    assert "needs a name" in told(do(staff, "save", name=name, query="status__exact=busy"))
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("form", [{"do": "nonsense"}, {"do": "delete", "view": "x"}, {"do": "rename"}, {}])
def test_a_form_that_makes_no_sense_changes_nothing(staff: Client, form: dict[str, str]) -> None:
    save(staff)
    assert staff.post(VIEWS, form).status_code == 302
    assert SavedView.objects.count() == 1
    assert staff.get(VIEWS).status_code == 405


def test_there_are_only_so_many(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_VIEWS > 2
    monkeypatch.setattr("tether_calls.accounts.saved_views.MOST_VIEWS", 1)
    save(staff)
    assert "delete one first" in told(do(staff, "save", name="Other", query=""))
    assert "too many filters" in told(do(staff, "save", name="Busy ones", query="agent_name=" + "x" * 3_000))


def test_a_form_leads_back_to_what_was_looked_at(staff: Client) -> None:
    back = urlsplit(do(staff, "save", name="Busy", query="status__exact=busy")["Location"])
    assert (back.netloc, back.path, back.query) == ("", list_of(Call), "status__exact=busy")
    assert do(staff, "save", name="All", query="//evil.example.com")["Location"].startswith(f"{list_of(Call)}?")


@pytest.mark.parametrize("model", [Call, Contact, Conversation])
def test_lists_that_people_work_with_have_views(staff: Client, model: Any) -> None:
    name = model._meta.label_lower.replace(".", "_")
    answer = staff.post(reverse(f"admin:{name}_views"), {"do": "save", "name": "Mine", "query": "q=kim"})
    assert answer["Location"] == f"{list_of(model)}?q=kim"
    assert [each["view"].name for each in staff.get(answer["Location"]).context["saved_views"]] == ["Mine"]


def test_views_cost_a_list_one_statement_however_many_there_are(staff: Client, user: User) -> None:
    make_call(user)
    found(staff, Call)
    without = len(statements_of(staff, list_of(Call)))
    for number in range(5):
        save(staff, name=f"View {number}")
    assert len(statements_of(staff, list_of(Call))) == without
