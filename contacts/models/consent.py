from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.trails.models import Audited, AuditedQuerySet


class CallPurpose(models.TextChoices):
    """What somebody is called for; calls of which that is not said are taken for marketing."""

    MARKETING = "marketing", "Marketing"
    SERVICE = "service", "Service"


class ConsentBasis(models.TextChoices):
    EXPRESS_WRITTEN = "express_written", "Express, in writing"
    EXPRESS = "express", "Express"
    EXISTING_RELATIONSHIP = "existing_relationship", "Existing relationship"
    INBOUND_REQUEST = "inbound_request", "Their own request"


class ConsentSource(models.TextChoices):
    ADMIN = "admin", "Admin"
    IMPORT = "import", "Import"
    CALL = "call", "Call"
    API = "api", "API"
    DIAL = "dial", "With a dial"


class Consent(Audited, ObjectIdModel):
    """That somebody may be called: on what basis, for what, since when, and how that can be shown.

    It is never deleted: who takes it back has it revoked.
    """

    # Of whom, is on the row itself, which is never deleted: when the person is erased, nothing of them is left here.
    audit_secret = ("phone_number",)
    audit_left_out = ("evidence",)

    EVIDENCE_MAX: ClassVar[int] = 2_000

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="consents", db_index=False)
    phone_number = models.CharField(
        max_length=32, help_text="E.164, such as +14165550199; a pseudonym, once the person's data is erased."
    )
    basis = models.CharField(max_length=21, choices=ConsentBasis)
    purpose = models.CharField(
        max_length=9, choices=CallPurpose, help_text="Consent to marketing is consent to service calls as well."
    )
    obtained_at = models.DateTimeField()
    evidence = models.TextField(
        max_length=EVIDENCE_MAX, blank=True, help_text="What shows it: a text, an address, where a form lies."
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: it holds until it is revoked.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    source = models.CharField(max_length=6, choices=ConsentSource, editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    # By id: the app that owns calls lies above this one.
    call_id = ObjectIdField(null=True, blank=True, editable=False, help_text="In which call it was given.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[AuditedQuerySet[Consent]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            # Who tells of it once more tells of the same.
            models.UniqueConstraint(
                fields=["organization", "phone_number", "basis", "purpose", "obtained_at"],
                name="one_consent_of_a_moment",
            ),
            models.CheckConstraint(condition=Q(basis__in=ConsentBasis.values), name="consent_basis_known"),
            models.CheckConstraint(condition=Q(purpose__in=CallPurpose.values), name="consent_purpose_known"),
            models.CheckConstraint(condition=Q(source__in=ConsentSource.values), name="consent_source_known"),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("obtained_at")), name="consent_expires_after_it_began"
            ),
        )
        indexes = (models.Index(fields=["organization", "-id"], name="consent_newest"),)

    def __str__(self) -> str:
        return f"{self.get_basis_display()}, {self.get_purpose_display()}"
