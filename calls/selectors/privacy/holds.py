"""What legal holds keep from being erased."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Q, QuerySet

from calls.models import Call, CallDirection, HoldScope, LegalHold
from contacts.models import Contact
from tether_calls.common.phone import spellings


def placed_holds(organization_id: str) -> QuerySet[LegalHold]:
    return LegalHold.objects.of_organization(organization_id).filter(released_at=None)


def held(holds: Sequence[LegalHold]) -> Q:
    """The calls that some holds cover."""
    covered = Q(pk__in=[])
    for hold in holds:
        match hold.scope:
            case HoldScope.CONTACT:
                covered |= Q(contact_id=hold.contact_id)
            case HoldScope.NUMBER:
                numbers = spellings(hold.phone_number)
                covered |= Q(direction=CallDirection.INBOUND, from_number__in=numbers)
                covered |= Q(direction=CallDirection.OUTBOUND, to_number__in=numbers)
            case HoldScope.CALL:
                covered |= Q(pk=hold.call_id)
            case _:
                covered |= Q(start_time__gte=hold.begins, start_time__lt=hold.ends)
    return covered


def held_calls(organization_id: str, holds: Sequence[LegalHold], call_ids: Collection[str | None]) -> frozenset[str]:
    """Of these calls those that holds cover. One statement, none where no hold is placed."""
    named = [call_id for call_id in call_ids if call_id]
    if not holds or not named:
        return frozenset()
    calls = Call.objects.of_organization(organization_id).filter(held(holds), pk__in=named)
    return frozenset(calls.order_by().values_list("pk", flat=True))


def held_names(organization_id: str, holds: Sequence[LegalHold], names: Collection[str]) -> frozenset[str]:
    """Of these ids that providers have of calls those of calls that holds cover. One statement, none without holds."""
    asked = {name for name in names if name}
    if not holds or not asked:
        return frozenset()
    named = Q(provider_call_id__in=asked) | Q(ai_conversation_id__in=asked)
    calls = Call.objects.of_organization(organization_id).filter(held(holds) & named)
    found = calls.order_by().values_list("provider_call_id", "ai_conversation_id")
    return frozenset(name for row in found for name in row if name in asked)


def named_contacts(
    organization_id: str, holds: Sequence[LegalHold], contact_ids: Collection[str] | None = None
) -> frozenset[str]:
    """Of these contacts, or of all, those that holds name, by themselves or by their number.

    One statement, none without holds.
    """
    if not holds or (contact_ids is not None and not contact_ids):
        return frozenset()
    numbers = {spelling for hold in holds if hold.phone_number for spelling in spellings(hold.phone_number)}
    named = Q(pk__in=[hold.contact_id for hold in holds if hold.contact_id]) | Q(phone_number__in=numbers)
    contacts = Contact.objects.of_organization(organization_id).filter(named)
    asked = contacts if contact_ids is None else contacts.filter(pk__in=contact_ids)
    return frozenset(asked.values_list("pk", flat=True))


def held_numbers(organization_id: str, holds: Sequence[LegalHold]) -> frozenset[str]:
    """The numbers that holds name, by themselves or by their contact, in all spellings. One statement at most."""
    contact_ids = [hold.contact_id for hold in holds if hold.contact_id]
    numbers = [hold.phone_number for hold in holds if hold.phone_number]
    if contact_ids:
        contacts = Contact.objects.of_organization(organization_id).filter(pk__in=contact_ids)
        numbers += contacts.values_list("phone_number", flat=True)
    return frozenset(spelling for number in numbers for spelling in spellings(number))


def held_contacts(organization_id: str, holds: Sequence[LegalHold], contact_ids: Collection[str]) -> frozenset[str]:
    """Of these contacts those that holds name, and those with a call that one covers.

    Two statements, none where no hold is placed.
    """
    if not holds or not contact_ids:
        return frozenset()
    calls = Call.objects.of_organization(organization_id).filter(held(holds), contact_id__in=contact_ids)
    return named_contacts(organization_id, holds, contact_ids).union(
        calls.order_by().values_list("contact_id", flat=True).distinct()
    )


def is_held(*, organization_id: str, call_id: str) -> bool:
    """Whether a call may not be erased. Two statements, one where no hold is placed."""
    return bool(held_calls(organization_id, list(placed_holds(organization_id)), [call_id]))
