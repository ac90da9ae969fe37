"""Jobs that are another service with the arguments of the clock."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from calls.services.reconciling.reconcile_calls import reconcile_calls

# Looked up in one run: few enough for slow providers, and the next run goes on.
_AT_A_TIME = 100


def reconcile_old_calls() -> None:
    """Ask providers about calls that should have ended by now."""
    reconcile_calls(older_than=timedelta(minutes=settings.TETHER_RECONCILE_MINUTES), limit=_AT_A_TIME)
