"""Tools and secrets that ElevenLabs keeps for an account: https://elevenlabs.io/docs/api-reference/tools"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from calls.providers.agents import RegisteredThere, SecretToKeep, ToolToRegister
from calls.providers.elevenlabs.answers import Listed, listed, read_secret_id, read_secrets, read_tool_id
from calls.providers.elevenlabs.asking import PAGE, ElevenLabsAsking
from calls.providers.elevenlabs.handing_over import with_transfer
from calls.providers.errors import ProviderError, ProviderProblem
from calls.providers.reading import fields, identifier, text

_TOOLS = "/v1/convai/tools"
_TOOL = "/v1/convai/tools/{id}"
_SECRETS = "/v1/convai/secrets"
_SECRET = "/v1/convai/secrets/{id}"  # noqa: S105  # a path
_AGENT = "/v1/convai/agents/{id}"

# A workspace that has more of something is read no further.
_MOST_PAGES = 50

RowT = TypeVar("RowT")


class ElevenLabsHosting(ElevenLabsAsking):
    """Every method raises ProviderError."""

    def keep_secret(self, secret: SecretToKeep) -> str:
        """What a tool sends is never read by anybody once it is there, so it is written each time."""
        found = secret.known_id
        if found is not None:
            with suppress_not_found():
                return self._update_secret(found, secret)
        params = {"search": secret.name, "page_size": PAGE}
        # By name: also after a request to make it whose answer was lost.
        found = dict(self._rows("list secrets", _SECRETS, read_secrets, params)).get(secret.name)
        if found is not None:
            return self._update_secret(found, secret)
        body = {"type": "new", "name": secret.name, "value": secret.value}
        return self._http.answer(self._ask("make secret", "POST", self._http.url(_SECRETS), body), read_secret_id)

    def _update_secret(self, secret_id: str, secret: SecretToKeep) -> str:
        body = {"type": "update", "name": secret.name, "value": secret.value}
        self._http.nothing(self._ask_of_one("update secret", "PATCH", self._http.url(_SECRET, id=secret_id), body))
        return secret_id

    def tools(self) -> list[RegisteredThere]:
        return list(self._rows("list tools", _TOOLS, _read_tools, {"types": "webhook", "page_size": PAGE}))

    def put_tool(self, tool: ToolToRegister) -> str:
        body = {"tool_config": _config_of(tool)}
        if tool.known_id is not None:
            self._http.nothing(self._ask("update tool", "PATCH", self._http.url(_TOOL, id=tool.known_id), body))
            return tool.known_id
        return self._http.answer(self._ask("make tool", "POST", self._http.url(_TOOLS), body), read_tool_id)

    def give_tools(
        self, agent_id: str, tool_ids: Sequence[str], *, out_of: Collection[str], hands_over_to: str | None
    ) -> None:
        """Lists are replaced whole, so what else the agent uses is read first."""
        url = self._http.url(_AGENT, id=agent_id)
        there = self._http.answer(self._ask("read agent", "GET", url), prompt_in)
        agent: dict[str, Any] = {}
        # Never `tools` beside it, which the answer has too: they may not be sent together.
        known = tool_ids_in(there)
        if (wanted := [*(each for each in known if each not in out_of), *tool_ids]) != known:
            agent["prompt"] = {"tool_ids": wanted}
        agent |= with_transfer(there, agent.get("prompt", {}), hands_over_to)
        if agent:
            body = {"conversation_config": {"agent": agent}}
            self._http.nothing(self._ask("give tools", "PATCH", url, body))

    def _rows(
        self,
        operation: str,
        path: str,
        read: Callable[[dict[str, Any]], Listed[RowT]],
        params: Mapping[str, str],
    ) -> Iterator[RowT]:
        """All pages of a list."""
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            wanted = {**params, **({} if cursor is None else {"cursor": cursor})}
            page = self._http.answer(self._ask(operation, "GET", self._http.url(path), params=wanted), read)
            yield from page.rows
            if (cursor := page.cursor) is None:
                return


class suppress_not_found(suppress):  # noqa: N801  # a context manager, as contextlib names them
    """For what goes on in another way where the provider does not know an id any more."""

    def __init__(self) -> None:
        super().__init__(ProviderError)

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> bool:
        if isinstance(error, ProviderError) and error.problem is not ProviderProblem.NOT_FOUND:
            return False
        return bool(super().__exit__(kind, error, traceback))


def prompt_in(body: dict[str, Any]) -> Mapping[str, Any]:
    return fields(fields(fields(body.get("conversation_config")).get("agent")).get("prompt"))


def tool_ids_in(prompt: Mapping[str, Any]) -> list[str]:
    there = prompt.get("tool_ids")
    return [found for each in there if (found := identifier(each))] if isinstance(there, list) else []


def _read_tools(body: dict[str, Any]) -> Listed[RegisteredThere]:
    """https://elevenlabs.io/docs/api-reference/tools/list - raises PayloadError."""

    def read(row: Mapping[str, Any]) -> RegisteredThere | None:
        config = fields(row.get("tool_config"))
        tool_id, name = identifier(row.get("id")), text(config.get("name"))
        if tool_id is None or name is None:
            return None
        headers = fields(fields(config.get("api_schema")).get("request_headers"))
        sent = fields(headers.get("Authorization"))
        return RegisteredThere(id=tool_id, name=name, secret_id=identifier(sent.get("secret_id")))

    return listed(body, "tools", read)


def _config_of(tool: ToolToRegister) -> dict[str, Any]:
    """https://elevenlabs.io/docs/api-reference/tools/create"""
    return {
        "type": "webhook",
        "name": tool.name,
        "description": tool.description,
        # By default the agent is not told what went wrong, and may say that it was done.
        "tool_error_handling_mode": "summarized",
        # https://elevenlabs.io/docs/eleven-agents/customization/tools/webhook-tools
        "assignments": [{"source": "response", "dynamic_variable": name, "value_path": name} for name in tool.assigns],
        "api_schema": {
            "url": tool.url,
            # Left out it is GET, without a body.
            "method": "POST",
            "content_type": "application/json",
            "request_headers": {"Authorization": {"secret_id": tool.secret_id}},
            "request_body_schema": dict(tool.schema),
        },
    }
