"""An agent declines a ringing call in the browser."""

from __future__ import annotations

from django.db import transaction

from calls.models import Call, CallStatus
from calls.outcomes import EndFault, Ending, EndReason, Weight
from calls.selectors.find_call import UNANSWERED, CallNames
from calls.services.browser_calls.named_call import lock_named_call
from calls.services.lifecycle.end_call import end_call
from calls.services.lifecycle.hand_over import waits_for_another
from tether_calls.accounts.models import User
from tether_calls.realtime.events import EventName

_DECLINED = Ending(EndReason.REJECTED, EndFault.US, Weight.DEED)


@transaction.atomic
def reject_call(*, user: User, names: CallNames) -> Call | None:
    """The call, ended as not answered; None where there is none.

    A call that a colleague has answered goes on, and one that has ended stays as it is. So does one that an agent hands
    over: its carrier rings the next person.
    """
    call = lock_named_call(user=user, names=names)
    if call is not None and call.status in UNANSWERED and not waits_for_another(call):
        end_call(call, status=CallStatus.NO_ANSWER, event=EventName.CALL_REJECTED, ending=_DECLINED)
    return call
