"""Make, change and delete agents: who may, and what a minute of each costs.

The price belongs to the agent at ElevenLabs, and the organization does not set it. So it stays with that agent's id:
where an agent of ours goes or loses the id, the rate is kept for whichever agent of ours gets the id next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypedDict

from calls.models import AgentRate, Prompt
from calls.models.prompt import default_rate_per_minute
from calls.services.agent_calls.prompt_versions import (
    SPOKEN,
    WRITING_ROLE,
    Change,
    SpokenValues,
    forget_sync,
    locked_prompt,
    mark_changed,
    next_version,
    refuse_stale,
    save_new,
    spoken_by,
)
from tether_calls.accounts.models import AccessRole, User
from tether_calls.accounts.roles import has_role, is_platform_staff, require_role
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.transactions import delete_until_done, unique_or_refuse


class PromptValues(TypedDict, total=False):
    """What a user says of an agent; an empty `elevenlabs_agent_id`: it is not synced."""

    name: str
    prompt: str
    first_message: str
    disclosure: str
    voice_id: str
    language: str
    voice_enabled: bool
    description: str
    temperature: float | None
    elevenlabs_agent_id: str | None
    rate_per_minute: Decimal


@dataclass(frozen=True)
class _Reserved:
    """A column that not everybody sets who may write agents."""

    may_set: Callable[[User], bool]
    refusal: str


_RESERVED: Mapping[str, _Reserved] = {
    # Which agent over there this is decides whose conversations are stored here.
    "elevenlabs_agent_id": _Reserved(
        lambda user: has_role(user, AccessRole.SUPERADMIN),
        "Which agent at ElevenLabs this is, is for superadmins to set",
    ),
    "rate_per_minute": _Reserved(is_platform_staff, "The price of a minute is set by the platform's staff"),
}


def may_write_agents(user: User) -> bool:
    return has_role(user, WRITING_ROLE)


def reserved_columns(user: User) -> tuple[str, ...]:
    """The columns of agents that the user cannot set."""
    return tuple(name for name, column in _RESERVED.items() if not column.may_set(user))


def create_prompt(*, user: User, organization_id: str, values: PromptValues, note: str = "") -> Prompt:
    """An agent of the organization, with its first version. Two statements; with an id at ElevenLabs one more, or two.

    Raises FORBIDDEN, PROMPT_EXISTS.
    """
    require_role(user, WRITING_ROLE)
    prompt = Prompt(organization_id=organization_id)
    _set(prompt, values, by=user)
    with unique_or_refuse(ErrorCode.PROMPT_EXISTS):
        mark_changed(prompt, values)
        save_new(prompt, Change(by=user, note=note))
        if "rate_per_minute" not in values:
            _take_rate(prompt)
    return prompt


def update_prompt(
    *,
    user: User,
    organization_id: str,
    prompt_id: str,
    changes: PromptValues,
    note: str = "",
    base: int | None = None,
) -> Prompt:
    """Change what is given, and nothing else; what is given as it was is no change. What is said becomes a version.

    `base` is the number of the version that was read before. Two statements, one more where it says something else;
    where the id at ElevenLabs changes three more at most. Raises FORBIDDEN, PROMPT_NOT_FOUND, PROMPT_EXISTS,
    PROMPT_CHANGED.
    """
    require_role(user, WRITING_ROLE)
    change = Change(by=user, note=note, base=base)
    with unique_or_refuse(ErrorCode.PROMPT_EXISTS):
        prompt = locked_prompt(organization_id, prompt_id)
        spoken: SpokenValues = {name: changes[name] for name in SPOKEN if name in changes}  # type: ignore[assignment,literal-required]
        if spoken:
            refuse_stale(prompt, spoken, change)
        said_before = spoken_by(prompt)
        before, rate_before = prompt.elevenlabs_agent_id, prompt.rate_per_minute
        _set(prompt, changes, by=user)
        changed = [*changes, "updated_at"]
        if next_version(prompt, said_before, change) is not None:
            changed += ["version", "versions_made"]
        is_another = prompt.elevenlabs_agent_id != before
        changed += forget_sync(prompt) if is_another else mark_changed(prompt, changes)
        if is_another and before is not None:
            _keep_rate(prompt, before, rate_before)
            if "rate_per_minute" not in changes:
                # Else an agent with a low price would lend it to one id after the other.
                prompt.rate_per_minute = default_rate_per_minute()
                changed.append("rate_per_minute")
        prompt.save(update_fields=changed)
        if is_another and "rate_per_minute" not in changes:
            _take_rate(prompt)
    return prompt


def delete_prompt(*, user: User, organization_id: str, prompt_id: str) -> None:
    """Delete an agent; its calls and telephone numbers stay, without agent. Raises FORBIDDEN, PROMPT_NOT_FOUND."""
    require_role(user, WRITING_ROLE)
    delete_until_done(lambda: _delete(organization_id, prompt_id))


def _delete(organization_id: str, prompt_id: str) -> None:
    prompt = locked_prompt(organization_id, prompt_id)
    if prompt.elevenlabs_agent_id is not None:
        _keep_rate(prompt, prompt.elevenlabs_agent_id, prompt.rate_per_minute)
    prompt.delete()


def _set(prompt: Prompt, values: PromptValues, *, by: User) -> None:
    """Raises FORBIDDEN where a reserved column would become another."""
    reserved = reserved_columns(by)
    for name, value in values.items():
        # Of agents that are not synced there may be many; NULL is what a unique constraint leaves alone.
        wanted = (value or None) if name == "elevenlabs_agent_id" else value
        if name in reserved and wanted != getattr(prompt, name):
            raise TetherError(ErrorCode.FORBIDDEN, _RESERVED[name].refusal)
        setattr(prompt, name, wanted)


def _keep_rate(prompt: Prompt, elevenlabs_agent_id: str, rate: Decimal) -> None:
    """Note what the agent at ElevenLabs costs, now that the prompt no longer is that agent."""
    kept = AgentRate(
        organization_id=prompt.organization_id, elevenlabs_agent_id=elevenlabs_agent_id, rate_per_minute=rate
    )
    # wall: the row names the agent's organization
    AgentRate.objects.bulk_create(
        [kept],
        update_conflicts=True,
        unique_fields=["organization", "elevenlabs_agent_id"],
        update_fields=["rate_per_minute", "updated_at"],
    )


def _take_rate(prompt: Prompt) -> None:
    """Give the prompt, which is saved, the rate that is kept for its id at ElevenLabs."""
    if prompt.elevenlabs_agent_id is None:
        return
    # After the prompt was saved: where a request takes the id from another prompt at this moment, the unique constraint
    # has waited until the rate was kept.
    rates = AgentRate.objects.of_organization(prompt.organization_id)
    kept = rates.filter(elevenlabs_agent_id=prompt.elevenlabs_agent_id).first()
    if kept is not None and kept.rate_per_minute != prompt.rate_per_minute:
        prompt.rate_per_minute = kept.rate_per_minute
        prompt.save(update_fields=["rate_per_minute"])
