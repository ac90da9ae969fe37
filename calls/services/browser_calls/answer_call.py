"""An agent answers a call in the browser: the first one has it."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from calls.events import call_event
from calls.models import Call, CallStatus
from calls.reports import ProviderMetadata
from calls.selectors.find_call import CallNames
from calls.services.browser_calls.named_call import lock_named_call
from calls.services.browser_calls.tell_person import tell_person
from calls.services.lifecycle.change_status import change_status, has_ended
from calls.services.lifecycle.hand_over import follow_leg
from tether_calls.accounts.models import User
from tether_calls.realtime.events import EventName, publish


def answer_call(*, user: User, names: CallNames, conference_id: str | None = None) -> Call | None:
    """The call, answered by `user` unless it was answered before or had ended; None where there is none.

    Not within a transaction: who takes over an agent's caller is told of what, by some carriers.
    """
    call = _answered(user=user, names=names, conference_id=conference_id)
    if call is not None and call.user_id == user.pk and not has_ended(call):
        tell_person(call)
    return call


@transaction.atomic
def _answered(*, user: User, names: CallNames, conference_id: str | None) -> Call | None:
    call = lock_named_call(user=user, names=names)
    if call is None or has_ended(call):
        return call
    is_first = change_status(call, CallStatus.IN_PROGRESS)
    if not is_first and call.user_id not in (None, user.pk):
        return call
    metadata: ProviderMetadata = call.provider_metadata
    before = (call.user_id, call.answer_time, metadata.get("conferenceId"))
    call.user_id = user.pk
    call.answer_time = call.answer_time or timezone.now()
    if conference_id is not None:
        metadata.setdefault("conferenceId", conference_id)
    # The provider may have reported the answer before: now the user and the conference are known.
    if is_first or before != (call.user_id, call.answer_time, metadata.get("conferenceId")):
        call.save(update_fields=["status", "user", "answer_time", "provider_metadata", "updated_at"])
    if is_first:
        event = call_event(EventName.CALL_ANSWERED, call)
        publish(organization_id=call.organization_id, call_id=call.pk, events=[event])
        follow_leg(call)
    return call
