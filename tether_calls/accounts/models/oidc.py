from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from tether_calls.common.object_id import ObjectIdModel
from tether_calls.trails.models import Audited, AuditedRows


class OidcIdentity(Audited, ObjectIdModel):
    """Who a user is at an OpenID provider: from the first login on they are known by it, and no more by the e-mail."""

    audit_organization = "user__organization_id"
    audit_name = "issuer"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="oidc_identities", db_index=False
    )
    issuer = models.CharField(max_length=500)
    # https://openid.net/specs/openid-connect-core-1_0.html#IDToken: at most 255 characters, and case counts.
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[AuditedRows[OidcIdentity]] = AuditedRows.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_oidc_identity_per_subject"),
            # An address that somebody else has got at the provider does not open the account of who had it before.
            models.UniqueConstraint(fields=["user", "issuer"], name="one_oidc_identity_per_user"),
        )

    def __str__(self) -> str:
        return f"OpenID identity {self.pk}"


class OidcDoor(models.TextChoices):
    ADMIN = "admin", "Admin"
    FRONTEND = "frontend", "Frontend"


class OidcLogin(ObjectIdModel):
    """A browser has come back from the provider: that it has, and whom it may be logged in as, once.

    The row is made before the provider is asked, so that no answer of its is taken twice. The code that a frontend
    exchanges is computed of the row, and stored nowhere.
    """

    attempt = models.CharField(max_length=64, unique=True, help_text="A digest of what the browser began with.")
    door = models.CharField(max_length=8, choices=OidcDoor)
    # Of what only the frontend knows that began: whoever else comes by the code can do nothing with it.
    challenge = models.CharField(max_length=43, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    # What the account takes over once nothing more is to be proved: the link, where there is none, and the role.
    subject = models.CharField(max_length=255, blank=True, db_default="")
    role = models.CharField(max_length=20, blank=True, db_default="")
    has_second_factor = models.BooleanField(default=False)
    arrived_at = models.DateTimeField(null=True, help_text="When the provider had said who it is.")
    used_at = models.DateTimeField(null=True)
    # As long as the browser's cookie could come back.
    expires_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager[OidcLogin]] = models.Manager()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(door__in=OidcDoor.values), name="oidc_login_door_known"),
        )

    def __str__(self) -> str:
        return f"OpenID login {self.pk}"
