"""What is still to be sent or dialled: texts on their way, scheduled calls."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet

from calls.models import OutgoingText, ScheduledCall
from tether_calls.common.personal_data import Person, Place


def _texts(person: Person) -> QuerySet[OutgoingText]:
    return OutgoingText.objects.of_organization(person.organization_id).filter(
        Q(to_number__in=person.phone_numbers) | Q(message__contact__in=person.contact_ids)
    )


def _scheduled(person: Person) -> QuerySet[ScheduledCall]:
    return ScheduledCall.objects.of_organization(person.organization_id).filter(
        Q(contact__in=person.contact_ids) | Q(phone_number__in=person.phone_numbers)
    )


OUTGOING: Final = (
    Place(
        name="outgoingTexts",
        title="Texts on their way",
        model=OutgoingText,
        of=_texts,
        personal=("to_number", "idempotency_key", "digest"),
        harmless={
            "ours": ("from_number", "reports_to"),
            "the words of its message, encrypted until they are sent; a keyed digest": ("sealed", "shown_digest"),
        },
        exported=("created_at",),
    ),
    Place(
        name="scheduledCalls",
        title="Scheduled calls",
        model=ScheduledCall,
        of=_scheduled,
        personal=("phone_number", "call_reason", "variables"),
        harmless={"ours": ("from_number", "time_zone", "delays_minutes", "retry_on", "code", "outcome")},
        exported=("not_before", "state", "created_at"),
    ),
)
