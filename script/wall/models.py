"""Which models are behind the wall, as Django knows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

PACKAGES = ("calls", "contacts", "conversations", "tether_calls")


@dataclass(frozen=True)
class Models:
    """Names of models, managers and querysets.

    `tenants` have `of_organization()`. `parts` have no organization of their own, and belong to a row that has one: a
    call's recordings. `others` belong to no organization, or are not ours.
    """

    tenants: frozenset[str]
    parts: frozenset[str]
    others: frozenset[str]
    managers: frozenset[str] = frozenset({"objects", "_default_manager", "_base_manager"})
    querysets: frozenset[str] = frozenset({"QuerySet", "OrganizationQuerySet"})

    @property
    def behind_the_wall(self) -> frozenset[str]:
        return self.tenants | self.parts


def models_of(models: Iterable[Any]) -> Models:
    """Sorts models, as from `django.apps.apps.get_models()`."""
    everything = list(models)
    ours = [model for model in everything if model.__module__.partition(".")[0] in PACKAGES]
    tenants = [model for model in ours if hasattr(model._default_manager, "of_organization")]
    parts = [model for model in ours if model not in tenants and _belongs_to(model, tenants, ours)]
    behind = {model.__name__ for model in (*tenants, *parts)}
    names = {manager.name for model in everything for manager in model._meta.managers}
    querysets = {type(model._default_manager.get_queryset()).__name__ for model in (*tenants, *parts)}
    return Models(
        tenants=frozenset(model.__name__ for model in tenants),
        parts=frozenset(model.__name__ for model in parts),
        others=frozenset(model.__name__ for model in everything) - behind,
        managers=Models.managers | names,
        querysets=Models.querysets | querysets,
    )


def unguarded(models: Iterable[Any]) -> list[str]:
    """Our models that have an organization, and whose manager cannot confine a query to it."""
    return [
        model.__name__
        for model in models
        if model.__module__.partition(".")[0] in PACKAGES
        and {"organization", "organization_id"} & {field.name for field in model._meta.get_fields() if field.concrete}
        and not hasattr(model._default_manager, "of_organization")
    ]


def _belongs_to(model: Any, tenants: list[Any], ours: list[Any]) -> bool:
    """Whether a foreign key leads to a tenant's model, directly or by way of another part."""
    seen, waiting = set(), [model]
    while waiting:
        at = waiting.pop()
        if at in tenants:
            return True
        seen.add(at)
        keys = (field.related_model for field in at._meta.concrete_fields if field.is_relation)
        waiting += [target for target in keys if target in ours and target not in seen]
    return False
