"""An administrator erases the content of one call."""

from __future__ import annotations

from typing import Final

from calls.models import Call
from calls.selectors.privacy.holds import is_held
from calls.services.lifecycle.change_status import has_ended
from calls.services.privacy.expire_content import erase_parts
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import PRIVACY_ROLE, require_role
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.trails.models import note_act

# What may be asked for, and the parts that go.
WISHES: Final = {"audio": ("audio",), "transcript": ("transcript",), "all": ("audio", "transcript")}


def erase_call(*, user: User, organization_id: str, call_id: str, part: str) -> None:
    """Erase the recordings of a call, its words, or both; again, nothing changes. Not in a transaction.

    Raises FORBIDDEN, CALL_NOT_FOUND, CALL_NOT_ENDED while it goes on, and LEGAL_HOLD.
    """
    require_role(user, PRIVACY_ROLE)
    call = Call.objects.of_organization(organization_id).without_transcript().filter(pk=call_id).first()
    if call is None:
        raise TetherError(ErrorCode.CALL_NOT_FOUND)
    if not has_ended(call):
        raise TetherError(ErrorCode.CALL_NOT_ENDED)
    if is_held(organization_id=organization_id, call_id=call_id):
        raise TetherError(ErrorCode.LEGAL_HOLD)
    # Before anything goes: who wanted it is known, also where the process is killed on the way.
    note_act(Call, organization_id=organization_id, object_id=call_id, after={"erased": list(WISHES[part])})
    if not erase_parts(organization_id=organization_id, call_ids=[call_id], parts=WISHES[part]):
        # Placed in this moment, before all of it was gone.
        raise TetherError(ErrorCode.LEGAL_HOLD)
