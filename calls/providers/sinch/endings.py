"""How a call ended, in Sinch's words: https://developers.sinch.com/docs/voice/api-reference/voice/tag/Callbacks"""

from __future__ import annotations

from typing import Final

from calls.outcomes import EndFault, Ending, EndReason, Weight
from calls.reports import Side

_OURS = Ending(EndReason.PROVIDER_ERROR, EndFault.US)
_NO_ANSWER = Ending(EndReason.NO_ANSWER, EndFault.CALLEE)

# By the reason; of a time that was over it depends on whether the call was answered.
REASON_ENDINGS: Final[dict[str, tuple[Ending, ...]]] = {
    "managerhangup": (Ending(EndReason.AGENT_HANGUP), Ending(EndReason.CANCELED, EndFault.US)),
    "cancel": (Ending(EndReason.CANCELED, EndFault.US),),
    "otherpeeranswered": (Ending(EndReason.CANCELED, EndFault.NONE),),
    "timeout": (Ending(EndReason.MAX_DURATION, EndFault.US), _NO_ANSWER),
    "noanswer": (_NO_ANSWER,),
    "busy": (Ending(EndReason.BUSY, EndFault.CALLEE),),
    "usernotfound": (Ending(EndReason.INVALID_NUMBER, EndFault.CALLEE),),
    "blocked": (_OURS,),
    "nocreditpartner": (_OURS,),
    "callbackerror": (_OURS,),
    "invalidsvamlaction": (_OURS,),
    "generalerror": (Ending(EndReason.PROVIDER_ERROR, EndFault.PROVIDER),),
    "congestion": (Ending(EndReason.CARRIER_ERROR, EndFault.CARRIER),),
    "clientnetwork": (Ending(EndReason.CARRIER_ERROR, EndFault.CARRIER),),
}
HANG_UP_SIDES: Final[dict[str, Side]] = {"callerhangup": "caller", "calleehangup": "callee"}
# By the result, where the reason has no row.
RESULT_ENDINGS: Final[dict[str, tuple[Ending, ...]]] = {
    "busy": (Ending(EndReason.BUSY, EndFault.CALLEE),),
    "noanswer": (_NO_ANSWER,),
    "failed": (Ending(EndReason.CARRIER_ERROR, EndFault.CARRIER, Weight.USUAL),),
}
# What the detection of machines tells of an end: it hung up while being listened to.
AMD_ENDINGS: Final[dict[str, tuple[Ending, ...]]] = {
    "hangup": (Ending(EndReason.CUSTOMER_HANGUP, EndFault.CALLEE),),
}


def endings(*, result: str, reason: str) -> tuple[Ending, ...]:
    """Of a call that is over; who hung up is told apart from it."""
    return REASON_ENDINGS.get(reason) or (() if reason in HANG_UP_SIDES else RESULT_ENDINGS.get(result, ()))
