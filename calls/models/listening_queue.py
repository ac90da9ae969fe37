"""Which calls are to be heard: drawn day by day, and taken by reviewers one after the other."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import get_random_string

from calls.models.call import Call
from calls.models.call_choices import CallDirection
from calls.models.label import Disposition, Label, Tag
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.trails.models import Audited, AuditedQuerySet

MOST_PER_AGENT = 50
MOST_SECONDS = 86_400
_SEED = 16


class Strata(models.TextChoices):
    """What the calls that are drawn are to be of as many kinds of as there are."""

    NONE = "none", "Any calls"
    OUTCOME = "outcome", "Of each way of ending"
    DURATION = "duration", "Of each length"
    BOTH = "both", "Of each way of ending and length"


def _new_seed() -> str:
    return get_random_string(_SEED)


class ListeningQueue(Audited, Label):
    """So many calls of each agent and day, of those that the filter lets through, drawn by lot."""

    audit_name = "name"
    audit_left_out = ("key", "seed")

    per_agent = models.PositiveSmallIntegerField(
        "calls of each agent and day",
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_PER_AGENT)],
        help_text=f"1 to {MOST_PER_AGENT}.",
    )
    strata = models.CharField("drawn", max_length=8, choices=Strata, default=Strata.BOTH)
    is_shared = models.BooleanField(
        "shared", default=True, help_text="Each call is heard by one reviewer; else each reviewer hears all of them."
    )
    # The filter; empty: everything.
    direction = models.CharField(max_length=10, choices=CallDirection, blank=True)
    least_seconds = models.PositiveIntegerField(
        "at least seconds", default=0, validators=[MaxValueValidator(MOST_SECONDS)]
    )
    tag = models.ForeignKey(Tag, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    disposition = models.ForeignKey(Disposition, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # With it the same calls are drawn again.
    seed = models.CharField(max_length=_SEED, default=_new_seed, editable=False)
    is_archived = models.BooleanField("archived", default=False, help_text="Nothing more is drawn.")

    objects: ClassVar[AuditedQuerySet[ListeningQueue]] = AuditedQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ("key",)
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "key"],
                name="one_listening_queue_of_a_name",
                violation_error_message="There is one of this name already, perhaps an archived one.",
            ),
            models.CheckConstraint(condition=Q(strata__in=Strata.values), name="queue_strata_known"),
            models.CheckConstraint(condition=Q(per_agent__range=(1, MOST_PER_AGENT)), name="queue_per_agent_in_range"),
        )


class QueueDraw(ObjectIdModel):
    """That a day's calls have been drawn, out of how many."""

    queue = models.ForeignKey(ListeningQueue, on_delete=models.CASCADE, related_name="draws", db_index=False)
    day = models.DateField()
    found = models.PositiveIntegerField()

    objects: ClassVar[models.Manager[QueueDraw]]

    class Meta:
        constraints = (models.UniqueConstraint(fields=["queue", "day"], name="one_draw_of_a_queue_and_day"),)

    def __str__(self) -> str:
        return f"{self.day}"


class QueuedCall(ObjectIdModel):
    """A call that was drawn; they are heard in the order of day and position."""

    queue = models.ForeignKey(ListeningQueue, on_delete=models.CASCADE, related_name="queued", db_index=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    position = models.PositiveIntegerField()

    objects: ClassVar[models.Manager[QueuedCall]]

    class Meta:
        constraints = (models.UniqueConstraint(fields=["queue", "call"], name="a_call_once_in_a_queue"),)
        indexes = (models.Index(fields=["queue", "day", "position"], name="queued_calls_in_order"),)

    def __str__(self) -> str:
        return f"{self.call_id} of {self.day}"


class QueueTurn(ObjectIdModel):
    """That a reviewer has taken a call of a queue, and has done with it. Of a shared queue one reviewer has it."""

    queued = models.ForeignKey(QueuedCall, on_delete=models.CASCADE, related_name="turns", db_index=False)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The queue's, as it was: so that the database can hold what it means.
    is_shared = models.BooleanField()
    taken_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    is_skipped = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[QueueTurn]]

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["queued", "reviewer"], name="a_turn_of_each_reviewer_and_queued_call"),
            models.UniqueConstraint(
                fields=["queued"], condition=Q(is_shared=True), name="one_turn_of_a_call_in_a_shared_queue"
            ),
        )
        indexes = (
            models.Index(fields=["reviewer"], condition=Q(done_at__isnull=True), name="turns_under_way_of_reviewer"),
        )

    def __str__(self) -> str:
        return f"{self.queued_id} by {self.reviewer_id}"
