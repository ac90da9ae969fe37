"""By which criteria an organization judges calls."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from calls.models.label import Label
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.trails.models import Audited, AuditedQuerySet

MAX_CRITERION_NAME = 200
MAX_WEIGHT = 100
LEAST_ON_SCALE, MOST_ON_SCALE = 1, 5


class CriterionKind(models.TextChoices):
    SCALE = "scale", "1 to 5"
    YES_NO = "yes_no", "Yes or no"


class Scorecard(Audited, Label):
    """Criteria. Those of `version` are asked now; scores keep those of the version that they were given by."""

    audit_name = "name"
    audit_left_out = ("key",)

    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[AuditedQuerySet[Scorecard]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("key",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "key"],
                name="one_scorecard_of_a_name",
                violation_error_message="There is one of this name already, perhaps an archived one.",
            ),
        )


class Criterion(ObjectIdModel):
    """What is asked of a call, and how much it counts. It never changes: a new version has criteria of its own."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.CASCADE, related_name="criteria", db_index=False)
    version = models.PositiveIntegerField(editable=False)
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=MAX_CRITERION_NAME)
    kind = models.CharField(max_length=6, choices=CriterionKind, default=CriterionKind.SCALE)
    weight = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(MAX_WEIGHT)], help_text=f"1 to {MAX_WEIGHT}."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Criterion]]

    class Meta:
        verbose_name_plural = "criteria"
        ordering = ("position",)
        constraints = (
            models.UniqueConstraint(fields=["scorecard", "version", "position"], name="one_criterion_in_a_place"),
            models.CheckConstraint(condition=Q(kind__in=CriterionKind.values), name="criterion_kind_known"),
            models.CheckConstraint(condition=Q(weight__range=(1, MAX_WEIGHT)), name="criterion_weight_in_range"),
        )

    def __str__(self) -> str:
        return self.name
