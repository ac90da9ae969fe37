from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class ExportKind(models.TextChoices):
    CALLS = "calls", "Calls"
    CONTACTS = "contacts", "Contacts"
    DO_NOT_CALL = "doNotCall", "Do Not Call"
    WALLET = "wallet", "Wallet"


class ExportFormat(models.TextChoices):
    CSV = "csv", "CSV"
    JSONL = "jsonl", "JSON lines"


class ExportStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class Export(ObjectIdModel):
    """Rows of an organization as a file: what was asked for, how far it is, and where the file lies."""

    # What is not over yet.
    UNFINISHED: ClassVar[tuple[str, ...]] = (ExportStatus.QUEUED, ExportStatus.RUNNING)

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Who asked for it."
    )
    kind = models.CharField(max_length=10, choices=ExportKind)
    format = models.CharField(max_length=5, choices=ExportFormat)
    filter = models.JSONField(default=dict, help_text="Which rows; empty: all.")
    columns = models.JSONField(default=list)
    time_zone = models.CharField(max_length=64, help_text="In which the times are written.")
    status = models.CharField(max_length=7, choices=ExportStatus, default=ExportStatus.QUEUED)
    rows = models.PositiveBigIntegerField(default=0, help_text="Written so far.")
    total = models.PositiveBigIntegerField(null=True, help_text="Rows there were when it began.")
    # Decided before anything is stored, so that there is no file without a row that names it.
    file = models.CharField(max_length=200, unique=True, help_text="Its name in the storage.")
    size = models.PositiveBigIntegerField(null=True, help_text="Bytes.")
    error = models.CharField(max_length=40, blank=True, help_text="Why it has failed.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(help_text="When row and file are deleted.")

    # What has been stored of the file, and after which row the rest begins; `carry` begins that rest.
    checkpoint = models.JSONField(default=dict, editable=False)
    carry = models.BinaryField(default=b"", editable=False)
    # In whose hands it is, and until when at most.
    lease = ObjectIdField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    next_turn_at = models.DateTimeField(default=timezone.now, editable=False)
    # In a row, without a part being stored in between.
    failures = models.PositiveSmallIntegerField(default=0, editable=False)

    objects: ClassVar[OrganizationQuerySet[Export]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=ExportKind.values), name="export_kind_known"),
            models.CheckConstraint(condition=Q(format__in=ExportFormat.values), name="export_format_known"),
            models.CheckConstraint(condition=Q(status__in=ExportStatus.values), name="export_status_known"),
        )
        indexes = (
            models.Index(fields=["organization", "-id"], name="export_newest"),
            models.Index(fields=["next_turn_at"], condition=Q(status__in=("queued", "running")), name="export_due"),
            models.Index(fields=["expires_at"], name="export_expiry"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_format_display()}"
