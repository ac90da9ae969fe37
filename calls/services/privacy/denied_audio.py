"""The job: the recordings of calls whose people have said no to it go, and none is taken for them again."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import Final

from calls.models import Call
from calls.recording_consent import ConsentState
from calls.services.privacy.erase_content import erase_audio
from tether_calls.background.jobs import stopping

logger = logging.getLogger(__name__)

_AT_ONCE: Final = 200


def drop_denied_audio() -> None:
    """Those whose audio has not been looked at since the no; cut off anywhere, the rest is done the next time."""
    # wall: the job is for every organization
    denied = Call.objects.filter(recording_consent=ConsentState.DENIED, audio_erased_at=None)
    of_organization: dict[str, list[str]] = defaultdict(list)
    for organization_id, call_id in denied.order_by("pk").values_list("organization_id", "pk")[:_AT_ONCE]:
        of_organization[organization_id].append(call_id)
    for organization_id, call_ids in of_organization.items():
        if stopping.is_set():
            return
        erase_audio(organization_id=organization_id, call_ids=call_ids, although_held=True)
