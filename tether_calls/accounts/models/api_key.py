from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import OuterRef, Q
from django.utils import timezone

from tether_calls.accounts.models.user import User
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.trails.models import Audited, AuditedQuerySet


class KeyPermission(models.TextChoices):
    """What a key may do; each is a column of the same name."""

    CAN_READ_CALLS = "can_read_calls", "Read calls"
    CAN_INITIATE_CALLS = "can_initiate_calls", "Initiate calls"
    CAN_READ_AGENTS = "can_read_agents", "Read agents"
    CAN_READ_CONTACTS = "can_read_contacts", "Read contacts"
    CAN_WRITE_CONTACTS = "can_write_contacts", "Write contacts"
    CAN_READ_MESSAGES = "can_read_messages", "Read texts"
    CAN_SEND_MESSAGES = "can_send_messages", "Send texts"
    CAN_MANAGE_WEBHOOKS = "can_manage_webhooks", "Manage webhooks"
    CAN_INGEST_CALLS = "can_ingest_calls", "Ingest calls"


_INGEST_ALONE = reduce(
    and_, (Q(**{name: name == KeyPermission.CAN_INGEST_CALLS.value}) for name in KeyPermission.values)
)


class ApiKeyQuerySet(AuditedQuerySet["ApiKey"]):  # type: ignore[override]  # as the plugin sees as_manager
    def of_organization(self, organization_id: str | OuterRef) -> Self:
        return self.filter(user__organization_id=organization_id)


class ApiKey(Audited, ObjectIdModel):
    """A key for machines, of a user and so of an organization. The key itself is computed (`accounts.api_keys`)."""

    audit_organization = "user__organization_id"
    audit_name = "name"
    audit_left_out = ("last_used_at",)

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100, help_text="Which system uses it.")
    generation = models.PositiveIntegerField(
        default=1, editable=False, help_text="Part of what is signed: one more, and the old key is void."
    )
    is_default = models.BooleanField(
        default=False, editable=False, help_text="The one that GET /api/user/api-key shows to its user."
    )
    can_read_calls = models.BooleanField("may read calls", default=False, help_text="GET /api/v1/calls.")
    can_initiate_calls = models.BooleanField(
        "may initiate calls", default=False, help_text="Have an agent call somebody."
    )
    can_read_agents = models.BooleanField("may read agents", default=False, help_text="GET /api/v1/agents.")
    can_read_contacts = models.BooleanField("may read contacts", default=False, help_text="GET /api/v1/contacts.")
    can_write_contacts = models.BooleanField(
        "may write contacts",
        default=False,
        db_default=False,
        help_text="Make contacts, and set what agents are told of them and of the organization.",
    )
    can_read_messages = models.BooleanField(
        "may read texts",
        default=False,
        db_default=False,
        help_text='GET /api/v1/messages; together with "manage webhooks", webhooks that tell of texts.',
    )
    can_send_messages = models.BooleanField(
        "may send texts", default=False, db_default=False, help_text="POST /api/v1/messages."
    )
    can_manage_webhooks = models.BooleanField(
        "may manage webhooks",
        default=False,
        help_text='Make and change /api/v1/webhooks, together with "read calls"; delete them.',
    )
    can_ingest_calls = models.BooleanField("may ingest calls", default=True, help_text="POST /api/calls/ingest.")
    requests_per_minute = models.PositiveIntegerField(
        default=60, validators=[MinValueValidator(1)], help_text="Of /api/v1, within any minute."
    )
    dials_per_day = models.PositiveIntegerField(default=100, help_text="Of /api/v1, within any 24 hours.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Refused from then on; empty: never.")
    replaced_by = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="replaces"
    )
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Written at most once a minute."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[ApiKeyQuerySet] = ApiKeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "API key"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(is_default=True), name="one_default_api_key_per_user"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | (_INGEST_ALONE & Q(expires_at=None)),
                name="default_api_key_ingests_alone",
            ),
            models.CheckConstraint(
                condition=reduce(or_, (Q(**{name: True}) for name in KeyPermission.values)),
                name="api_key_permits_something",
                violation_error_message="A key must permit something.",
            ),
            models.CheckConstraint(
                condition=Q(requests_per_minute__gte=1), name="api_key_requests_per_minute_positive"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self._state.adding and self.expires_at is not None and self.expires_at <= timezone.now():
            raise ValidationError({"expires_at": "This is in the past."})

    @property
    def permissions(self) -> list[KeyPermission]:
        return [permission for permission in KeyPermission if self.permits(permission)]

    def permits(self, permission: KeyPermission) -> bool:
        return bool(getattr(self, permission.value))

    @property
    def has_ended(self) -> bool:
        """Revoked or expired: it opens nothing any more."""
        return self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= timezone.now())
