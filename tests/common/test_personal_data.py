"""Nothing that may hold data of persons is unknown to the registry."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.test.utils import isolate_apps

from tests.common.undeclared import telling_columns, undeclared, undeclared_models
from tether_calls.common import personal_data
from tether_calls.common.personal_data import Person, Place, Traces, places, text_of
from tether_calls.settings.observing import LOG_FORMATTERS

_PROJECT = Path(__file__).parents[2]
_PACKAGES = ("calls", "contacts", "conversations", "tether_calls")
_CACHE = "django.core.cache"


def test_every_table_and_column_that_may_hold_data_of_persons_is_registered() -> None:
    assert list(undeclared_models(apps.get_models())) == []


def test_every_storage_user_of_the_cache_and_form_of_the_log_is_registered() -> None:
    faults = undeclared(storages=settings.STORAGES, cache_users=_cache_users(), forms=LOG_FORMATTERS)

    assert list(faults) == []


def test_the_modules_that_use_the_cache_are_found() -> None:
    assert "calls.services.lifecycle.call_context" in set(_cache_users())


def _cache_users() -> Iterator[str]:
    """The modules of the product that import the cache, whatever they call it."""
    for path in sorted(path for package in _PACKAGES for path in (_PROJECT / package).rglob("*.py")):
        source = path.read_text()
        # Most do not have the words, and need not be parsed.
        for node in ast.walk(ast.parse(source if _CACHE in source else "")):
            if isinstance(node, ast.ImportFrom) and node.module == _CACHE:
                yield ".".join(path.relative_to(_PROJECT).with_suffix("").parts)


@isolate_apps("contacts")
def test_a_table_that_nobody_has_registered_is_named_with_what_to_do() -> None:
    class Diary(models.Model):
        entry = models.TextField()
        kind = models.CharField(max_length=5, choices=[("a", "A")])

        class Meta:
            app_label = "contacts"

        def __str__(self) -> str:
            return self.entry

    [fault] = undeclared_models([Diary])

    assert "contacts.Diary" in fault
    assert "entry" in fault
    assert "kind" not in fault
    assert "personal_data" in fault


def test_a_column_that_nobody_has_named_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    [contacts] = [place for place in places() if place.name == "contacts"]
    without = personal_data.Registry()
    without.places = {"contacts": _replaced(contacts, personal=("first_name", "last_name", "phone_number"))}
    monkeypatch.setattr(personal_data, "registry", without)

    [fault] = undeclared_models([contacts.model])

    assert fault.startswith("contacts.Contact.email may hold data of persons")


def test_a_storage_a_user_of_the_cache_and_a_form_that_nobody_has_registered_are_told() -> None:
    storage, module, form = undeclared(storages=["attic"], cache_users=["calls.attic"], forms=["xml"])

    assert "'attic'" in storage
    assert module.startswith("calls.attic uses the cache")
    assert "'xml'" in form


def test_a_place_is_registered_once() -> None:
    [contacts] = [place for place in places() if place.name == "contacts"]

    with pytest.raises(ValueError, match="twice"):
        personal_data.register(_replaced(contacts, name="others"))


@pytest.mark.django_db
@pytest.mark.parametrize("place", places(), ids=lambda place: place.name)
def test_every_place_finds_its_rows_by_their_keys(place: Place) -> None:
    person = Person(organization_id="0" * 24, phone_numbers=("+14165550199",), contact_ids=("1" * 24,))

    assert list(place.of(person).order_by("pk").filter(pk__gt=_least(place))[:500]) == []
    assert {*place.personal} <= {*telling_columns(place.model), "call_id", "object_id"}
    columns = {"", "pk", *(column.attname for column in place.model._meta.concrete_fields)}
    named = {*place.calls, place.conversation}
    assert {name for name in named - columns if not isinstance(getattr(place.model, name), property)} == set()


def _least(place: Place) -> Any:
    return 0 if isinstance(place.model._meta.pk, models.AutoField | models.BigAutoField) else ""


@pytest.mark.parametrize(
    "text",
    [
        "from +1 (500) 555-0123",
        "To=%2B15005550123&From=%2B14165550100",
        '{"call_id": "5f00000000000000000000aa"}',
        "conv_01jx of yesterday",
        "Ada LOVELACE called",
        "a vendor's id: call 17/b",
        "Called 0015005550123, then 01115005550123",
        "/search?q=%2015005550123",
        "ids: vendor-15005550123-1715763000",
        "ids: 150055501231715763000",
        "+49 115005550123, and then 1-500-555-0123",
    ],
)
def test_a_trace_of_a_person_is_found_however_it_is_written(text: str) -> None:
    assert _ada().are_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "from +1 500 555 0124",
        "5f00000000000000000000ab",
        "conv_01jxy",
        "Adam Lovel",
        "+150055501234",
        "+491 500 555 0123 7 and +49115005550123",
        "Joada Lovelace",
        "Ada Lovelacey",
    ],
)
def test_others_are_not_taken_for_the_person(text: str) -> None:
    assert not _ada().are_in(text)


def _ada() -> Traces:
    return Traces(
        ids=["5f00000000000000000000aa", "conv_01jx", "call 17/b", "a"],
        phone_numbers=["+15005550123"],
        names=["Ada Lovelace", "Ann"],
    )


def test_what_a_row_says_is_read_from_texts_bytes_and_json() -> None:
    delivery = next(place for place in places() if place.name == "deliveries")
    row = delivery.model(headers={"to": ["+15005550123"]}, body=b"\xffhello", url="/x")

    assert text_of(row, ("headers", "body", "url")) == "to\n+15005550123\n\ufffdhello\n/x"


def _replaced(place: Place, **changes: Any) -> Place:
    return dataclasses.replace(place, **changes)
