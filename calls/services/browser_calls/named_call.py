"""A call that a browser names, locked."""

from __future__ import annotations

from calls.models import Call
from calls.selectors.find_call import CallNames, find_call
from calls.services.lifecycle.apply_report import lock_call


def lock_named_call(*, organization_id: str, names: CallNames) -> Call | None:
    """The organization's call, locked until the transaction ends; None where there is none, or not any more."""
    call_id = find_call(organization_id=organization_id, names=names)
    try:
        return None if call_id is None else lock_call(organization_id=organization_id, call_id=call_id)
    except Call.DoesNotExist:
        return None
