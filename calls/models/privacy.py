"""What is kept, for how long, and what persons asked for."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from calls.models.prompt import Prompt
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet
from tether_calls.trails.models import Audited, AuditedQuerySet

MAX_REASON = 500


class StorageMode(models.TextChoices):
    EVERYTHING = "everything", "Everything"
    NO_AUDIO = "no_audio", "No recordings"
    METADATA_ONLY = "metadata_only", "Neither recordings nor words"


class RetentionRule(Audited, ObjectIdModel):
    """What an organization keeps of calls, and for how many days; of calls of one agent, where it says otherwise."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    agent = models.OneToOneField(
        Prompt,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="retention",
        help_text="Empty: all other calls.",
    )
    storage_mode = models.CharField(max_length=13, choices=StorageMode, default=StorageMode.EVERYTHING)
    audio_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: for ever.")
    transcript_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: for ever.")
    call_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="After that a call names no person any more. Empty: for ever."
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[AuditedQuerySet[RetentionRule]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organization"], condition=Q(agent=None), name="one_retention_rule_of_the_organization"
            ),
            models.CheckConstraint(condition=Q(storage_mode__in=StorageMode.values), name="storage_mode_known"),
        )
        indexes = (models.Index(fields=["organization", "id"], name="retention_of_organization"),)

    def __str__(self) -> str:
        return self.get_storage_mode_display()


class HoldScope(models.TextChoices):
    CONTACT = "contact", "Contact"
    NUMBER = "number", "Number"
    CALL = "call", "Call"
    PERIOD = "period", "Period"


class LegalHold(Audited, ObjectIdModel):
    """While it is placed, nothing of what it covers is erased, neither by rule nor on request."""

    audit_numbers = ("phone_number",)
    # What somebody has written of a person.
    audit_left_out = ("reason",)

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    scope = models.CharField(max_length=7, choices=HoldScope)
    # By ids, so that a hold does not hang on what it holds.
    contact_id = ObjectIdField(null=True, blank=True)
    call_id = ObjectIdField(null=True, blank=True)
    phone_number = models.CharField(max_length=16, blank=True)
    begins = models.DateTimeField(null=True, blank=True, help_text="Of a period: calls that began from then on.")
    ends = models.DateTimeField(null=True, blank=True, help_text="Of a period: calls that began before.")
    reason = models.CharField(max_length=MAX_REASON)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )

    objects: ClassVar[AuditedQuerySet[LegalHold]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=Q(scope=HoldScope.CONTACT, contact_id__isnull=False)
                | Q(scope=HoldScope.NUMBER) & ~Q(phone_number="")
                | Q(scope=HoldScope.CALL, call_id__isnull=False)
                | Q(scope=HoldScope.PERIOD, begins__isnull=False, ends__isnull=False),
                name="hold_has_what_it_holds",
            ),
        )
        indexes = (
            models.Index(fields=["organization"], condition=Q(released_at=None), name="holds_that_are_placed"),
            models.Index(fields=["organization", "-id"], name="hold_newest"),
        )

    def __str__(self) -> str:
        return f"{self.get_scope_display()}: {self.reason}"


class PrivacyKind(models.TextChoices):
    FIND = "find", "Find"
    EXPORT = "export", "Export"
    ERASE = "erase", "Erase"


class PrivacyState(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class PrivacyRequest(ObjectIdModel):
    """What a person asked for who is on the other side of calls, how far it is, and the proof that it was done."""

    UNFINISHED: ClassVar[tuple[str, ...]] = (PrivacyState.QUEUED, PrivacyState.RUNNING)

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=6, choices=PrivacyKind)
    # Whom it is about; emptied once it is done, as far as it erased.
    phone_number = models.CharField(max_length=16, blank=True)
    contact_id = ObjectIdField(null=True, blank=True)
    subject = models.CharField(
        max_length=64, blank=True, help_text="A keyed digest of the number: who knows it can compare."
    )
    shown = models.CharField(max_length=24, blank=True, help_text="The end of the number.")
    # By what the person is known, once it has been looked up: numbers, contacts, names; emptied as well.
    sought = models.JSONField(default=dict, blank=True)
    before = models.DateTimeField(
        null=True, blank=True, help_text="Only what was there by then: after a backup was restored."
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=7, choices=PrivacyState, default=PrivacyState.QUEUED)
    places = models.JSONField(default=list, blank=True, help_text="What was found and done, by places.")
    # Of `places` the first that is not done, and the last of its rows that is.
    position = models.PositiveSmallIntegerField(default=0)
    cursor = models.CharField(max_length=24, blank=True)
    rounds = models.PositiveSmallIntegerField(default=0, help_text="How often all places were gone through.")
    certificate = models.TextField(blank=True)
    file = models.CharField(max_length=200, blank=True, help_text="Of an export, in the storage of exports.")
    error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease = ObjectIdField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    next_turn_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[OrganizationQuerySet[PrivacyRequest]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=PrivacyKind.values), name="privacy_kind_known"),
            models.CheckConstraint(condition=Q(state__in=PrivacyState.values), name="privacy_state_known"),
        )
        indexes = (
            models.Index(fields=["organization", "-id"], name="privacy_request_newest"),
            models.Index(fields=["next_turn_at"], condition=Q(state__in=["queued", "running"]), name="privacy_due"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.shown}"
