"""How many texts an organization sends within any hour, by whatever door."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from calls.models import OutgoingText, TextPurpose
from tether_calls.accounts.models import Organization
from tether_calls.common.errors import ErrorCode, TetherError

_HOUR: Final = timedelta(hours=1)


def check_text_limit(organization_id: str) -> Organization:
    """Whether one more may be written down, until the transaction ends. Two statements. Raises TEXT_LIMIT_REACHED.

    Rows are counted, not requests: what is refused, or rolled back, uses up nothing. Answers to keywords do not count,
    since whoever gets one has just asked for it. Returns the organization, locked.
    """
    limit = settings.TETHER_TEXTS_PER_ORGANIZATION_HOUR
    # Else two at once would both take the last one.
    organization = Organization.objects.select_for_update(no_key=True).only("redacted_kinds").get(pk=organization_id)
    now = timezone.now()
    if limit < 1:
        raise _reached(limit, _HOUR)
    counted = OutgoingText.objects.of_organization(organization_id).exclude(purpose=TextPurpose.KEYWORD)
    within = counted.filter(created_at__gt=now - _HOUR).order_by("-created_at")
    oldest = within.values_list("created_at", flat=True)[limit - 1 : limit].first()
    if oldest is not None:
        raise _reached(limit, oldest + _HOUR - now)
    return organization


def _reached(limit: int, wait: timedelta) -> TetherError:
    return TetherError(
        ErrorCode.TEXT_LIMIT_REACHED,
        f"Your organization may send {limit} texts an hour",
        retry_after=max(1, math.ceil(wait.total_seconds())),
    )
