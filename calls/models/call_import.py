from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from tether_calls.accounts.models import Organization, User
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class CallImport(ObjectIdModel):
    """How far a file of calls is imported; changed in the transactions that write its calls, so that it is true."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The file is recognised by its content, not by its name.
    sha256 = models.CharField(max_length=64)
    position = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file that are done.")
    lines = models.PositiveBigIntegerField(default=0)
    kept = models.PositiveBigIntegerField(default=0)
    known = models.PositiveBigIntegerField(default=0)
    refused = models.PositiveBigIntegerField(default=0)
    faults_size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file of faults that are true.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[OrganizationQuerySet[CallImport]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "sha256"], name="one_import_of_a_file_per_user"),)

    def __str__(self) -> str:
        return f"{self.lines} lines"
