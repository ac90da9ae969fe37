"""The simulated world: who has accounts, which calls there are, and what goes on at the moment."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import msgspec

from calls.demo.simulator.config import Account, Config, ElevenLabsAccount, ElevenLabsNumber
from calls.demo.simulator.faults import Faults
from calls.demo.simulator.phone import Happening, Outcome, PhoneCall
from calls.demo.simulator.texts import Text

# The oldest calls are forgotten beyond this, ended ones first.
MOST_CALLS = 1_000
MOST_TEXTS = 1_000
# At one time; more than that gets 429.
MOST_UNDER_WAY = 200
MOST_ACCOUNTS = 1_000
MOST_NUMBERS = 1_000
# Of agents, tools and secrets each.
MOST_HOSTED = 1_000

logger = logging.getLogger(__name__)

_AccountT = TypeVar("_AccountT", bound=Account)
_CallT = TypeVar("_CallT", bound=PhoneCall)
_KeyT = TypeVar("_KeyT")
_HostedT = TypeVar("_HostedT")


@dataclass(kw_only=True)
class ImportedNumber:
    """A number that is imported at ElevenLabs."""

    id: str
    account_key: str
    provider: str
    phone_number: str
    label: str
    agent_id: str | None = None
    # As they were given, credentials included.
    inbound_trunk: dict[str, Any] | None = None
    outbound_trunk: dict[str, Any] | None = field(default_factory=lambda: {"address": "sip.simulator.example"})

    @classmethod
    def configured(cls, account: ElevenLabsAccount, number: ElevenLabsNumber) -> Self:
        return cls(
            id=number.phone_number_id,
            account_key=account.api_key,
            provider="sip_trunk",
            phone_number=number.phone_number,
            label=number.label,
            agent_id=number.agent_id,
        )


@dataclass(kw_only=True)
class HostedAgent:
    """An agent at ElevenLabs. `is_made_here`: by a request, so that all that it permits is known."""

    id: str
    account_key: str
    name: str
    is_made_here: bool = False
    conversation_config: dict[str, Any] = field(default_factory=dict)
    platform_settings: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    version_id: str = "agtvrsn_first"
    created: int = field(default_factory=lambda: int(time.time()))
    updated: int = field(default_factory=lambda: int(time.time()))


@dataclass(kw_only=True)
class HostedTool:
    """A tool at ElevenLabs, as it was given."""

    id: str
    account_key: str
    config: dict[str, Any]


@dataclass(kw_only=True)
class KeptSecret:
    """What a tool sends without that anybody reads it."""

    id: str
    account_key: str
    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """A caller is sent on to a number; `people` as of a call."""

    from_number: str
    to_number: str
    people: tuple[Outcome, ...]


class World:
    """Touched only from its event loop. `url` is where it is served."""

    def __init__(self, config: Config) -> None:
        self.url = ""
        # Has a caller arrive who is handed over; None where no carrier has the number. Set by who knows the carriers.
        self.hand_over: Callable[[HandOver], PhoneCall | None] = lambda _: None
        self.pace = config.pace
        self.faults = Faults()
        self.calls: dict[str, PhoneCall] = {}
        self.texts: dict[str, Text] = {}
        # Our number and the person's who has opted out of texts from it, as Twilio keeps them.
        self.opted_out: set[tuple[str, str]] = set()
        # Of ElevenLabs, by id.
        self.numbers: dict[str, ImportedNumber] = {}
        # By account and id: what one account calls an agent, another one may too.
        self.agents: dict[tuple[str, str], HostedAgent] = {}
        self.tools: dict[str, HostedTool] = {}
        self.secrets: dict[str, KeptSecret] = {}
        # By provider and endpoint, answered in any way.
        self.requests: Counter[tuple[str, str]] = Counter()
        self._accounts: dict[tuple[type, str], Account] = {}
        self._config = config
        self._stories: set[asyncio.Task[None]] = set()
        self._add_configured()

    def _add_configured(self) -> None:
        for account in self._config.accounts:
            self.add_account(account)

    def forget(self, call: PhoneCall) -> None:
        """What a provider was asked to delete."""
        self.calls.pop(call.id, None)

    def configure(self, accounts: Sequence[Account]) -> None:
        """In place of the configured ones; those that there are stay until a reset."""
        self._config = msgspec.structs.replace(self._config, accounts=tuple(accounts))
        self._add_configured()

    def add_account(self, account: Account) -> None:
        """Or replace the one with the same key; the numbers that it imported stay."""
        self._accounts[type(account), account.key] = account
        while len(self._accounts) > MOST_ACCOUNTS:
            del self._accounts[next(iter(self._accounts))]
        if isinstance(account, ElevenLabsAccount):
            for number in account.phone_numbers:
                self.add_number(ImportedNumber.configured(account, number))

    def add_number(self, number: ImportedNumber) -> None:
        self.numbers[number.id] = number
        if len(self.numbers) > MOST_NUMBERS:
            del self.numbers[next(iter(self.numbers))]

    def add_agent(self, agent: HostedAgent) -> None:
        _add(self.agents, (agent.account_key, agent.id), agent)

    def add_tool(self, tool: HostedTool) -> None:
        _add(self.tools, tool.id, tool)

    def add_secret(self, secret: KeptSecret) -> None:
        _add(self.secrets, secret.id, secret)

    def account(self, kind: type[_AccountT], key: str) -> _AccountT | None:
        account = self._accounts.get((kind, key))
        return account if isinstance(account, kind) else None

    def accounts(self, kind: type[_AccountT]) -> Iterator[_AccountT]:
        return (account for account in self._accounts.values() if isinstance(account, kind))

    def call(self, kind: type[_CallT], call_id: str) -> _CallT | None:
        call = self.calls.get(call_id)
        return call if isinstance(call, kind) else None

    def calls_of(self, kind: type[_CallT]) -> list[_CallT]:
        """Newest first."""
        return [call for call in reversed(self.calls.values()) if isinstance(call, kind)]

    @property
    def under_way(self) -> int:
        """Calls and texts that have something left to do, be it a callback."""
        return len(self._stories)

    @property
    def is_full(self) -> bool:
        return self.under_way >= MOST_UNDER_WAY

    def add_call(self, call: PhoneCall) -> None:
        self.calls[call.id] = call
        if len(self.calls) > MOST_CALLS:
            ended = (old.id for old in self.calls.values() if old.ended is not None)
            del self.calls[next(ended, next(iter(self.calls)))]

    def begin(self, call: PhoneCall, story: Coroutine[Any, Any, None]) -> None:
        """Let a call take its course."""
        self.add_call(call)
        self._follow(call, story)

    def begin_text(self, text: Text, story: Coroutine[Any, Any, None]) -> None:
        """Let a text take its course."""
        self.texts[text.id] = text
        if len(self.texts) > MOST_TEXTS:
            del self.texts[next(iter(self.texts))]
        self._follow(text, story)

    def _follow(self, happening: Happening, story: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(story, name=happening.id)
        self._stories.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._stories.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("%s broke off", task.get_name(), exc_info=error)

    async def stop(self) -> None:
        """End everything that goes on."""
        stories = list(self._stories)
        for story in stories:
            story.cancel()
        await asyncio.gather(*stories, return_exceptions=True)

    async def reset(self) -> None:
        """As it was at the start: the configured accounts, and nothing else."""
        await self.stop()
        self.calls.clear()
        self.texts.clear()
        self.opted_out.clear()
        self.numbers.clear()
        self.agents.clear()
        self.tools.clear()
        self.secrets.clear()
        self.faults.clear()
        self.requests.clear()
        self._accounts.clear()
        self._add_configured()


def _add(hosted: dict[_KeyT, _HostedT], key: _KeyT, new: _HostedT) -> None:
    hosted[key] = new
    if len(hosted) > MOST_HOSTED:
        del hosted[next(iter(hosted))]
