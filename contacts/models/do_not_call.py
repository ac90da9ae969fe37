from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.trails.models import Audited, AuditedQuerySet


class DoNotCallSource(models.TextChoices):
    ADMIN = "admin", "Admin"
    IMPORT = "import", "Import"
    CALL = "call", "Call"
    API = "api", "API"
    SMS = "sms", "Text"


class DoNotCallNumber(Audited, ObjectIdModel):
    """A number that an organization does not dial, by any API."""

    audit_numbers = ("phone_number",)
    # What somebody has written of a person goes when the person does.
    audit_left_out = ("reason",)

    REASON_MAX: ClassVar[int] = 200

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    phone_number = models.CharField(max_length=16, help_text="E.164, such as +14165550199.")
    reason = models.CharField(max_length=REASON_MAX, blank=True)
    source = models.CharField(max_length=10, choices=DoNotCallSource)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # By id: the app that owns calls lies above this one.
    call_id = ObjectIdField(null=True, blank=True, help_text="In which call it was asked for.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[AuditedQuerySet[DoNotCallNumber]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        verbose_name = "Do Not Call number"
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "phone_number"], name="one_do_not_call_per_organization_and_number"
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=DoNotCallSource.values), name="do_not_call_source_known"
            ),
        )
        indexes = (models.Index(fields=["organization", "-id"], name="do_not_call_newest"),)

    def __str__(self) -> str:
        return self.phone_number
