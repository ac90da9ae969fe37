"""Live calls of which nothing more is heard are closed, and what watchers needed of those that are over goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls.models import CallStatus, LiveCall, LiveTurn
from calls.models.live_call import LiveState
from calls.reports import Authority, CallReport, known_metadata
from calls.selectors.desk.under_way import RUNNING
from calls.services.lifecycle.change_status import ANSWERED
from calls.services.live_calls.push_live import end_live_call
from tether_calls.background.jobs import stopping

# For so long after its end a watcher that was away may still read the turns.
_READ_WITHIN: Final = timedelta(minutes=10)
_AT_ONCE: Final = 500


def close_live_calls() -> None:
    """The job: each call in a transaction of its own. A final push takes over a call that was closed, too."""
    now = timezone.now()
    silent_since = now - timedelta(minutes=settings.TETHER_LIVE_CALL_MINUTES)
    # wall: the job closes what is silent, of every organization
    silent = LiveCall.objects.filter(state=LiveState.LIVE, heard_at__lt=silent_since).order_by("heard_at")
    for call_id, organization_id in silent.values_list("pk", "organization_id")[:_AT_ONCE]:
        if stopping.is_set():
            return
        _close(organization_id, call_id)
    over = now - _READ_WITHIN
    # wall: of every organization; a call that is not kept keeps the row that awaits its final push
    kept = LiveCall.objects.filter(state=LiveState.KEPT, heard_at__lt=over).order_by("heard_at")
    # wall: of every organization, as above
    LiveCall.objects.filter(pk__in=list(kept.values_list("pk", flat=True)[:_AT_ONCE])).delete()
    # wall: of every organization; what is said in a provider's call is kept as long as it goes on
    heard = LiveCall.objects.filter(state=LiveState.HEARD, heard_at__lt=over).exclude(call__status__in=RUNNING)
    # wall: of every organization, as above
    LiveCall.objects.filter(pk__in=list(heard.values_list("pk", flat=True)[:_AT_ONCE])).delete()
    # wall: of every organization, as above
    read = LiveTurn.objects.filter(live__state=LiveState.ENDED, live__heard_at__lt=over)
    # wall: of every organization, as above
    LiveTurn.objects.filter(pk__in=list(read.values_list("pk", flat=True)[: 10 * _AT_ONCE])).delete()


@transaction.atomic
def _close(organization_id: str, call_id: str) -> None:
    live = (
        LiveCall.objects.of_organization(organization_id)
        .select_for_update(of=("self",))
        .filter(pk=call_id, state=LiveState.LIVE)
        .first()
    )
    if live is None:
        return
    is_answered = live.call.status in ANSWERED
    end_live_call(
        live,
        CallReport(
            provider="external",
            status=CallStatus.COMPLETED if is_answered else CallStatus.FAILED,
            authority=Authority.GIVEN_UP,
            end_time=live.heard_at,
            provider_metadata=known_metadata(failureReason="unheard_of"),
        ),
    )
