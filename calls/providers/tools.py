"""What agents can have done while they talk: names, what each is told and what it answers, whoever holds the agent.

What a model fills in is no more than a guess of it: nothing here says who the caller's organization is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

import msgspec

from tether_calls.common.wire import UNSET, SnakeStruct, Timestamp, UnsetType


@dataclass(frozen=True, kw_only=True)
class ToolParameter:
    """What a model is asked for: a text.

    `is_free`: whatever was said may be in it. `is_sent`: it goes on to somebody as it is, and of the request only a
    redacted copy is kept.
    """

    description: str
    example: str
    is_required: bool = True
    is_free: bool = False
    is_sent: bool = False


class ToolReply(SnakeStruct, omit_defaults=True):
    """Whether it was done; where it was not, `error` says why in words that an agent can use."""

    success: bool
    error: str | UnsetType = UNSET
    message: str | UnsetType = UNSET


class BusinessHoursReply(SnakeStruct):
    """Whether the organization is open now, by its own clock."""

    is_open: bool
    current_time: Annotated[str, msgspec.Meta(description="Such as `Monday 14:32`.")]
    timezone: str
    organization_name: str


class AvailabilityReply(SnakeStruct):
    """How many people are there, and how many of them could take a call at this moment."""

    agents_available: bool
    available_count: int
    online_count: int


class TransferReply(ToolReply, omit_defaults=True):
    """Where the caller is to be handed over to; where nobody is free, `reason` says so."""

    transfer_number: Annotated[str, msgspec.Meta(description="In E.164.")] | UnsetType = UNSET
    reason: Literal["nobody_available"] | UnsetType = UNSET
    callback_offered: bool | UnsetType = UNSET


class ToolContact(SnakeStruct, omit_defaults=True):
    """What is known of a person, in at most 1 KB."""

    first_name: str
    last_name: str
    email: str
    phone_number: str
    do_not_call: bool
    recent_notes: Annotated[list[str], msgspec.Meta(max_length=3, description="The newest first, shortened.")]
    open_reminders: Annotated[int, msgspec.Meta(description="Reminders about them that are still to come.")]
    last_call_at: Timestamp | UnsetType = UNSET


class ContactReply(ToolReply, omit_defaults=True):
    """The contact with the number."""

    contact: ToolContact | UnsetType = UNSET


class CallbackReply(ToolReply, omit_defaults=True):
    """When the person is called back: as they asked, or at the next minute that the calling hours permit."""

    scheduled_for: Timestamp | UnsetType = UNSET


class UpdatedContactReply(ToolReply, omit_defaults=True):
    """Which of the fields were empty, and are filled now."""

    updated_fields: list[Literal["first_name", "last_name", "email"]] | UnsetType = UNSET


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One of them. `changes`: it writes, so that of the same request again nothing more comes.

    `asks_who_is_there`: it wants to know which people have a browser open.
    `needs_texts`: it is of no use where the organization sends none.
    `is_momentary`: what it finds or does is for the turn that asks, and nobody wants it later.
    `assigns` are names of its answer that the conversation keeps as variables, for the provider's own tools;
    `hands_over_to` is the one with the number to which the provider is to hand the caller over.
    """

    name: str
    description: str
    parameters: dict[str, ToolParameter] = field(default_factory=dict)
    reply: type[SnakeStruct] = ToolReply
    changes: bool = False
    asks_who_is_there: bool = False
    needs_texts: bool = False
    is_momentary: bool = False
    assigns: tuple[str, ...] = ()
    hands_over_to: str | None = None

    @property
    def free_texts(self) -> tuple[str, ...]:
        """The parameters in which whatever was said may be."""
        return tuple(name for name, each in self.parameters.items() if each.is_free)


@dataclass(frozen=True, kw_only=True)
class OfferedTool:
    """A tool as a provider's agents are told of it: the address after /api/webhook/, and a schema of what they send."""

    tool: Tool
    path: str
    schema: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolRequested:
    """An agent's request. `digest`: of its body, by which it is known again.

    `arguments` are texts as the model gave them; all else, but the digest, are the provider's own words.
    """

    tool: Tool
    arguments: dict[str, Any]
    conversation_id: str | None
    caller_number: str | None
    digest: str
    # Who asks, and over which number of ours, by the provider's word.
    agent_id: str | None = None
    our_number: str | None = None
    # Whether what it is kept as, and `digest` is of, shows less than `arguments` have.
    is_masked: bool = False
    # As `digest`, of the body as it was sent, where something of it is masked.
    whole_digest: str = ""


_NUMBER = ToolParameter(
    description="The person's telephone number with its country code, such as +14165550199.", example="+14165550199"
)

