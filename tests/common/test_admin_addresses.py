"""Lists of the admin by addresses that somebody has changed: never a fault of ours, whatever they ask for."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import FieldDoesNotExist, SuspiciousOperation
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    Field,
    FloatField,
    ForeignKey,
    IntegerField,
    JSONField,
    Model,
    TextField,
    TimeField,
)
from django.test import Client, RequestFactory
from django.urls import reverse

from calls.models import Call
from contacts.models import Contact
from tests.admin_site import (
    add_to,
    admin_of,
    found,
    list_of,
    make_superuser,
    no_pages_made,
    one_of_everything,
    text_of,
)
from tests.common.test_admin import ALL_MODELS, PAGES, WITH_ADD_PAGE, name_of
from tests.factories import make_contact
from tether_calls.accounts.models import ApiKey, User
from tether_calls.common.admin.chips import chips_of

# By transaction: what PostgreSQL refuses would be the end of a transaction around the test.
pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "a " * 2_000
LONG_SEARCHES = [WORDS, "x" * 100_000, '"' * 5_000, '"a ' * 2_000, "\\'" * 2_000, "% _ " * 500]
# What a lookup of each kind of column cannot be answered for. SQLite answers some of it, with nothing.
NO_CONDITIONS: dict[type[Any], dict[str, str]] = {
    DateField: {
        "year": "99999",
        "year__gte": "-1",
        "gte": "99999-01-01",
        "date": "x",
        "week": "x",
        "iso_year": "0",
    },
    CharField: {"regex": "(", "iregex": "*", "in": "\ufffd", "gt": "x" * 9_000, "range": "a", "isnull": "x"},
    TextField: {"regex": "[", "nonsense": "1"},
    IntegerField: {"exact": "x", "gt": "9" * 40, "in": "1,x", "lt": "1e999", "isnull": "2"},
    FloatField: {"exact": "x", "gt": "1e999", "in": "nan,x", "range": "1"},
    BooleanField: {"exact": "perhaps", "gt": "x", "in": "1,2,x", "regex": "("},
    JSONField: {"exact": "{", "contains": "[", "has_key": "x", "a__b__gt": "x", "regex": "(", "iregex": "*"},
    TimeField: {"exact": "25:61", "hour": "x", "minute__gt": "9" * 40},
    ForeignKey: {"id__exact": "x", "exact": "9" * 30, "in": "x,y", "nonsense": "1", "id__regex": "(", "isnull": "x"},
}


def conditions(model: type[Model]) -> list[tuple[str, str]]:
    """Of each column, and of those of the rows that it refers to."""
    asked = _conditions(model, "")
    for field in model._meta.get_fields():
        if isinstance(field, ForeignKey):
            wrong = _conditions(field.remote_field.model, f"{field.name}__")
            # One of each kind: most lists let nothing be asked of other rows, and refuse it before they read it.
            asked += {name.rpartition("__")[2]: (name, value) for name, value in wrong}.values()
    return [*asked, ("nonsense", "1"), ("pk__nonsense", "1"), ("p", "x"), ("p", "9" * 30), ("o", "x.-99"), ("e", "1")]


def _conditions(model: type[Model], path: str) -> list[tuple[str, str]]:
    return [
        (f"{path}{field.name}__{lookup}", value)
        for field in model._meta.get_fields()
        if isinstance(field, Field)
        for kind, lookups in NO_CONDITIONS.items()
        if isinstance(field, kind)
        for lookup, value in lookups.items()
    ]


class Lists:
    """What a superuser is answered by lists, where there is a row of everything."""

    def __init__(self, user: User) -> None:
        one_of_everything(user)
        self._root = make_superuser()
        self._client = admin_of(self._root)
        # What is raised is a 500, as for everybody.
        self._client.raise_request_exception = False
        self._made: set[Any] = set()

    def get(self, path: str, query: dict[str, str]) -> Any:
        # What one page tells is for the next that is made.
        self._client.cookies.pop("messages", None)
        return self._client.get(path, query)

    def fault(self, model: type[Model], name: str, value: str) -> Any:
        """What is wrong with the answer to that condition; None where nothing is.

        What may differ from list to list is asked of each: rows, filters, and what says which of them are on. The
        whole request is made, page and all, for what the list's filters offer, and for the first of those that are
        alike: what is asked in the same way of columns of one kind, and ends in the same way.
        """
        try:
            status, offered = self._read(model, {name: value})
        except Exception as error:
            return repr(error)
        kind = _kind(model, name), name.partition("__")[2], value, status
        if kind in self._made and model in self._made and name not in offered:
            return None
        self._made |= {kind, model}
        answer = self.get(list_of(model), {name: value})
        if answer.status_code != status:
            return answer.status_code, status, repr(getattr(answer, "exc_info", None))
        if status == 302 and answer["Location"] != f"{list_of(model)}?e=1":
            return answer["Location"]
        return None

    def _read(self, model: type[Model], query: dict[str, str]) -> tuple[int, set[str]]:
        """The status that it comes to, and what the list's filters offer."""
        request = RequestFactory().get(list_of(model), query)
        request.user = self._root
        try:
            changes: Any = PAGES[model].get_changelist_instance(request)
        except IncorrectLookupParameters:
            return 302, set()
        except SuspiciousOperation:
            return 400, set()
        list(changes.result_list)
        for spec in changes.filter_specs:
            list(spec.choices(changes))
        chips_of(changes, request)
        return 200, {name for spec in changes.filter_specs for name in spec.expected_parameters()}


