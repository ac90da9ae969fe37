"""How calls were judged."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from calls.models.call import Call
from calls.models.scorecard import LEAST_ON_SCALE, MOST_ON_SCALE, Criterion, CriterionKind, Scorecard
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet

MAX_SCORE_COMMENT = 2_000
MAX_ANSWER_COMMENT = 500


class CallScore(ObjectIdModel):
    """What one reviewer makes of one call, by the criteria of a scorecard's version."""

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", db_index=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="scores", db_index=False)
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="scores")
    version = models.PositiveIntegerField()
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    comment = models.TextField(max_length=MAX_SCORE_COMMENT, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[OrganizationQuerySet[CallScore]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "score"
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["call", "reviewer"], name="a_score_of_each_reviewer_and_call"),
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="score_percent_in_range"),
        )
        indexes = (models.Index(fields=["organization", "-id"], name="score_newest"),)

    def __str__(self) -> str:
        return f"{self.percent} %"


class CriterionScore(ObjectIdModel):
    """One answer of a score; a criterion without one does not apply to the call."""

    score = models.ForeignKey(CallScore, on_delete=models.CASCADE, related_name="answers", db_index=False)
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    # The criterion's: so that the database can hold the value to it.
    kind = models.CharField(max_length=6, choices=CriterionKind)
    value = models.PositiveSmallIntegerField(help_text="1 to 5; of yes or no 1 or 0.")
    comment = models.CharField(max_length=MAX_ANSWER_COMMENT, blank=True)

    objects: ClassVar[models.Manager[CriterionScore]]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["score", "criterion"], name="one_answer_to_a_criterion"),
            models.CheckConstraint(
                condition=Q(kind=CriterionKind.SCALE, value__range=(LEAST_ON_SCALE, MOST_ON_SCALE))
                | Q(kind=CriterionKind.YES_NO, value__range=(0, 1)),
                name="answer_value_of_its_kind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.value}"

    @property
    def call_id(self) -> str:
        """Of the call that it is about; a statement unless `score` was read with it."""
        call_id: str = self.score.call_id
        return call_id
