"""Which version of an agent speaks in a call that it makes: chosen once, by the call's own id."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from calls.models import Prompt, PromptVersion


@dataclass(frozen=True, kw_only=True)
class Speech:
    """What is said in a call. `other`: the version that speaks in the place of the agent's own, which the provider has
    to be told; None: the agent says what it always says.
    """

    agent: Prompt
    other: PromptVersion | None = None

    @property
    def texts(self) -> Prompt | PromptVersion:
        return self.agent if self.other is None else self.other


def choose_version(agent: Prompt, call_id: str) -> Speech:
    """No statement; one where the other version of a split speaks, and was not read with the agent."""
    if agent.split_version_id is None or not is_among(call_id, percent=agent.split_percent):
        return Speech(agent=agent)
    other = agent.split_version
    # The agent may have got a language since they share its calls.
    return Speech(agent=agent, other=other if other is not None and has_its_language(agent, other) else None)


def has_its_language(agent: Prompt, other: PromptVersion) -> bool:
    """Whether the version is spoken in its language in a call of the agent: one that leaves it to the provider gets
    the agent's, where one is set there.
    """
    return bool(other.language) or not agent.language


def is_among(call_id: str, *, percent: int) -> bool:
    """Whether a call is one of so many of a hundred: of the same id always the same."""
    # Of a digest: the beginning of an id is its time, and calls of one second would all be among them, or none.
    return int.from_bytes(hashlib.sha256(call_id.encode()).digest()[:8]) % 100 < percent
