"""A call that a browser names, locked."""

from __future__ import annotations

from calls.models import Call
from calls.selectors.find_call import CallNames, find_call
from calls.services.lifecycle.apply_report import lock_call
from tether_calls.accounts.models import User
from tether_calls.accounts.sight import sight_of


def lock_named_call(*, user: User, names: CallNames) -> Call | None:
    """The call of the user's organization, locked until the transaction ends; None where there is none (any more)."""
    call_id = find_call(organization_id=user.home_id, user_id=user.pk, names=names, sight=sight_of(user))
    try:
        return None if call_id is None else lock_call(organization_id=user.home_id, call_id=call_id)
    except Call.DoesNotExist:
        return None
