"""What may hold data of persons, and of which nobody has said how it is found, exported and erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import models
from django.db.models import Model

from tether_calls.common import personal_data
from tether_calls.common.object_id import ObjectIdField

# What may hold words, numbers or names; numbers, times and ids of ours cannot.
TELLING = (models.CharField, models.TextField, models.JSONField, models.BinaryField, models.FileField)


def telling_columns(model: type[Model]) -> list[str]:
    """The columns that may hold words, numbers or names, as far as their type tells."""
    return [
        column.attname
        for column in model._meta.concrete_fields
        if isinstance(column, TELLING)
        and not isinstance(column, ObjectIdField)
        and not column.choices
        and not column.is_relation
    ]


def undeclared_models(walked: Iterable[type[Model]]) -> Iterator[str]:
    """A sentence for each table and column of which nobody has said whether it may hold data of persons."""
    by_model = {place.model: place for place in personal_data.registry.places.values()}
    for model in walked:
        columns = telling_columns(model)
        place = by_model.get(model)
        if place is None:
            if columns and model not in personal_data.registry.harmless:
                yield (
                    f"{model._meta.label} has columns that may hold data of persons ({', '.join(columns)}):"
                    " register() it in its app's personal_data, or register_harmless() it with the reason"
                )
            continue
        declared = [*place.personal, *(name for names in place.harmless.values() for name in names)]
        for column in columns:
            if column not in declared:
                yield (
                    f"{model._meta.label}.{column} may hold data of persons: name it in the place {place.name!r} of"
                    " its app's personal_data, as personal, or as harmless with the reason"
                )
        known = {each.attname for each in model._meta.concrete_fields}
        for column in declared:
            if column not in known:
                yield f"The place {place.name!r} names {model._meta.label}.{column}, which is not there"


def undeclared(*, storages: Iterable[str], cache_users: Iterable[str], forms: Iterable[str]) -> Iterator[str]:
    """The same of storages, of modules that use the cache, and of forms of the log."""
    for storage in storages:
        known = personal_data.registry.files.get(storage)
        if known is None:
            yield f"The storage {storage!r} may hold files of persons: register_files() it"
        elif not known.harmless and known.place not in personal_data.registry.places:
            yield f"The files of the storage {storage!r} are of the place {known.place!r}, which is not there"
    for module in cache_users:
        if module not in personal_data.registry.cached:
            yield f"{module} uses the cache: register_cached() what it keeps there, and why it names nobody"
    for form in forms:
        if form not in personal_data.registry.logged:
            yield f"The log's form {form!r} may name persons: register_logged() it, and why it does not"
