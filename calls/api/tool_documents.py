"""What /api/calls/voice-ai/tools answers with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from calls.models import VoiceAccount
from calls.providers.registry import agents_provider
from tether_calls.common.wire import UNSET, UnsetType, WireStruct

_NO_SECRET = "There is no tool secret yet: make one under /api/calls/voice-ai/config"  # noqa: S105  # a sentence


class VoiceAiTool(WireStruct):
    """What an agent can have done: `url` is to be called with POST and the tool secret as Bearer."""

    name: str
    description: Annotated[str, msgspec.Meta(description="For the model that decides when to use it.")]
    url: str
    parameters: Annotated[dict[str, Any], msgspec.Meta(description="The schema of a request's body.")]
    disabled: bool
    disabled_reason: str | UnsetType = UNSET

    example: ClassVar[dict[str, Any]] = {}


class VoiceAiToolsResponse(WireStruct):
    """All tools, whether they work yet or not."""

    success: Literal[True]
    tools: list[VoiceAiTool]


def tools_document(account: VoiceAccount | None, *, url_of: Callable[[str], str]) -> VoiceAiToolsResponse:
    is_ready = account is not None and bool(account.secrets.get("tool_secret"))
    tools = [
        VoiceAiTool(
            name=each.tool.name,
            description=each.tool.description,
            url=url_of(f"/api/webhook/{each.path}"),
            parameters=each.schema,
            disabled=not is_ready,
            disabled_reason=UNSET if is_ready else _NO_SECRET,
        )
        for each in agents_provider().tools()
    ]
    return VoiceAiToolsResponse(success=True, tools=tools)
