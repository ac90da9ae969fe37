"""An agent of ours and the agent at its provider: made there, compared, brought together.

Whose word counts: as long as nobody has changed the agent there since the last sync, ours is written. Else what differs
is answered, and written only when somebody says which of the two is to stay. So an agent that was made there by hand,
and is adopted by its id, is not overwritten by the first sync.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from calls.models import Prompt, SyncState
from calls.providers.agents import AgentSettings
from calls.providers.errors import ProviderError
from calls.providers.registry import agents_provider
from calls.providers.tools import handed_over_to
from calls.selectors.agent_calls.prompts import prompt_of
from calls.selectors.agent_sync.registered_tools import registered_tools_of
from calls.selectors.voice_accounts.agents_account import AgentsAccount, agents_account, refusal_of
from calls.services.agent_sync.compare import Difference, differences_of, digest_before_languages, digest_of, said_by
from calls.services.agent_sync.kept_secret import keep_secret
from calls.services.agent_sync.take_theirs import take_theirs
from tether_calls.accounts.models import User
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.locks import CacheLock

logger = logging.getLogger(__name__)

# Some requests of at most a minute each; what a killed process leaves is gone after that.
_LOCK_SECONDS = 300

UrlOf = Callable[[str], str]


class Keep(StrEnum):
    """Which of two agents that differ is to stay."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True)
class Synced:
    """The agent as it is now; what differs, where nothing was written because of it."""

    prompt: Prompt
    differences: list[Difference]


def sync_agent(
    *, organization_id: str, prompt_id: str, url_of: UrlOf | None, keep: Keep | None = None, by: User | None = None
) -> Synced:
    """Make the agent at its provider, or bring the two together. Not within a transaction.

    `url_of` makes an address of a path, None: our address is not known. `by` takes what is there, for `Keep.THEIRS`.
    Raises PROMPT_NOT_FOUND, PROVIDER_NOT_CONFIGURED, SYNC_IN_PROGRESS, LOCK_UNAVAILABLE, UndecipherableSecret: nothing
    was asked. PROVIDER_ERROR, PROVIDER_UNKNOWN: the agent's row says so. FORBIDDEN as for every change of an agent.
    """
    with _alone_with(organization_id, prompt_id):
        prompt = prompt_of(organization_id=organization_id, prompt_id=prompt_id)
        sync = _Sync(prompt, agents_account(organization_id), url_of)
        try:
            return sync.make() if prompt.elevenlabs_agent_id is None else sync.compare(keep, by)
        except ProviderError as error:
            with suppress(Prompt.DoesNotExist):
                _note(prompt, sync_state=SyncState.ERROR, sync_error=str(error.problem), looked_at=timezone.now())
            raise refusal_of(error) from error
        except Prompt.DoesNotExist as error:
            # Deleted while its provider was asked.
            raise TetherError(ErrorCode.PROMPT_NOT_FOUND) from error


