from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from calls.models.call import Call
from tether_calls.accounts.models import Organization
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.querysets import OrganizationQuerySet


class TransferState(models.TextChoices):
    OFFERED = "offered", "Offered"
    CONNECTED = "connected", "Connected"
    NOBODY = "nobody", "Nobody took it"
    ENDED = "ended", "Ended"


class OfferState(models.TextChoices):
    OFFERED = "offered", "Offered"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    TIMED_OUT = "timed_out", "Timed out"
    AWAY = "away", "Browser closed"
    CONNECTED = "connected", "Connected"
    ENDED = "ended", "Ended"


# In which a person is reserved.
RESERVED = (OfferState.OFFERED, OfferState.ACCEPTED)


class Transfer(ObjectIdModel):
    """An agent hands its caller over to a person: whom it is offered to, and where the caller is sent."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    call = models.ForeignKey(
        Call, on_delete=models.SET_NULL, null=True, related_name="+", help_text="The agent's; empty until it is known."
    )
    provider = models.CharField(max_length=10)
    conversation_id = models.CharField(max_length=255, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    summary = models.TextField(blank=True)
    from_number = models.CharField(max_length=64, blank=True, help_text="The caller's.")
    transfer_number = models.CharField(max_length=16, help_text="Ours, at which the caller arrives.")
    state = models.CharField(max_length=9, choices=TransferState, default=TransferState.OFFERED)
    leg = models.ForeignKey(
        Call, on_delete=models.SET_NULL, null=True, related_name="+", help_text="The caller's call to the number."
    )
    expires_at = models.DateTimeField()
    told_at = models.DateTimeField(
        null=True, editable=False, help_text="When the person was to be told of what, where the carrier asks nobody."
    )

    objects: ClassVar[OrganizationQuerySet[Transfer]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organization", "conversation_id"],
                condition=Q(state=TransferState.OFFERED) & ~Q(conversation_id=""),
                name="one_transfer_of_a_conversation_at_a_time",
            ),
            # Else nobody could tell which of two callers has arrived.
            models.UniqueConstraint(
                fields=["organization", "transfer_number"],
                condition=Q(state=TransferState.OFFERED, leg=None),
                name="one_transfer_is_awaited_at_a_number",
            ),
            models.CheckConstraint(condition=Q(state__in=TransferState.values), name="transfer_state_known"),
        )
        indexes = (
            models.Index(fields=["expires_at"], condition=Q(state=TransferState.OFFERED), name="transfers_under_way"),
            # Those of calls that become known afterwards.
            models.Index(
                fields=["organization", "conversation_id"],
                condition=Q(call=None) & ~Q(conversation_id=""),
                name="transfers_without_their_call",
            ),
        )

    def __str__(self) -> str:
        return f"{self.from_number} → {self.transfer_number}"


class TransferOffer(ObjectIdModel):
    """A person who is asked to take a transfer, and reserved for it until they answer or their time is over."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="offers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField(max_length=9, choices=OfferState, default=OfferState.OFFERED)
    until = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, help_text="When the person said that they take it.")
    ended_at = models.DateTimeField(null=True, help_text="When the person was no longer reserved: also by talking.")

    objects: ClassVar[OrganizationQuerySet[TransferOffer]] = OrganizationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["user"], condition=Q(state__in=RESERVED), name="nobody_is_offered_two_transfers"
            ),
            models.UniqueConstraint(
                fields=["transfer"], condition=Q(state__in=RESERVED), name="a_transfer_is_offered_to_one_person"
            ),
            models.CheckConstraint(condition=Q(state__in=OfferState.values), name="offer_state_known"),
        )
        indexes = (models.Index(fields=["until"], condition=Q(state__in=RESERVED), name="offers_that_run_out"),)

    def __str__(self) -> str:
        return f"{self.state} {self.pk}"
