from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.phone import is_hidden
from tether_calls.common.querysets import OrganizationQuerySet


class Contact(ObjectIdModel):
    """A person or company that an organization talks to, known by one telephone number."""

    # As much as a vendor may give as a caller's name.
    NAME_MAX: ClassVar[int] = 200

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    first_name = models.CharField(max_length=NAME_MAX, blank=True)
    last_name = models.CharField(max_length=NAME_MAX, blank=True)
    phone_number = models.CharField(max_length=16, help_text="E.164, such as +14165550199.")
    email = models.EmailField(blank=True)
    source = models.CharField(max_length=50, blank=True, help_text="What made the contact.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[OrganizationQuerySet[Contact]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "phone_number"], name="one_contact_per_organization_and_number"
            ),
        )
        indexes = (models.Index(fields=["organization", "-id"], name="contact_newest"),)

    def __str__(self) -> str:
        return self.full_name or self.phone_number

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def is_hidden_caller(self) -> bool:
        """Whether this is no person, but all callers who do not show a number."""
        return is_hidden(self.phone_number)
