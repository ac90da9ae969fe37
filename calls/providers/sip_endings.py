"""SIP response codes and the endings they stand for, for every provider: RFC 3261, 8197 (607) and 8688 (608)."""

from __future__ import annotations

from typing import Final

from calls.outcomes import EndFault, Ending, EndReason

_BUSY = Ending(EndReason.BUSY, EndFault.CALLEE)
_NO_ANSWER = Ending(EndReason.NO_ANSWER, EndFault.CALLEE)
_REJECTED = Ending(EndReason.REJECTED, EndFault.CALLEE)
_INVALID = Ending(EndReason.INVALID_NUMBER, EndFault.CALLEE)
_CARRIER = Ending(EndReason.CARRIER_ERROR, EndFault.CARRIER)

# 487 is the answer to a cancelled request: the status of the call says by whom.
SIP_ENDINGS: Final = {
    403: Ending(EndReason.PROVIDER_ERROR, EndFault.US),  # rights, a country, our caller id
    404: _INVALID,
    408: _NO_ANSWER,
    410: _INVALID,
    480: _NO_ANSWER,
    484: _INVALID,
    486: _BUSY,
    488: _CARRIER,
    500: _CARRIER,
    501: _CARRIER,
    502: _CARRIER,
    503: _CARRIER,
    504: _CARRIER,
    600: _BUSY,
    603: _REJECTED,
    604: _INVALID,
    606: _CARRIER,
    607: _REJECTED,
    608: Ending(EndReason.REJECTED, EndFault.CARRIER),
}


def sip_endings(status: object) -> tuple[Ending, ...]:
    """Nothing for a status without a row."""
    ending = SIP_ENDINGS.get(int(status)) if isinstance(status, int | float) and status == status // 1 else None
    return () if ending is None else (ending,)