@pytest.fixture
def lists(user: User) -> Lists:
    return Lists(user)


def _kind(model: type[Model], name: str) -> Any:
    """Of what is no column, the name itself."""
    column = name.partition("__")[0]
    try:
        return type(model._meta.get_field(column))
    except FieldDoesNotExist:
        return column


def test_a_list_that_cannot_be_filtered_so_says_it(lists: Lists) -> None:
    told = {
        (name_of(model), name, value): lists.fault(model, name, value)
        for model in ALL_MODELS
        for name, value in conditions(model)
    }
    assert {asked: fault for asked, fault in told.items() if fault is not None} == {}


def test_a_year_that_there_is_not_is_refused_by_every_list(lists: Lists) -> None:
    years = [
        (model, name, value)
        for model in ALL_MODELS
        for name, value in conditions(model)
        if name.endswith("__year") and name.count("__") == 1
    ]
    answers = {(name_of(model), name): lists.get(list_of(model), {name: value}) for model, name, value in years}
    locations = {name_of(model): f"{list_of(model)}?e=1" for model in ALL_MODELS}
    assert {
        asked: answer
        for asked, answer in answers.items()
        if (answer.status_code, answer.get("Location")) != (302, locations[asked[0]])
    } == {}
    assert answers


@pytest.mark.parametrize("name", ["start_time__year", "created_at__year", "start_time__iso_year__lt"])
def test_a_year_that_there_is_not_is_a_wrong_filter(root: Client, user: User, name: str) -> None:
    one_of_everything(user)
    for year in ("99999", "10000", "9" * 30):
        answer = root.get(list_of(Call), {name: year})
        assert (answer.status_code, answer["Location"]) == (302, f"{list_of(Call)}?e=1")
    assert "e=1" in root.get(list_of(Call), {name: "99999"}, follow=True).request["QUERY_STRING"]


def test_a_search_of_any_length_is_answered(lists: Lists) -> None:
    with no_pages_made():
        answers = {
            (name_of(model), search[:10]): lists.get(list_of(model), {"q": search})
            for model in ALL_MODELS
            for search in LONG_SEARCHES
        }
    assert {searched: answer for searched, answer in answers.items() if answer.status_code != 200} == {}
    assert len(answers) == len(ALL_MODELS) * len(LONG_SEARCHES)
    for answer in answers.values():
        list(answer.context_data["cl"].result_list)


def test_the_page_of_each_list_is_made_for_a_long_search(lists: Lists) -> None:
    answers = {name_of(model): lists.get(list_of(model), {"q": WORDS}) for model in ALL_MODELS}
    assert {name: answer for name, answer in answers.items() if answer.status_code != 200} == {}


def test_a_search_is_for_its_first_words_and_says_so(root: Client, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="Kim", last_name="van der Example-Long")
    told = "Only the first 5 words of a search count"

    assert found(root, Contact, q="kim van der example long nobody else") == [contact]
    assert told in text_of(root.get(list_of(Contact), {"q": "kim van der example long nobody"}))
    assert told not in text_of(root.get(list_of(Contact), {"q": "kim van der example long"}))
    assert told in text_of(root.get(list_of(Contact), {"q": "x" * 101}))


def test_a_new_row_is_filled_in_with_nothing_that_its_columns_do_not_take(lists: Lists) -> None:
    # Of all columns at once: each is read by itself, and one that fails is the end of the page.
    answers = {
        (name_of(model), value): lists.get(add_to(model), dict.fromkeys(_names_of(model), value)).status_code
        for model in WITH_ADD_PAGE
        for value in ("x", "9" * 30)
    }
    assert {filled: status for filled, status in answers.items() if status != 200} == {}


def _names_of(model: type[Model]) -> list[str]:
    return [field.name for field in model._meta.get_fields()]


def test_a_new_row_is_filled_in_with_what_its_columns_take(root: Client) -> None:
    page = root.get(add_to(ApiKey), {"expires_at": "2027-05-15T10:00Z", "name": "CRM"}).content.decode()
    assert 'value="2027-05-15"' in page
    assert 'value="CRM"' in page


def test_autocompletion_takes_a_search_of_any_length(root: Client, user: User) -> None:
    one_of_everything(user)
    for app, model, field in (("calls", "phonenumber", "user"), ("calls", "phonenumber", "ai_agent")):
        query = {"app_label": app, "model_name": model, "field_name": field, "term": WORDS}
        assert root.get(reverse("admin:autocomplete"), query).status_code == 200
