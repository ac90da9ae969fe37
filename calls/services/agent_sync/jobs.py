"""Agents that were changed here are brought to their provider, and looked at there for changes of others."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from calls.models import Prompt, SyncState
from calls.services.agent_sync.sync_agent import UrlOf, sync_agent
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.errors import ErrorCode, TetherError

logger = logging.getLogger(__name__)

# In one run; those that have waited longest come first.
_MOST = 50
# How often an agent is looked at there, and tried again where that failed.
_PAUSE = timedelta(minutes=15)
# What would be the same for every agent of the account.
_OF_THE_ACCOUNT = frozenset({ErrorCode.PROVIDER_NOT_CONFIGURED, ErrorCode.PROVIDER_ERROR, ErrorCode.PROVIDER_UNKNOWN})


def sync_agents() -> int:
    """The job: how many agents were synced, or found to be so."""
    now = timezone.now()
    due = Q(sync_state=SyncState.CHANGED_HERE, voice_enabled=True) | (
        Q(sync_state__in=SyncState.values) & Q(looked_at__lt=now - _PAUSE)
    )
    # wall: a job, which looks at the agents of all organizations, each in its own
    waiting = Prompt.objects.filter(due).order_by(F("looked_at").asc(nulls_first=True), "id")
    done, away = 0, set[str]()
    for organization_id, prompt_id in list(waiting.values_list("organization_id", "pk")[:_MOST]):
        if organization_id in away:
            continue
        # First of all: one that fails in a way that nobody thought of keeps no others waiting.
        Prompt.objects.of_organization(organization_id).filter(pk=prompt_id).update(looked_at=now)
        try:
            sync_agent(organization_id=organization_id, prompt_id=prompt_id, url_of=_url_of())
            done += 1
        except TetherError as error:
            if error.code in _OF_THE_ACCOUNT:
                away.add(organization_id)
        except UndecipherableSecret:
            away.add(organization_id)
    for organization_id in away:
        # Behind those of others, however many they are: none of them would have been answered.
        Prompt.objects.of_organization(organization_id).filter(due).update(looked_at=now)
    return done


def _url_of() -> UrlOf | None:
    base: str = settings.PUBLIC_BASE_URL
    return (lambda path: f"{base}{path}") if base else None
