"""An administrator has old calls redacted by what the organization does not keep now, or has that stopped."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls.events import redaction_changed
from calls.models import RedactionRun, RedactionState
from tether_calls.accounts.models import Organization, User
from tether_calls.accounts.roles import PRIVACY_ROLE, require_role, works_for
from tether_calls.background.wake import wake
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.redacted_kinds import names_of
from tether_calls.common.statements import after_commit
from tether_calls.realtime.events import publish


@dataclass(frozen=True)
class Started:
    """`is_new`: it was not under way already."""

    run: RedactionRun
    is_new: bool


@transaction.atomic
def start_redaction(*, user: User, organization_id: str) -> Started:
    """Have all that was kept until now redacted; where that is under way, it is this run.

    Raises FORBIDDEN, NOTHING_TO_REDACT where all is kept, and REDACTION_UNDER_WAY where another choice is worked on.
    """
    require_role(user, PRIVACY_ROLE)
    # One after the other, so that each sees the one before it.
    organization = Organization.objects.select_for_update(no_key=True).filter(pk=organization_id).first()
    if organization is None or not works_for(user, organization_id):
        raise TetherError(ErrorCode.NOT_FOUND, "Organization not found")
    kinds = names_of(organization.redacts)
    if not kinds:
        raise TetherError(ErrorCode.NOTHING_TO_REDACT)
    runs = RedactionRun.objects.of_organization(organization_id)
    known = runs.filter(state__in=RedactionRun.UNFINISHED).first()
    if known is not None:
        if known.kinds != kinds:
            raise TetherError(ErrorCode.REDACTION_UNDER_WAY)
        return Started(known, is_new=False)
    run = RedactionRun(organization=organization, kinds=kinds, started_by=user)
    run.save(force_insert=True)
    publish(organization_id=organization_id, call_id=None, events=[redaction_changed(run)])
    after_commit(wake_jobs)
    return Started(run, is_new=True)


@transaction.atomic
def cancel_redaction(*, user: User, organization_id: str, run_id: str) -> RedactionRun:
    """Have it do no more; what is masked stays so. One that is over stays as it is.

    Raises FORBIDDEN, REDACTION_NOT_FOUND.
    """
    require_role(user, PRIVACY_ROLE)
    runs = RedactionRun.objects.of_organization(organization_id)
    if not works_for(user, organization_id):
        raise TetherError(ErrorCode.REDACTION_NOT_FOUND)
    run = runs.select_for_update(of=("self",), no_key=True).get_or_refuse(ErrorCode.REDACTION_NOT_FOUND, pk=run_id)
    if run.state not in RedactionRun.UNFINISHED:
        return run
    run.state, run.canceled_by, run.finished_at, run.lease, run.leased_until = (
        RedactionState.CANCELED,
        user,
        timezone.now(),
        None,
        None,
    )
    run.save(update_fields=["state", "canceled_by", "finished_at", "lease", "leased_until"])
    publish(organization_id=organization_id, call_id=None, events=[redaction_changed(run)])
    return run


def wake_jobs() -> None:
    """Have what redacts run soon."""
    for name in settings.TETHER_JOBS_WOKEN_BY_REDACTION:
        wake(name)
