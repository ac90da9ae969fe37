from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from calls.models.call import Call
from tether_calls.accounts.models import Organization
from tether_calls.common.querysets import OrganizationQuerySet


class LiveState(models.TextChoices):
    LIVE = "live", "Live"
    # Its final push is still to come.
    ENDED = "ended", "Ended"
    # The final push has taken its call over.
    KEPT = "kept", "Kept"
    # Somebody reads along in a provider's call; how it goes on and ends is told by the provider's callbacks.
    HEARD = "heard", "Heard"


# Of calls that their final push takes over.
AWAITING = (LiveState.LIVE, LiveState.ENDED)


class LiveCall(models.Model):
    """A call of which is known what is said while it goes on; also the lock in whose order its turns are taken.

    A vendor's, which pushes it, or a provider's in which somebody reads along.
    """

    call = models.OneToOneField(Call, on_delete=models.CASCADE, primary_key=True, related_name="live")
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=5, choices=LiveState, default=LiveState.LIVE)
    heard_at = models.DateTimeField(default=timezone.now, help_text="When something was last told of it.")
    # The greatest `sequence` of its turns, and one more than the greatest `place`.
    turn_count = models.PositiveIntegerField(default=0)
    next_place = models.PositiveIntegerField(default=0)

    objects: ClassVar[OrganizationQuerySet[LiveCall]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(state__in=LiveState.values), name="live_call_state_known"),)
        indexes = (
            models.Index(fields=["state", "heard_at"], name="live_call_heard"),
            models.Index(fields=["organization"], condition=Q(state=LiveState.LIVE), name="live_call_of_organization"),
        )

    def __str__(self) -> str:
        return f"{self.state} {self.call_id}"


class LiveTurn(models.Model):
    """What was said in a call that goes on. `place` is the vendor's, `sequence` counts them as they came to us."""

    id = models.BigAutoField(primary_key=True)
    live = models.ForeignKey(LiveCall, on_delete=models.CASCADE, related_name="turns", db_index=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    sequence = models.PositiveIntegerField()
    place = models.PositiveIntegerField()
    role = models.CharField(max_length=5)
    message = models.TextField()
    timestamp = models.FloatField(null=True, help_text="Seconds from the call's start.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[OrganizationQuerySet[LiveTurn]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            # A turn that is pushed twice is kept once.
            models.UniqueConstraint(fields=["live", "place"], name="one_live_turn_per_place"),
            # Each is handed to watchers once, in order.
            models.UniqueConstraint(fields=["live", "sequence"], name="one_live_turn_per_sequence"),
            models.CheckConstraint(condition=Q(role__in=["agent", "user"]), name="live_turn_role_known"),
        )

    def __str__(self) -> str:
        return f"{self.role} {self.place} of {self.live_id}"

    def as_document(self) -> dict[str, Any]:
        """As turns of a transcript are written."""
        document: dict[str, Any] = {"role": self.role, "message": self.message}
        if self.timestamp is not None:
            document["timestamp"] = self.timestamp
        return document
