"""What refers to a contact is found by the models; what is added to them later is either merged or noticed here."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model

from calls.services.contact_merging.merge_rows import RULES, is_bare
from calls.services.contact_merging.references import references_to
from contacts.models import Contact
from conversations.models import Conversation


def columns_referring_to(model: type[Model]) -> set[tuple[str, str]]:
    """By what the database itself says of foreign keys."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for column, (of_key, of_table, *_) in connection.introspection.get_relations(cursor, table).items():
                if (of_table, of_key) == (model._meta.db_table, "id"):
                    found.add((table, column))
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("model", [Contact, Conversation])
def test_every_foreign_key_of_the_database_is_found(model: type[Model]) -> None:
    known = {(each.model._meta.db_table, each.field.column) for each in references_to(model)}

    assert columns_referring_to(model) <= known
    assert len(known) >= 2


def test_every_column_that_sounds_like_one_is_found() -> None:
    """By id, where the app that owns the row lies above: such a column has no foreign key."""
    known = {(each.model, each.field.attname) for each in references_to(Contact)}
    named = {
        (model, field.attname)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if "contact" in field.attname and field.attname.endswith("_id")
    }

    assert named == known


@pytest.mark.parametrize("model", RULES)
def test_every_column_of_what_is_merged_has_a_rule(model: type[Model]) -> None:
    assert set(RULES[model]) == {field.attname for field in model._meta.concrete_fields}


def test_whatever_cannot_stand_twice_beside_a_contact_can_be_merged() -> None:
    for merged in RULES:
        for reference in references_to(merged):
            if reference.unique_rules():
                assert reference.model in RULES or is_bare(reference.model), reference
