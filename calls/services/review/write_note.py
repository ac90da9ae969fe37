"""A note that may be of a call: contacts, which have the notes, know nothing of calls."""

from __future__ import annotations

from collections.abc import Sequence

from calls.models import Call
from contacts.models import ContactNote
from contacts.services.notes import create_note
from tether_calls.accounts.models import User
from tether_calls.accounts.sight import sight_of
from tether_calls.common.errors import ErrorCode, TetherError


def write_note(
    *,
    user: User,
    organization_id: str,
    contact_id: str,
    note: str,
    mentions: Sequence[str] = (),
    call_id: str | None = None,
) -> ContactNote:
    """As `create_note`; one statement more for the call, which the user sees. Raises CALL_NOT_FOUND as well."""
    if call_id is not None:
        calls = Call.objects.of_organization(organization_id).seen_by(sight_of(user))
        if not calls.filter(pk=call_id).exists():
            raise TetherError(ErrorCode.CALL_NOT_FOUND)
    return create_note(
        user=user,
        organization_id=organization_id,
        contact_id=contact_id,
        note=note,
        mentions=mentions,
        call_id=call_id,
    )
