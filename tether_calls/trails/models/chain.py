"""The chain that makes a trail checkable: a link for each of its rows, and a head that is signed.

A row is written at once, by one INSERT, and waits for no other row; a trigger of the database notes that it is to be
linked, and a job links it. So readers of recordings do not queue behind each other for a lock.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils import timezone

from tether_calls.common.object_id import ObjectIdField, ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet

# What the signature of a head is for.
HEAD_SALT = "tether_calls.trails.head"


class Trail(models.TextChoices):
    """Each organization has a chain of its own for each of these."""

    ACCESS = "access", "Who has heard and read"
    AUDIT = "audit", "Who has changed what"


class AddedOnlyError(TypeError):
    """A trail was to be rewritten."""


class AddedOnlyQuerySet(OrganizationQuerySet[Any]):
    """A trail is added to, and nothing else; what is past its time, `trails.services.prune` takes away."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AddedOnlyError("Rows of a trail are neither changed nor deleted")

    update = delete = bulk_update = update_or_create = _refuse

    def take_away(self) -> int:
        """For pruning: the database lets go what lies under the floor of its chain, and nothing else."""
        # wall: of the rows in hand
        return models.QuerySet(self.model, using=self.db).filter(pk__in=self.values("pk"))._raw_delete(self.db)


class AddedOnlyModel(ObjectIdModel):
    """A row that neither the model nor the database lets change or go."""

    objects: ClassVar[AddedOnlyQuerySet] = AddedOnlyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AddedOnlyError("Rows of a trail are not changed")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AddedOnlyError("Rows of a trail are not deleted")


class Link(AddedOnlyModel):
    """Ties a row of a trail to all before it: `hash` is SHA-256 over the hash before and the row."""

    organization_id = ObjectIdField()
    trail = models.CharField(max_length=6, choices=Trail)
    number = models.BigIntegerField(help_text="1, 2, 3 … within the chain.")
    entry_id = ObjectIdField(unique=True)
    hash = models.CharField(max_length=64)
    linked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organization_id", "trail", "number"], name="one_link_per_number"),
        )

    def __str__(self) -> str:
        return f"{self.trail} {self.number}"


class Pending(models.Model):
    """A row that is to be linked; written by the database, with the row."""

    entry_id = ObjectIdField(primary_key=True)
    organization_id = ObjectIdField()
    trail = models.CharField(max_length=6)
    is_lost = models.BooleanField(default=False, db_default=False, help_text="It was gone before it was linked.")

    objects: ClassVar[OrganizationQuerySet[Pending]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        indexes = (models.Index(fields=["organization_id", "trail", "entry_id"], name="pending_of_chain"),)

    def __str__(self) -> str:
        return f"{self.entry_id}"


class Head(ObjectIdModel):
    """Where a chain ends, and up to where it was pruned; the signature is what nobody makes who has only the database.

    `hash` is of the last link, `floor_hash` of the last one that was taken away; both empty where there is none.
    """

    organization_id = ObjectIdField()
    trail = models.CharField(max_length=6, choices=Trail)
    count = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True, default="")
    floor = models.BigIntegerField(default=0)
    floor_hash = models.CharField(max_length=64, blank=True, default="")
    signature = models.CharField(max_length=64, blank=True, default="")
    changed_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[OrganizationQuerySet[Head]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organization_id", "trail"], name="one_head_per_chain"),)

    def __str__(self) -> str:
        return f"{self.trail} of {self.organization_id}: {self.count}"

    @property
    def signed(self) -> str:
        """What is signed."""
        parts = (self.organization_id, self.trail, self.count, self.hash, self.floor, self.floor_hash)
        return ":".join(map(str, parts))