TOOLS: Final = (
    Tool(
        name="check-business-hours",
        description="Tells whether the company is open at this moment, and what time it is there.",
        reply=BusinessHoursReply,
        is_momentary=True,
    ),
    Tool(
        name="check-availability",
        description=(
            "Tells whether a person of the company could take over the call at this moment. Use it before you promise"
            " that somebody can."
        ),
        reply=AvailabilityReply,
        asks_who_is_there=True,
        is_momentary=True,
    ),
    Tool(
        name="transfer",
        description=(
            "Use it when the caller wants to speak to a person, or when you cannot help. It reserves a person for half"
            " a minute and answers with transfer_number: hand the call over to that number at once. Where nobody is"
            " available, say so and offer that somebody calls back."
        ),
        parameters={
            "reason": ToolParameter(
                description="Why the caller wants to speak to a person, in one sentence.",
                example="Wants to change the delivery address of an order.",
                is_free=True,
            ),
            "summary": ToolParameter(
                description="What was said so far, in three sentences at most, for the person who takes over.",
                example="Ada ordered on Monday. The parcel goes to her old address.",
                is_required=False,
                is_free=True,
            ),
        },
        reply=TransferReply,
        asks_who_is_there=True,
        is_momentary=True,
        assigns=("transfer_number",),
        hands_over_to="transfer_number",
    ),
    Tool(
        name="get-contact",
        description=(
            "Looks up what the company knows of the caller: name, e-mail address, when they last called, and notes."
            " Use it before you ask for what may be known."
        ),
        parameters={
            "phone_number": ToolParameter(
                description="Another person's telephone number; leave it out for the caller's own.",
                example="+14165550199",
                is_required=False,
            )
        },
        reply=ContactReply,
        is_momentary=True,
    ),
    Tool(
        name="create-note",
        description="Writes down what was agreed, or what a colleague has to know, with the person whom it is about.",
        parameters={
            "phone_number": _NUMBER,
            "note": ToolParameter(
                description="What is to be written down: whole sentences, with names and dates.",
                example="Wants an offer for ten seats by Friday.",
                is_free=True,
            ),
        },
        changes=True,
    ),
    Tool(
        name="update-contact",
        description=(
            "Keeps a name or an e-mail address that the person has told and that is not known yet. What is known is"
            " not replaced."
        ),
        parameters={
            "phone_number": _NUMBER,
            "first_name": ToolParameter(description="The first name.", example="Ada", is_required=False),
            "last_name": ToolParameter(description="The last name.", example="Lovelace", is_required=False),
            "email": ToolParameter(
                description="The e-mail address, such as ada@example.com.", example="ada@example.com", is_required=False
            ),
        },
        reply=UpdatedContactReply,
        changes=True,
    ),
    Tool(
        name="schedule-callback",
        description=(
            "Plans a call back to the person at the time that they ask for. Find out day and hour first, and say them"
            " back; the answer says when it will be, which may be later where calls are not permitted at that hour."
        ),
        parameters={
            "phone_number": _NUMBER,
            "when": ToolParameter(
                description=(
                    "Date and time in ISO 8601: by the person's own clock without an offset, such as"
                    " 2026-12-01T15:00, or with one, such as 2026-12-01T15:00-05:00."
                ),
                example="2030-12-02T15:00-05:00",
            ),
        },
        reply=CallbackReply,
        changes=True,
    ),
    Tool(
        name="send-sms",
        description=(
            "Sends a text message to a person's telephone, such as an address or a time that was agreed. Ask first"
            " whether they want it. It is on its way at once, and cannot be taken back."
        ),
        parameters={
            "phone_number": _NUMBER,
            "message": ToolParameter(
                description="The text as the person reads it: short, in their language, with who writes.",
                example="Example Ltd: your appointment is on Monday at 14:30.",
                is_free=True,
                is_sent=True,
            ),
        },
        changes=True,
        needs_texts=True,
        # The agent has heard an error by then, and may have said it, or sent another.
        is_momentary=True,
    ),
    Tool(
        name="do-not-call",
        description="Use it at once when a person says that they do not want to be called again.",
        parameters={"phone_number": _NUMBER},
        changes=True,
    ),
    Tool(
        name="recording-consent",
        description=(
            "Use it when the person has been told that the call is recorded, or has said yes or no to that. After a no"
            " no recording of the call is kept."
        ),
        parameters={
            "state": ToolParameter(
                description="announced: told, and nothing said to it; granted: a yes; denied: a no.", example="granted"
            )
        },
        changes=True,
    ),
)

# What conversations keep of answers. Each has them from its start, empty: a provider may end one that names a variable
# which it does not have.
ASSIGNED: Final = frozenset(name for tool in TOOLS for name in tool.assigns)


def handed_over_to(names: Collection[str]) -> str | None:
    """The variable with the number to which an agent with these tools hands callers over."""
    return next((tool.hands_over_to for tool in TOOLS if tool.hands_over_to and tool.name in names), None)
