"""Have the agents' provider know our tools, send the organization's secret with them, and give them to an agent.

Rows first: each says what was asked for before it is asked for, and what came of it. So a run that breaks off half way
leaves what is done and what is not, and the next one goes on. A tool whose making was never answered is found there by
its name and by the secret that it sends, and is not made a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from calls.models import Prompt, RegisteredTool, RegisteredToolState, VoiceAccount
from calls.providers.agents import RegisteredThere, ToolToRegister
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.registry import agents_provider
from calls.providers.tools import OfferedTool, handed_over_to
from calls.selectors.agent_sync.registered_tools import registered_tools_of
from calls.selectors.voice_accounts.agents_account import AgentsAccount, agents_account, refusal_of
from calls.services.agent_sync.kept_secret import keep_secret
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.locks import CacheLock

# Longer than one request to the provider takes; what a killed process leaves is gone after that.
_LOCK_SECONDS = 120


@dataclass(frozen=True)
class SyncedTools:
    """The rows of all tools, and the agent that has them now, if one was chosen."""

    tools: list[RegisteredTool]
    agent: Prompt | None


def sync_tools(
    *,
    organization_id: str,
    url_of: Callable[[str], str],
    agent_id: str | None = None,
    tools: Collection[str] | None = None,
) -> SyncedTools:
    """Register all tools, and give those that are named, or all, to the agent. Not within a transaction.

    `url_of` makes an address of a path. Raises AGENT_NOT_FOUND, AGENT_NOT_SYNCED, VALIDATION_ERROR for a tool that
    there is not, PROVIDER_NOT_CONFIGURED, also without a tool secret, SYNC_IN_PROGRESS, LOCK_UNAVAILABLE,
    UndecipherableSecret: nothing was asked. PROVIDER_ERROR, PROVIDER_UNKNOWN: some was, and rows tell what.
    """
    offered = agents_provider().tools()
    chosen = _chosen(offered, tools)
    agent = None if agent_id is None else _agent(organization_id, agent_id)
    with _alone_with(organization_id) as lock:
        known = agents_account(organization_id)
        secret = _secret_of(known.account)
        rows = _rows(organization_id, offered)
        try:
            _Sync(known, rows, url_of, secret).run(offered, lock)
        except ProviderError as error:
            raise refusal_of(error) from error
        _refuse_failed(rows)
        if agent is not None:
            _give(known, agent, [rows[name] for name in chosen], rows)
    return SyncedTools([rows[each.tool.name] for each in offered], agent)


class _Sync:
    """One run over all tools."""

    def __init__(
        self, known: AgentsAccount, rows: dict[str, RegisteredTool], url_of: Callable[[str], str], secret: str
    ) -> None:
        self._provider, self._known, self._rows = agents_provider(), known, rows
        self._url_of, self._secret = url_of, secret

    def run(self, offered: Sequence[OfferedTool], lock: CacheLock) -> None:
        """Raises ProviderError where going on is of no use; a tool that alone is refused stops no other."""
        secret_id = keep_secret(self._known, self._secret)
        there = self._provider.registered_tools(self._known.credentials)
        for each in offered:
            lock.renew()
            row = self._rows[each.tool.name]
            _note(row, state=RegisteredToolState.ASKED, provider_tool_id=_id_there(row, there, secret_id), error="")
            try:
                found = self._register(row, each, secret_id)
            except ProviderError as error:
                if not error.is_undecided:
                    _note(row, state=RegisteredToolState.FAILED, error=str(error.problem))
                if error.problem is not ProviderProblem.REFUSED:
                    raise
                continue
            _note(row, state=RegisteredToolState.SYNCED, provider_tool_id=found, synced_at=timezone.now())

    def _register(self, row: RegisteredTool, offered: OfferedTool, secret_id: str) -> str:
        tool = ToolToRegister(
            name=offered.tool.name,
            description=offered.tool.description,
            url=self._url_of(f"/api/webhook/{offered.path}"),
            schema=offered.schema,
            secret_id=secret_id,
            known_id=row.provider_tool_id or None,
            assigns=offered.tool.assigns,
        )
        return self._provider.register_tool(self._known.credentials, tool)


def _id_there(row: RegisteredTool, there: Sequence[RegisteredThere], secret_id: str) -> str:
    """Its id as long as there is such a tool, else that of the one with its name that sends the secret."""
    ids = {each.id for each in there}
    if row.provider_tool_id in ids:
        return row.provider_tool_id
    # By the secret, too: another organization may use the same account, and has tools of the same names.
    return next((each.id for each in there if (each.name, each.secret_id) == (row.name, secret_id)), "")


def _give(
    known: AgentsAccount, agent: Prompt, chosen: Sequence[RegisteredTool], rows: dict[str, RegisteredTool]
) -> None:
    agent.tools = " ".join(row.name for row in chosen)
    # Before it is asked for: it is what the agent is to have, also where the provider does not answer.
    Prompt.objects.of_organization(agent.organization_id).filter(pk=agent.pk).update(tools=agent.tools)
    try:
        agents_provider().give_tools(
            known.credentials,
            agent.elevenlabs_agent_id or "",
            [row.provider_tool_id for row in chosen],
            out_of={row.provider_tool_id for row in rows.values()},
            hands_over_to=handed_over_to([row.name for row in chosen]),
        )
    except ProviderError as error:
        raise refusal_of(error) from error


def _refuse_failed(rows: dict[str, RegisteredTool]) -> None:
    failed = [row.name for row in rows.values() if row.state == RegisteredToolState.FAILED]
    if failed:
        raise TetherError(
            ErrorCode.PROVIDER_ERROR,
            f"{agents_provider().label} refused {', '.join(failed)}; the other tools are registered",
        )


def _chosen(offered: Sequence[OfferedTool], tools: Collection[str] | None) -> list[str]:
    names = [each.tool.name for each in offered]
    unknown = sorted(set(tools or ()) - set(names))
    if unknown:
        raise TetherError.of_field("tools", f"No such tool: {', '.join(unknown)}")
    return names if tools is None else [name for name in names if name in tools]


def _agent(organization_id: str, agent_id: str) -> Prompt:
    agent = Prompt.objects.of_organization(organization_id).get_or_refuse(ErrorCode.AGENT_NOT_FOUND, pk=agent_id)
    if not agent.elevenlabs_agent_id:
        raise TetherError(ErrorCode.AGENT_NOT_SYNCED)
    return agent


def _secret_of(account: VoiceAccount) -> str:
    secret = str(account.secrets.get("tool_secret", ""))
    if not secret:
        raise TetherError(ErrorCode.PROVIDER_NOT_CONFIGURED, "There is no tool secret yet: make one first")
    return secret


@transaction.atomic
def _rows(organization_id: str, offered: Sequence[OfferedTool]) -> dict[str, RegisteredTool]:
    """A row for each tool, made where there is none."""
    provider = agents_provider().name
    rows = registered_tools_of(organization_id)
    for name in (each.tool.name for each in offered):
        if name not in rows:
            rows[name] = RegisteredTool(organization_id=organization_id, provider=provider, name=name)
            rows[name].save(force_insert=True)
    return rows


def _note(row: RegisteredTool, **values: object) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=[*values, "updated_at"])


@contextmanager
def _alone_with(organization_id: str) -> Iterator[CacheLock]:
    """One run at a time: two would make each tool twice. Raises SYNC_IN_PROGRESS, LOCK_UNAVAILABLE."""
    lock = CacheLock("tools-sync", organization_id, seconds=_LOCK_SECONDS)
    if not lock.acquire():
        raise TetherError(ErrorCode.SYNC_IN_PROGRESS)
    try:
        yield lock
    finally:
        lock.release()
