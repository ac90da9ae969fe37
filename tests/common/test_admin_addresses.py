"""Lists of the admin by addresses that somebody has changed: never a fault of ours, whatever they ask for."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
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
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import reverse

from calls.models import Call
from contacts.models import Contact
from tests.admin_site import add_to, found, list_of, one_of_everything, text_of
from tests.common.test_admin import ALL_MODELS, WITH_ADD_PAGE, name_of
from tests.factories import make_contact
from tether_calls.accounts.models import ApiKey, User

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


@pytest.fixture(scope="module")
def made() -> set[Any]:
    """Of which addresses pages have been made."""
    return set()


@pytest.fixture
def first_pages(made: set[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of lists are made for what their filters offer, and for the first of the addresses that are alike.

    Of the others, rows and filters are all that may be a fault: they are read, as the page would, and it is not made.
    Alike is what is asked in the same way of columns of one kind; each list has a page of each kind of its columns.
    """
    page_of_answer: Any = SimpleTemplateResponse.rendered_content

    def rendered_content(response: Any) -> Any:
        changes = (response.context_data or {}).get("cl")
        if not isinstance(changes, ChangeList):
            return page_of_answer.fget(response)
        asked = response._request.GET
        kinds = {kind for name, value in asked.items() for kind in _kinds(changes.model, name, value)}
        offered = {name for spec in changes.filter_specs for name in spec.expected_parameters()}
        if kinds - made or not offered.isdisjoint(asked):
            made.update(kinds)
            return page_of_answer.fget(response)
        list(changes.result_list)
        for spec in changes.filter_specs:
            list(spec.choices(changes))
        return ""

    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", property(rendered_content))


def _kinds(model: type[Model], name: str, value: str) -> list[tuple[Any, ...]]:
    """Of what is no column, the name itself; searches are alike."""
    if name == "q":
        return [(model, name)]
    column, _, lookup = name.partition("__")
    try:
        kind = type(model._meta.get_field(column))
    except FieldDoesNotExist:
        return [(model, name, value)]
    return [(kind, lookup, value), (model, kind)]


@pytest.mark.usefixtures("first_pages")
@pytest.mark.parametrize("model", ALL_MODELS, ids=name_of)
def test_a_list_that_cannot_be_filtered_so_says_it(root: Client, user: User, model: type[Model]) -> None:
    one_of_everything(user)
    answers = {(name, value): root.get(list_of(model), {name: value}) for name, value in conditions(model)}
    faults = {asked: answer.status_code for asked, answer in answers.items() if answer.status_code >= 500}
    assert faults == {}
    for (name, _), answer in answers.items():
        if name.endswith("__year") and name.count("__") == 1:
            assert (answer.status_code, answer["Location"]) == (302, f"{list_of(model)}?e=1")


@pytest.mark.parametrize("name", ["start_time__year", "created_at__year", "start_time__iso_year__lt"])
def test_a_year_that_there_is_not_is_a_wrong_filter(root: Client, user: User, name: str) -> None:
    one_of_everything(user)
    for year in ("99999", "10000", "9" * 30):
        answer = root.get(list_of(Call), {name: year})
        assert (answer.status_code, answer["Location"]) == (302, f"{list_of(Call)}?e=1")
    assert "e=1" in root.get(list_of(Call), {name: "99999"}, follow=True).request["QUERY_STRING"]


@pytest.mark.usefixtures("first_pages")
@pytest.mark.parametrize("model", ALL_MODELS, ids=name_of)
def test_a_search_of_any_length_is_answered(root: Client, user: User, model: type[Model]) -> None:
    one_of_everything(user)
    answers = {search[:10]: root.get(list_of(model), {"q": search}).status_code for search in LONG_SEARCHES}
    assert answers == dict.fromkeys(answers, 200)
    assert len(answers) == len(LONG_SEARCHES)


def test_a_search_is_for_its_first_words_and_says_so(root: Client, user: User) -> None:
    assert user.organization is not None
    contact = make_contact(user.organization, first_name="Kim", last_name="van der Example-Long")
    told = "Only the first 5 words of a search count"

    assert found(root, Contact, q="kim van der example long nobody else") == [contact]
    assert told in text_of(root.get(list_of(Contact), {"q": "kim van der example long nobody"}))
    assert told not in text_of(root.get(list_of(Contact), {"q": "kim van der example long"}))
    assert told in text_of(root.get(list_of(Contact), {"q": "x" * 101}))


@pytest.mark.parametrize("model", WITH_ADD_PAGE, ids=name_of)
def test_a_new_row_is_filled_in_with_nothing_that_its_columns_do_not_take(
    root: Client, user: User, model: type[Model]
) -> None:
    one_of_everything(user)
    names = [field.name for field in model._meta.get_fields()]
    for value in ("x", "9" * 30):
        # Of all columns at once: each is read by itself, and one that fails is the end of the page.
        assert root.get(add_to(model), dict.fromkeys(names, value)).status_code == 200


def test_a_new_row_is_filled_in_with_what_its_columns_take(root: Client) -> None:
    page = root.get(add_to(ApiKey), {"expires_at": "2027-05-15T10:00Z", "name": "CRM"}).content.decode()
    assert 'value="2027-05-15"' in page
    assert 'value="CRM"' in page


def test_autocompletion_takes_a_search_of_any_length(root: Client, user: User) -> None:
    one_of_everything(user)
    for app, model, field in (("calls", "phonenumber", "user"), ("calls", "phonenumber", "ai_agent")):
        query = {"app_label": app, "model_name": model, "field_name": field, "term": WORDS}
        assert root.get(reverse("admin:autocomplete"), query).status_code == 200
