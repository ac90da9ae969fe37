from __future__ import annotations

from django.apps import apps
from django.db import models
from django.db.models import Q

from tether_calls.trails.models.entry import ActorKind, TrailEntry


class AuditAction(models.TextChoices):
    CREATED = "created", "Added"
    CHANGED = "changed", "Changed"
    DELETED = "deleted", "Deleted"


class AuditEntry(TrailEntry):
    """That somebody changed what an organization has set: only what is different, secrets masked."""

    action = models.CharField(max_length=7, choices=AuditAction)
    model = models.CharField(max_length=60, help_text="What it is, such as accounts.apikey.")
    object_id = models.CharField(max_length=64, blank=True, default="")
    object_name = models.CharField(max_length=200, blank=True, default="", help_text="As it was called then.")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        verbose_name = "change of settings"
        verbose_name_plural = "changes of settings"
        constraints = (
            models.CheckConstraint(condition=Q(action__in=AuditAction.values), name="audit_action_known"),
            models.CheckConstraint(condition=Q(actor_kind__in=ActorKind.values), name="audit_actor_known"),
        )
        indexes = (
            models.Index(fields=["organization_id", "id"], name="audit_of_organization"),
            models.Index(fields=["organization_id", "model", "id"], name="audit_by_model"),
            models.Index(fields=["organization_id", "user_id", "id"], name="audit_by_user"),
        )

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.called} {self.object_name}".strip()

    @property
    def called(self) -> str:
        """What it is, in words: `API key`; as it was kept, where there is no such thing any more."""
        try:
            return str(apps.get_model(self.model)._meta.verbose_name)
        except (LookupError, ValueError):
            return self.model
