"""People say that a call's customer wants no more calls, or that it was not meant so."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calls.models import Call, CallDirection
from calls.opt_out.heard import HeardBy, OptOut
from calls.services.lifecycle.apply_report import lock_call
from calls.services.lifecycle.hear_opt_out import reason_of
from calls.services.lifecycle.keep_opt_out import OPT_OUT_COLUMNS, keep_opt_out, publish_change
from contacts.models import DoNotCallNumber
from contacts.services.do_not_call import hand_over_entries
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import UNDO_OPT_OUT_ROLE, require_role
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import canonical, spellings
from tether_calls.common.times import to_wire
from tether_calls.realtime.events import EventName


def mark_opt_out(*, user: User, organization_id: str, call_id: str, reason: str = "") -> Call:
    """Its customer's number goes onto the Do Not Call list, whatever the organization's policy; as `keep_opt_out`.

    Raises CALL_NOT_FOUND.
    """
    try:
        return keep_opt_out(
            organization_id=organization_id,
            call_id=call_id,
            opt_out=OptOut(by=HeardBy.HUMAN),
            reason=reason,
            added_by_id=user.pk,
        )
    except Call.DoesNotExist:
        raise TetherError(ErrorCode.CALL_NOT_FOUND) from None


@transaction.atomic
def undo_opt_out(*, user: User, organization_id: str, call_id: str) -> Call:
    """It was not meant so: the number goes off the list, if this call has put it there, and is not heard in it again.

    Where another call of the contact, or of the number, says the same, the number stays for that one, and says why in
    its words: who sees the one does not always see the other. At most a dozen statements. Raises FORBIDDEN,
    CALL_NOT_FOUND.
    """
    require_role(user, UNDO_OPT_OUT_ROLE)
    try:
        call = lock_call(organization_id=organization_id, call_id=call_id)
    except Call.DoesNotExist:
        raise TetherError(ErrorCode.CALL_NOT_FOUND) from None
    if call.opted_out_at is not None:
        call.opted_out_at = None
        call.opt_out = {**(call.opt_out or {}), "undoneBy": user.pk, "undoneAt": to_wire(timezone.now())}
        call.save(update_fields=OPT_OUT_COLUMNS)
        other = _another(call)
        hand_over_entries(
            organization_id=organization_id,
            call_id=call.pk,
            to_call_id=None if other is None else other.pk,
            reason=_reason_in(other),
        )
        publish_change(call, EventName.CALL_UPDATED)
    return call


def _another(call: Call) -> Call | None:
    """The newest other call in which the same contact, or whoever has the same number, wants no more calls."""
    theirs = Q(pk__in=())
    number = _number_of(call)
    if number is not None:
        numbers, inbound = spellings(number), Q(direction=CallDirection.INBOUND)
        theirs |= inbound & Q(from_number__in=numbers) | ~inbound & Q(to_number__in=numbers)
    if call.contact_id is not None:
        theirs |= Q(contact_id=call.contact_id)
    others = Call.objects.of_organization(call.organization_id).filter(theirs, opted_out_at__isnull=False)
    return others.exclude(pk=call.pk).order_by("-start_time", "-id").only("opt_out").first()


def _number_of(call: Call) -> str | None:
    """As the list has it where the call tells it no more, once its person was erased; None: it has put none there.

    Those who show no number have nothing else in common.
    """
    if canonical(call.customer_number) is not None:
        return call.customer_number
    listed = DoNotCallNumber.objects.of_organization(call.organization_id).filter(call_id=call.pk)
    return listed.values_list("phone_number", flat=True).first()


def _reason_in(call: Call | None) -> str:
    """What the list says of a number that stays there: for another call, else for a text."""
    if call is None:
        return "Asked in a text"
    told = call.opt_out or {}
    return reason_of(OptOut(by=HeardBy(told.get("by", HeardBy.PHRASE)), text=told.get("text") or ""))
