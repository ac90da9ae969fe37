"""Reads of context variables: what agents are told of a contact besides names."""

from __future__ import annotations

from django.db.models import FilteredRelation, Q

from contacts.models import ContextType, ContextVariable


def context_variables(*, organization_id: str, context_type: str | None = None) -> list[ContextVariable]:
    """What is defined, by name; of one type, or of both. One statement."""
    variables = ContextVariable.objects.of_organization(organization_id)
    return list(variables if context_type is None else variables.filter(context_type=context_type))


def context_of(*, organization_id: str, contact_id: str | None) -> dict[str, str | int | float | bool]:
    """All that is defined, with the contact's value before that of the organization; empty where neither has one.

    One statement.
    """
    mine = Q(values__contact=None) if contact_id is None else Q(values__contact=None) | Q(values__contact=contact_id)
    variables = ContextVariable.objects.of_organization(organization_id).alias(
        mine=FilteredRelation("values", condition=mine)
    )
    context: dict[str, str | int | float | bool] = {}
    # "business" first, then "contact", whose value stays.
    for name, value, _ in sorted(
        variables.order_by().values_list("name", "mine__value", "context_type"),
        key=lambda row: (row[1] is not None, row[2] == ContextType.CONTACT),
    ):
        context[name] = "" if value is None else value
    return context
