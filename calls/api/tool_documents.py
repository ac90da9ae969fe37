"""What /api/calls/voice-ai/tools answers with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from calls.documents.prompt import PromptDocument, prompt_document
from calls.models import RegisteredTool, VoiceAccount
from calls.providers.registry import agents_provider
from calls.services.agent_sync.sync_tools import SyncedTools
from tether_calls.common.times import to_wire
from tether_calls.common.wire import UNSET, Timestamp, UnsetType, WireStruct, or_unset

_NO_TEXTS = "No carrier of the organization's is set up for texts"
_NO_SECRET = "There is no tool secret yet: make one under /api/calls/voice-ai/config"  # noqa: S105  # a sentence


class VoiceAiToolSync(WireStruct):
    """How far the tool is at the agents' provider."""

    state: Annotated[
        Literal["asked", "synced", "failed"],
        msgspec.Meta(description="`asked`: the provider was asked for it, and what came of it is not known."),
    ]
    tool_id: Annotated[str, msgspec.Meta(description="The provider's id of it.")] | UnsetType = UNSET
    synced_at: Timestamp | UnsetType = UNSET
    error: Annotated[str, msgspec.Meta(description="Why it failed, such as `refused`.")] | UnsetType = UNSET


class VoiceAiTool(WireStruct):
    """What an agent can have done: `url` is to be called with POST and the tool secret as Bearer."""

    name: str
    description: Annotated[str, msgspec.Meta(description="For the model that decides when to use it.")]
    url: str
    parameters: Annotated[dict[str, Any], msgspec.Meta(description="The schema of a request's body.")]
    disabled: bool
    disabled_reason: str | UnsetType = UNSET
    sync: Annotated[VoiceAiToolSync, msgspec.Meta(description="Absent: never synced.")] | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {}


class VoiceAiToolsResponse(WireStruct):
    """All tools, whether they work yet or not."""

    success: Literal[True]
    tools: list[VoiceAiTool]


class VoiceAiToolsSyncResponse(WireStruct):
    """All tools as they are at the provider now, and the agent that uses some of them."""

    success: Literal[True]
    message: str
    tools: list[VoiceAiTool]
    agent: PromptDocument | UnsetType = UNSET


def tools_sync_document(
    account: VoiceAccount | None, synced: SyncedTools, *, sends_texts: bool, url_of: Callable[[str], str]
) -> VoiceAiToolsSyncResponse:
    rows = {row.name: row for row in synced.tools}
    return VoiceAiToolsSyncResponse(
        success=True,
        message="The tools are registered" + ("" if synced.agent is None else ", and the agent has them"),
        tools=tools_document(account, rows, sends_texts=sends_texts, url_of=url_of).tools,
        agent=UNSET if synced.agent is None else prompt_document(synced.agent),
    )


def _sync_document(row: RegisteredTool) -> VoiceAiToolSync:
    return VoiceAiToolSync(
        state=row.state,  # type: ignore[arg-type]  # a constraint keeps it one of these
        tool_id=or_unset(row.provider_tool_id),
        synced_at=UNSET if row.synced_at is None else to_wire(row.synced_at),
        error=or_unset(row.error),
    )


def tools_document(
    account: VoiceAccount | None,
    rows: Mapping[str, RegisteredTool],
    *,
    sends_texts: bool,
    url_of: Callable[[str], str],
) -> VoiceAiToolsResponse:
    no_secret = None if account is not None and account.secrets.get("tool_secret") else _NO_SECRET
    no_texts = None if sends_texts else _NO_TEXTS
    tools = [
        VoiceAiTool(
            name=each.tool.name,
            description=each.tool.description,
            url=url_of(f"/api/webhook/{each.path}"),
            parameters=each.schema,
            disabled=(reason := no_secret or (no_texts if each.tool.needs_texts else None)) is not None,
            disabled_reason=or_unset(reason),
            sync=_sync_document(rows[each.tool.name]) if each.tool.name in rows else UNSET,
        )
        for each in agents_provider().tools()
    ]
    return VoiceAiToolsResponse(success=True, tools=tools)