class _Sync:
    """One run for one agent. Raises ProviderError."""

    def __init__(self, prompt: Prompt, known: AgentsAccount, url_of: UrlOf | None) -> None:
        self._provider = agents_provider()
        self._prompt, self._known, self._url_of = prompt, known, url_of

    def make(self) -> Synced:
        """Once: a request whose answer was lost may have made it, so it is looked for by its tag first."""
        prompt, tag = self._prompt, f"tether_calls_{self._prompt.pk}"
        wanted = self._wanted()
        agent_id = None
        if prompt.making_since is not None:
            agent_id = self._provider.find_agent(self._known.credentials, tag)
        if agent_id is None:
            # The row before the request: whoever comes after a process that died looks for it, too.
            _note(prompt, making_since=timezone.now())
            try:
                agent_id = self._provider.make_agent(self._known.credentials, wanted, tag=tag)
            except ProviderError as error:
                if not error.is_undecided:
                    _note(prompt, making_since=None)
                raise
        try:
            with transaction.atomic():
                _note(prompt, elevenlabs_agent_id=agent_id, making_since=None)
        except (IntegrityError, Prompt.DoesNotExist):
            # An id of theirs, and no secret: it is needed for cleaning up.
            logger.warning("Agent %s is left at the agents' provider", agent_id)
            raise TetherError(ErrorCode.PROMPT_NOT_FOUND) from None
        self._give_tools()
        return self._write(wanted)

    def compare(self, keep: Keep | None, by: User | None) -> Synced:
        there = self._provider.read_agent(self._known.credentials, self._prompt.elevenlabs_agent_id or "")
        wanted = self._wanted()
        differences = differences_of(wanted, there)
        if not differences:
            return self._settled(wanted, there)
        is_unchanged_there = self._prompt.synced_digest in (digest_of(there), digest_before_languages(there))
        if keep is None and not is_unchanged_there:
            _note(self._prompt, sync_state=SyncState.CHANGED_THERE, sync_error="", looked_at=timezone.now())
            return Synced(self._prompt, differences)
        if keep is Keep.THEIRS:
            assert by is not None, "whoever takes over their texts is their version's author"
            self._prompt = take_theirs(self._prompt, there, by=by)
            wanted = self._wanted()
        self._give_tools()
        return self._write(wanted)

    def _write(self, wanted: AgentSettings) -> Synced:
        agent_id = self._prompt.elevenlabs_agent_id or ""
        return self._settled(wanted, self._provider.change_agent(self._known.credentials, agent_id, wanted))

    def _settled(self, wanted: AgentSettings, there: AgentSettings) -> Synced:
        """Both are the same, unless ours was changed while theirs was written."""
        now = timezone.now()
        with transaction.atomic():
            prompts = Prompt.objects.of_organization(self._prompt.organization_id).select_related("version")
            prompt = prompts.select_for_update(of=("self",), no_key=True).get_or_refuse(
                ErrorCode.PROMPT_NOT_FOUND, pk=self._prompt.pk
            )
            is_same = said_by(prompt) == replace(wanted, personalization_url=None, secret_id=None)
            _note(
                prompt,
                sync_state=SyncState.SYNCED if is_same else SyncState.CHANGED_HERE,
                sync_error="",
                synced_at=now,
                looked_at=now,
                synced_version_id=self._prompt.version_id,
                synced_digest=digest_of(there),
            )
        return Synced(prompt, [])

    def _wanted(self) -> AgentSettings:
        prompt = self._prompt
        url, secret_id = None, None
        secret = str(self._known.account.secrets.get("tool_secret", ""))
        if self._url_of is not None and secret and self._provider.personalization_path is not None:
            url = self._url_of(f"/api/webhook/{self._provider.personalization_path}")
            secret_id = self._known.account.kept_secret_id or keep_secret(self._known, secret)
        return replace(said_by(prompt), personalization_url=url, secret_id=secret_id)

    def _give_tools(self) -> None:
        """Those that it is to have, as far as they are registered."""
        rows = registered_tools_of(self._prompt.organization_id)
        names = self._prompt.tools.split()
        known = [row.provider_tool_id for row in rows.values() if row.provider_tool_id]
        if not known or not names:
            return
        chosen = [rows[name] for name in names if name in rows and rows[name].provider_tool_id]
        self._provider.give_tools(
            self._known.credentials,
            self._prompt.elevenlabs_agent_id or "",
            [row.provider_tool_id for row in chosen],
            out_of=known,
            hands_over_to=handed_over_to([row.name for row in chosen]),
        )


def _note(prompt: Prompt, **values: Any) -> None:
    """Without `updated_at`: nothing of the agent itself has changed. Raises Prompt.DoesNotExist."""
    if not Prompt.objects.of_organization(prompt.organization_id).filter(pk=prompt.pk).update(**values):
        raise Prompt.DoesNotExist
    for name, value in values.items():
        setattr(prompt, name, value)


@contextmanager
def _alone_with(organization_id: str, prompt_id: str) -> Iterator[None]:
    """One run at a time: two would make two agents. Raises SYNC_IN_PROGRESS, LOCK_UNAVAILABLE."""
    lock = CacheLock("agent-sync", organization_id, prompt_id, seconds=_LOCK_SECONDS)
    if not lock.acquire():
        raise TetherError(ErrorCode.SYNC_IN_PROGRESS)
    try:
        yield
    finally:
        lock.release()
