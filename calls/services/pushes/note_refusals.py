"""The log of pushes that were refused, so that a vendor who is told nothing can be told why."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from calls.models import RefusedPush
from tether_calls.accounts.models import ApiKey
from tether_calls.common.statements import insert

logger = logging.getLogger(__name__)

_FIELD_MAX = 100


@dataclass(frozen=True)
class Refusal:
    """What is remembered of a refused call: no word of it, no number; `field` is a path in its body."""

    status: int
    code: str
    field: str = ""
    external_call_id: str = ""


def note_refusals(*, api_key: ApiKey, refusals: Sequence[Refusal]) -> None:
    """Log what was refused to a key. Two statements, three where the organization's oldest rows make room.

    Never raises: that it is not logged must not change what the vendor is answered.
    """
    organization_id = api_key.user.organization_id
    if organization_id is None or not refusals:
        return
    rows = [
        RefusedPush(
            organization_id=organization_id,
            user_id=api_key.user_id,
            api_key_id=api_key.pk,
            status=refusal.status,
            code=refusal.code,
            field=refusal.field[:_FIELD_MAX],
            external_call_id=refusal.external_call_id,
        )
        for refusal in refusals
    ]
    try:
        with transaction.atomic():
            insert(*rows)
            _make_room(organization_id)
    except Exception:
        # Any of the database's: it is away, full, or the key was deleted meanwhile.
        logger.exception("A refused push is not logged")


def _make_room(organization_id: str) -> None:
    """A system that repeats what is wrong for ever must not fill the disk: only so many are kept, the newest."""
    kept = RefusedPush.objects.of_organization(organization_id)
    limit = settings.TETHER_REFUSED_PUSHES
    newest_to_go = kept.order_by("-id").values_list("pk", flat=True)[limit : limit + 1].first()
    if newest_to_go is not None:
        kept.filter(pk__lte=newest_to_go).delete()
