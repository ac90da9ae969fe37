from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contacts.models.contact import Contact
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.trails.models import Audited, AuditedQuerySet


class VariableType(models.TextChoices):
    TEXT = "text", "Text"
    NUMBER = "number", "Number"
    DATE = "date", "Date"
    BOOLEAN = "boolean", "Boolean"
    SELECT = "select", "One of a list"


class ContextType(models.TextChoices):
    CONTACT = "contact", "Of a contact"
    BUSINESS = "business", "Of the organization"


class ContextVariable(Audited, ObjectIdModel):
    """A value that agents are told, of each contact or of the organization: its name and kind."""

    audit_name = "name"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    context_type = models.CharField(max_length=8, choices=ContextType)
    name = models.CharField(max_length=100)
    display_name = models.CharField(max_length=200)
    description = models.CharField(max_length=1000, blank=True)
    variable_type = models.CharField(max_length=7, choices=VariableType)
    select_options = models.JSONField(default=list, blank=True, help_text="What one of a list may be.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[AuditedQuerySet[ContextVariable]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("name", "context_type")
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "name", "context_type"], name="one_context_variable_per_name_and_type"
            ),
            models.CheckConstraint(
                condition=Q(context_type__in=ContextType.values), name="context_variable_context_known"
            ),
            models.CheckConstraint(
                condition=Q(variable_type__in=VariableType.values), name="context_variable_type_known"
            ),
        )

    def __str__(self) -> str:
        return self.name


class ContextValue(Audited, ObjectIdModel):
    """What a variable is, of a contact; without one, of the organization."""

    # What is known of a person is no setting, and goes when the person does.
    audit_only: ClassVar[Mapping[str, Any]] = {"contact_id": None}
    audit_name = "variable__name"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    variable = models.ForeignKey(ContextVariable, on_delete=models.CASCADE, related_name="values", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, null=True, related_name="+")
    value = models.JSONField(help_text="A text, a number or true or false.")

    objects: ClassVar[AuditedQuerySet[ContextValue]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["variable", "contact"], name="one_context_value_per_contact"),
            models.UniqueConstraint(
                fields=["variable"], condition=Q(contact=None), name="one_context_value_of_the_organization"
            ),
        )

    def __str__(self) -> str:
        return f"Value of {self.variable_id}"
