"""Bodies that configure providers. Errors do not quote the value: it may be a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Annotated, Any, ClassVar, Self

import msgspec

from calls.providers.registry import agents_provider, carrier_settings, carriers, default_carrier, provider_of
from calls.providers.setting import Setting
from calls.services.voice_accounts.configure_account import PHONE_NUMBER
from calls.services.voice_accounts.configure_voice_ai import TOOL_SETTING
from tether_calls.common.bodies import Body, given
from tether_calls.common.errors import Detail
from tether_calls.common.fields import note, object_id, one_of, telephone_number, text
from tether_calls.common.masking import MASK
from tether_calls.common.wire import UNSET, UnsetType, camelize

# What a header can hold, and what no identifier or secret of a provider goes beyond.
_VISIBLE = re.compile(r"[\x21-\x7e]*", re.ASCII)

_PHONE_NUMBER = Annotated[str, telephone_number(may_be_blank=True)] | UnsetType | None


class CallsActivateProviderRequest(Body):
    """The carrier that is to carry browser calls."""

    example: ClassVar[dict[str, Any]] = {"provider": default_carrier()}

    provider: Annotated[str, one_of(carriers)]


class CallsProviderConfigRequest(Body):
    """What is left out stays as it is, and so does a secret that is empty or its own mask; null removes."""

    example: ClassVar[dict[str, Any]] = {"provider": default_carrier(), "phoneNumber": "+14165550100"}

    provider: Annotated[str, one_of(carriers)]

    @classmethod
    def in_full(cls) -> type[Self]:
        """With a field for each setting of each carrier that there is."""
        full: type[Self] = _with_settings(cls, carrier_settings(), (PHONE_NUMBER, _PHONE_NUMBER))
        return full

    def faults(self) -> Iterable[Detail]:
        own = {setting.field for setting in provider_of(self.provider).settings} | {"provider", PHONE_NUMBER}
        for name, value in given(self).items():
            if value and name not in own:
                yield Detail(camelize(name), f"Not of {self.provider}")

    @property
    def changes(self) -> dict[str, str | None]:
        names = [setting.field for setting in provider_of(self.provider).settings]
        return given(self, *names, PHONE_NUMBER)


class CallsVoiceAiConfigRequest(Body):
    """What is left out, or empty, stays as it is; null removes."""

    example: ClassVar[dict[str, Any]] = {"generateToolSecret": True}

    may_be_left_out: ClassVar[bool] = True

    ai_voice_provider: Annotated[str, one_of(_agents_providers)] | UnsetType = UNSET
    generate_tool_secret: Annotated[bool, note("True voids the tool secret before.")] = False

    @classmethod
    def in_full(cls) -> type[Self]:
        """With a field for each setting of the agents' provider that can be typed in; the tool secret is made here."""
        full: type[Self] = _with_settings(cls, _settings_of_agents())
        return full

    @property
    def changes(self) -> dict[str, str | None]:
        return given(self, *(setting.field for setting in _settings_of_agents()))


class CallsToggleAiNumberRequest(Body):
    """Which number, and whether an agent answers it."""

    example: ClassVar[dict[str, Any]] = {
        "phoneNumber": "+14165550100",
        "aiEnabled": True,
        "aiAgentId": "64f0a1b2c3d4e5f6a7b8cc00",
    }

    phone_number: Annotated[str, telephone_number()]
    ai_enabled: bool
    ai_agent_id: Annotated[str, object_id(description="Left out: the number keeps its agent.")] | None = None
    user_id: Annotated[str, object_id(description="The number must be this user's.")] | None = None


def _tool_names() -> list[str]:
    return [each.tool.name for each in agents_provider().tools()]


class VoiceAiToolsSyncRequest(Body):
    """All tools are registered; `agentId` names who is to have those of `tools`, or all."""

    example: ClassVar[dict[str, Any]] = {"agentId": "64f0a1b2c3d4e5f6a7b8cc00", "tools": ["get-contact", "create-note"]}

    may_be_left_out: ClassVar[bool] = True

    agent_id: Annotated[str, object_id(description="An agent that is synced.")] | None = None
    tools: (
        Annotated[
            list[Annotated[str, one_of(_tool_names)]],
            msgspec.Meta(max_length=50, description="Which ones the agent is to have; left out: all, `[]`: none."),
        ]
        | None
    ) = None


def _agents_providers() -> list[str]:
    return [agents_provider().name]


def _settings_of_agents() -> tuple[Setting, ...]:
    return tuple(setting for setting in agents_provider().settings if setting.name != TOOL_SETTING)


@cache
def _with_settings(base: Any, settings: tuple[Setting, ...], *fields: tuple[str, Any]) -> Any:
    of_settings = [(setting.field, _credential(setting), UNSET) for setting in settings]
    return msgspec.defstruct(
        base.__name__,
        [*of_settings, *((field, kind, UNSET) for field, kind in fields)],
        bases=(base,),
        namespace={"__doc__": base.__doc__},
        module=__name__,
        rename="camel",
        kw_only=True,
    )


def _credential(setting: Setting) -> Any:
    """An identifier or a secret. Null and empty text are values."""

    def fault(value: str) -> str | None:
        if _VISIBLE.fullmatch(value) is None:
            return "Only visible ASCII characters, without blanks"
        return None if value.startswith(MASK) else setting.fault(value)

    kind = text(
        fault,
        max_length=setting.max_length,
        may_be_blank=True,
        description=setting.help_text or None,
        schema={"pattern": f"^{_VISIBLE.pattern}$"},
    )
    return Annotated[str, kind] | None | UnsetType
