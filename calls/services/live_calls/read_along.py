"""Reading along in a call that goes on, by a socket."""

from __future__ import annotations

from collections.abc import Callable

from calls.selectors.live_calls.reading import ReadsOn, check_goes_on
from calls.services.live_calls.listen import begin_listening
from tether_calls.accounts.acting import actor_of_user
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import is_platform_staff
from tether_calls.accounts.staff_reasons import reason_of
from tether_calls.accounts.tickets import reason_in_session
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.realtime.membership import Membership
from tether_calls.realtime.turns import Tell
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed
from tether_calls.trails.services.note_access import note_access


class LiveTurns(ReadsOn):
    """The turns as sockets ask for them: a `TurnSource`."""

    def begin(self, membership: Membership, call_id: str, address: str, reason: str) -> None:
        """Three statements: the call, who it is, and the row of the access log. One more for staff of the platform."""
        organization_id = membership.organization_id
        check_goes_on(organization_id=organization_id, call_id=call_id, sight=membership.sight)
        # wall: whose socket it is has been found out by token or ticket; staff of the platform are of no organization
        user = User.objects.filter(pk=membership.user_id).first()
        if user is None:
            raise TetherError(ErrorCode.CALL_NOT_FOUND)
        why = (reason_of(reason) or reason_in_session(membership)) if is_platform_staff(user) else ""
        note_access(
            organization_id=organization_id,
            actor=actor_of_user(user, ip=address, reason=why),
            accessed=[Accessed(kind=AccessKind.TRANSCRIPT_READ, call_id=call_id)],
        )

    def listen(self, organization_id: str, call_id: str, tell: Tell) -> Callable[[], None]:
        return begin_listening(organization_id, call_id, tell)
