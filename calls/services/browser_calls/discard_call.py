"""A user throws a dialled call away: the wrong number, the wrong click."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from calls.events import call_event, fetch_messages
from calls.models import Call, CallStatus
from calls.providers.registry import provider_of
from calls.selectors.privacy.holds import held_calls
from calls.services.lifecycle.apply_report import lock_call
from calls.services.lifecycle.change_status import change_status
from calls.services.lifecycle.heed_holds import heeded_holds, holds_contact
from calls.services.lifecycle.merge_outcome import merge_outcome
from calls.services.lifecycle.merge_report import complete_times
from contacts.contact_keepers import is_others
from contacts.selectors.contacts import find_contact
from contacts.services import is_dialpad_placeholder
from conversations.services import take_back_call_message
from tether_calls.accounts.models import User
from tether_calls.accounts.sight import sight_of
from tether_calls.common.sight import Sight
from tether_calls.realtime.events import EventName, publish

_TOOK_PLACE = (CallStatus.IN_PROGRESS, CallStatus.ANSWERED, CallStatus.COMPLETED)


def discard_call(*, user: User, call_id: str, contact_id: str | None, delete_contact: bool) -> bool:
    """Remove a browser's unanswered call; returns False where there is one that has to stay, such as by a legal hold.

    With `delete_contact` the contact (the call's, where none is named) goes too, if it is a placeholder of the
    dialpad that no other call is with, nor a conversation of others that the user does not see.
    """
    sight = sight_of(user)
    calls = Call.objects.of_organization(user.home_id).without_transcript().seen_by(sight)
    call = calls.filter(pk=call_id).first()
    is_gone = call is None or _remove(user.home_id, call.pk)
    if contact_id is None and call is not None:
        contact_id = call.contact_id
    if delete_contact and contact_id is not None:
        _delete_placeholder(user.home_id, contact_id, sight)
    return is_gone


@transaction.atomic
def _remove(organization_id: str, call_id: str) -> bool:
    holds = heeded_holds(organization_id)
    try:
        call = lock_call(organization_id=organization_id, call_id=call_id)
    except Call.DoesNotExist:
        return True  # removed by another request
    if not _may_go(call):
        return False
    events = []
    if change_status(call, CallStatus.CANCELED):
        # Clients that show it as ringing must learn that it is over.
        complete_times(call, now=timezone.now())
        merge_outcome(call)
        events.append(call_event(EventName.CALL_ENDED, call))
    is_held = call.pk in held_calls(organization_id, holds, [call.pk])
    if is_held:
        # It is over all the same.
        call.save()
    elif take_back_call_message(organization_id=organization_id, call_id=call.pk):
        events.append(fetch_messages(call))
    if events:
        publish(organization_id=organization_id, call_id=call.pk, events=events)
    if not is_held:
        call.delete()
    return not is_held


def _may_go(call: Call) -> bool:
    """Only unanswered browser calls may be deleted: calls with a transcript, of vendors and of AI agents stay."""
    if not provider_of(call.provider).carries_calls or call.status in _TOOK_PLACE or call.answer_time is not None:
        return False
    if call.external_call_id is not None or call.ai_transcript or call.ai_summary:
        return False
    return not call.recordings.exists()


def _delete_placeholder(organization_id: str, contact_id: str, sight: Sight | None) -> None:
    try:
        with transaction.atomic():
            if holds_contact(organization_id, contact_id):
                return
            contact = find_contact(organization_id=organization_id, contact_id=contact_id, sight=None)
            if contact is None or not is_dialpad_placeholder(contact) or is_others(sight=sight, contact_id=contact.pk):
                return
            if not Call.objects.of_organization(organization_id).filter(contact_id=contact.pk).exists():
                contact.delete()
    except IntegrityError:
        pass  # it is being called in this moment, and so stays
