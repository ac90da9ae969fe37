"""What refers to a row, found by walking the models: a relation that is added later is not forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Field, Model, Q, QuerySet, UniqueConstraint

from tether_calls.common.object_id import ObjectIdField


@dataclass(frozen=True)
class Reference:
    """A column that names rows of a model: a foreign key, or an id where the app that owns it lies above."""

    model: type[Model]
    field: Field[Any, Any]

    def rows_of(self, row: Model) -> QuerySet[Model]:
        """What refers to the row by this column."""
        # wall: the row is an organization's own, and so is what refers to it
        return self.model._base_manager.filter(**{self.field.attname: row.pk})

    def rival_of(self, referring: Model, *, kept: Model) -> Model | None:
        """The row beside which `referring` cannot stand when it refers to `kept`: a unique constraint forbids it."""
        for names, condition in self.unique_rules():
            alike = {name: getattr(referring, name) for name in names}
            alike[self.field.name] = kept if self.field.is_relation else kept.pk
            # Two rows are not alike by what is unknown of both.
            # wall: refers to a row of the organization
            if None in alike.values() or not row_alone(referring).filter(condition).exists():
                continue
            # wall: the row is an organization's own, and so is what refers to it
            rival = self.model._base_manager.filter(condition, **alike).exclude(pk=referring.pk).first()
            if rival is not None:
                return rival
        return None

    def unique_rules(self) -> list[tuple[tuple[str, ...], Q]]:
        """The columns, this one among them, that must not be alike in two rows for which a condition holds."""
        options = self.model._meta
        rules = [
            (tuple(constraint.fields), constraint.condition or Q())
            for constraint in options.constraints
            if isinstance(constraint, UniqueConstraint)
        ]
        rules += [(tuple(names), Q()) for names in options.unique_together]
        rules += [((self.field.name,), Q())] if self.field.unique else []
        return [rule for rule in rules if self.field.name in rule[0]]


def row_alone(row: Model) -> QuerySet[Model]:
    """The row, for a statement."""
    # wall: one row, which is an organization's own
    return type(row)._base_manager.filter(pk=row.pk)


@cache
def references_to(model: type[Model]) -> tuple[Reference, ...]:
    """The columns of all tables that name rows of the model; those of the apps above come first.

    In this order, because who changes a call locks it before what it refers to.
    """
    return tuple(_references_to(model))


def _references_to(model: type[Model]) -> Iterator[Reference]:
    for other in reversed(apps.get_models(include_auto_created=True)):
        for field in other._meta.local_concrete_fields:
            if field.related_model is model or _names_by_id(field, model):
                yield Reference(other, field)


def _names_by_id(field: Field[Any, Any], model: type[Model]) -> bool:
    name = f"{model._meta.model_name}_id"
    return isinstance(field, ObjectIdField) and (field.name == name or field.name.endswith(f"_{name}"))
