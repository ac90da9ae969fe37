from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from tether_calls.common.encryption import SecretsField
from tether_calls.common.object_id import ObjectIdModel


class SecondFactor(ObjectIdModel):
    """An authenticator app of a user's: its secret, and what is needed to take each of its codes once."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor")
    secrets = SecretsField()
    confirmed_at = models.DateTimeField(null=True, help_text="Until then it is shown, and asked for nowhere.")
    # Codes of this step and of those before it have been used, or are too old.
    last_step = models.BigIntegerField(default=0)
    # Wrong codes in a row, and until when no code is looked at because of them.
    failures = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[SecondFactor]] = models.Manager()

    def __str__(self) -> str:
        return f"Second factor {self.pk}"


class RecoveryCode(ObjectIdModel):
    """What lets its user in once in place of a code, kept as a digest."""

    factor = models.ForeignKey(SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes", db_index=False)
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[RecoveryCode]] = models.Manager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["factor", "digest"], name="one_recovery_code_per_digest"),)

    def __str__(self) -> str:
        return f"Recovery code {self.pk}"
