"""How a call ended, in Twilio's codes: https://www.twilio.com/docs/api/errors"""

from __future__ import annotations

from typing import Final

from calls.outcomes import EndFault, Ending, EndReason, Weight
from calls.providers.sip_endings import sip_endings

_INVALID = Ending(EndReason.INVALID_NUMBER, EndFault.CALLEE)
_NO_ANSWER = Ending(EndReason.NO_ANSWER, EndFault.CALLEE)
_BUSY = Ending(EndReason.BUSY, EndFault.CALLEE)
_OURS = Ending(EndReason.PROVIDER_ERROR, EndFault.US)
_THEIRS = Ending(EndReason.PROVIDER_ERROR, EndFault.PROVIDER)
_TOO_LONG = Ending(EndReason.MAX_DURATION, EndFault.US)

ERROR_ENDINGS: Final = {
    10004: _THEIRS,
    11200: _OURS,
    11205: _OURS,
    11206: _OURS,
    11210: _OURS,
    12100: _OURS,
    12200: _OURS,
    12300: _OURS,
    13223: _INVALID,
    13224: _INVALID,
    13225: _OURS,  # a number on the block list
    13227: _OURS,  # a country that is not enabled
    13247: _OURS,  # a caller id that is not ours
    13254: _OURS,
    13805: _TOO_LONG,
    20429: _THEIRS,
    21210: _OURS,
    21211: _INVALID,
    21212: _OURS,
    21214: _INVALID,
    21215: _OURS,
    21216: _OURS,
    21217: _INVALID,
    31480: _NO_ANSWER,
    31486: _BUSY,
    31603: Ending(EndReason.REJECTED, EndFault.CALLEE),
    32001: _THEIRS,
    32009: _OURS,  # a SIP user that is not registered
    32011: _OURS,
    32012: _THEIRS,
    32013: _THEIRS,
    32014: Ending(EndReason.SILENCE, EndFault.CARRIER),  # no audio was received
    32015: _TOO_LONG,
    32016: Ending(EndReason.NO_ANSWER, EndFault.CARRIER),
    32017: Ending(EndReason.REJECTED, EndFault.CARRIER),
    32101: _INVALID,
    32203: _OURS,
    32205: _OURS,
    32206: _OURS,
    32216: _OURS,
    32221: _OURS,
    34002: _BUSY,
    34003: _NO_ANSWER,
}
# Where no code says more. Twilio does not tell who hung up.
_USUAL: Final = {
    "completed": Ending(EndReason.CUSTOMER_HANGUP, weight=Weight.USUAL),
    "failed": Ending(EndReason.CARRIER_ERROR, EndFault.CARRIER, Weight.USUAL),
}


def endings(*, state: str, error_code: object, sip_status: object, is_first_leg: bool) -> tuple[Ending, ...]:
    """What a status callback says of the end. Of the first leg only its codes: it is completed answered or not."""
    by_code = ERROR_ENDINGS.get(int(error_code)) if isinstance(error_code, int | float) else None
    if by_code is not None:
        return (by_code,)
    by_sip = sip_endings(sip_status)
    if by_sip or is_first_leg:
        return by_sip
    usual = _USUAL.get(state)
    return () if usual is None else (usual,)
