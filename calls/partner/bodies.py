"""What /api/v1 is sent, apart from the dial, whose faults have an order and codes of their own (`dial_body`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from calls.documents.webhook_call import EventType
from calls.services.agent_calls.call_variables import fault_of_context_name
from calls.services.texts.queue_text import TEXT_MAX
from calls.services.webhooks_out.subscriptions import SubscriptionChanges
from contacts.services.context import MOST_OPTIONS, MOST_VARIABLES, VariableChanges
from tether_calls.accounts.services.api_keys import MAX_OVERLAP
from tether_calls.common.bodies import Body, given
from tether_calls.common.errors import Detail
from tether_calls.common.fields import email_address, object_id, telephone_number, text
from tether_calls.common.wire import UNSET, UnsetType

_NAME = text(max_length=100)
_URL = text(max_length=2048, description="https, on the public internet.")
_EVENTS = msgspec.Meta(min_length=1, max_length=20)
_Option = Annotated[str, text(max_length=200)]
_OPTIONS = msgspec.Meta(max_length=MOST_OPTIONS, description="Of `select`: what the value may be.")
_VALUES = msgspec.Meta(description="Texts of at most 1,000 characters, numbers, true or false.")
_DEFAULT_OVERLAP_HOURS = 24
_MAX_OVERLAP_HOURS = int(MAX_OVERLAP.total_seconds()) // 3600


class WebhookCreateRequest(Body, rename=None):
    """A new webhook; unknown fields are ignored."""

    example: ClassVar[dict[str, Any]] = {
        "name": "CRM",
        "url": "https://crm.example.com/calls",
        "subscribed_events": ["call.ended", "call.transcript"],
    }

    name: Annotated[str, _NAME]
    url: Annotated[str, _URL]
    subscribed_events: Annotated[list[EventType], _EVENTS]


class WebhookChangeRequest(Body, rename=None):
    """What is to become different; what is left out stays as it is."""

    example: ClassVar[dict[str, Any]] = {"subscribed_events": ["call.ended"], "enabled": True}

    name: Annotated[str, _NAME] | UnsetType = UNSET
    url: Annotated[str, _URL] | UnsetType = UNSET
    subscribed_events: Annotated[list[EventType], _EVENTS] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET

    @property
    def changes(self) -> SubscriptionChanges:
        renamed: Any = {"is_active" if name == "enabled" else name: value for name, value in given(self).items()}
        changes: SubscriptionChanges = renamed
        return changes


class WebhookRotateRequest(Body, rename=None):
    """How the old secret ends."""

    example: ClassVar[dict[str, Any]] = {"overlap_hours": 24}

    may_be_left_out: ClassVar[bool] = True

    overlap_hours: Annotated[
        int, msgspec.Meta(ge=0, le=_MAX_OVERLAP_HOURS, description="How long the old secret signs as well.")
    ] = _DEFAULT_OVERLAP_HOURS

    @property
    def overlap(self) -> timedelta:
        return timedelta(hours=self.overlap_hours)


# ---- Texts ---------------------------------------------------------------------------------------------------------


class PartnerMessageRequest(Body, rename=None):
    """A text to a number, or to a contact: one of them is named."""

    example: ClassVar[dict[str, Any]] = {
        "phone_number": "+14165550199",
        "content": "Your appointment is on Monday at 14:30.",
    }

    content: Annotated[
        str, text(description=f"At most {TEXT_MAX} characters of UTF-16.", schema={"maxLength": TEXT_MAX})
    ]
    phone_number: (
        Annotated[str, text(max_length=100, description="With its country code; its contact is found, or made.")]
        | UnsetType
    ) = UNSET
    contact_id: Annotated[str, object_id(description="In place of `phone_number`.")] | UnsetType = UNSET

    def faults(self) -> Iterable[Detail]:
        if (self.phone_number is UNSET) == (self.contact_id is UNSET):
            yield Detail("", "Name either phone_number or contact_id")


# ---- Context variables -----------------------------------------------------------------------------------------------


class ContextVariableCreateRequest(Body, rename=None):
    """A variable is defined before it is set."""

    example: ClassVar[dict[str, Any]] = {
        "name": "membership_level",
        "display_name": "Membership level",
        "variable_type": "select",
        "context_type": "contact",
        "select_options": ["Bronze", "Silver", "Gold"],
    }

    name: Annotated[str, text(fault_of_context_name, max_length=100)]
    display_name: Annotated[str, text(max_length=200)]
    variable_type: Literal["text", "number", "date", "boolean", "select"]
    context_type: Literal["contact", "business"]
    description: Annotated[str, text(max_length=1000, may_be_blank=True)] = ""
    select_options: Annotated[list[_Option], _OPTIONS] | None = None


class ContextVariableChangeRequest(Body, rename=None):
    """What is to become different; name and `context_type` stay."""

    example: ClassVar[dict[str, Any]] = {"display_name": "Level"}

    display_name: Annotated[str, text(max_length=200)] | UnsetType = UNSET
    description: Annotated[str, text(max_length=1000, may_be_blank=True)] | UnsetType = UNSET
    variable_type: Literal["text", "number", "date", "boolean", "select"] | UnsetType = UNSET
    select_options: Annotated[list[_Option], _OPTIONS] | UnsetType = UNSET

    @property
    def changes(self) -> VariableChanges:
        changes: Any = given(self)
        found: VariableChanges = changes
        return found


class ContextRequest(Body, rename=None):
    """Values by name; null takes one away, and what is not named stays."""

    example: ClassVar[dict[str, Any]] = {
        "variables": {"membership_level": "Gold", "account_balance": 250.5},
        "auto_create_variables": True,
    }

    variables: Annotated[dict[str, Any], _VALUES]
    auto_create_variables: Annotated[
        bool, msgspec.Meta(description="Define names that are not, by the kind of their values.")
    ] = False

    def faults(self) -> Iterable[Detail]:
        yield from _faults_of_names("variables", self.variables)


class PartnerContactCreateRequest(Body, rename=None):
    """A contact, and what agents are told of it."""

    example: ClassVar[dict[str, Any]] = {
        "phone_number": "+14165550188",
        "first_name": "Jamie",
        "custom_context": {"membership_level": "Gold"},
        "auto_create_variables": True,
    }

    phone_number: Annotated[str, telephone_number()]
    first_name: Annotated[str, text(max_length=200, may_be_blank=True)] = ""
    last_name: Annotated[str, text(max_length=200, may_be_blank=True)] = ""
    email: Annotated[str, email_address()] = ""
    custom_context: Annotated[dict[str, Any], _VALUES] = msgspec.field(default_factory=dict)
    auto_create_variables: bool = False

    def faults(self) -> Iterable[Detail]:
        yield from _faults_of_names("custom_context", self.custom_context)


def _faults_of_names(path: str, values: dict[str, Any]) -> Iterable[Detail]:
    if len(values) > MOST_VARIABLES:
        yield Detail(path, f"More than {MOST_VARIABLES}")
        return
    for name in values:
        if (fault := fault_of_context_name(name)) is not None:
            yield Detail(f"{path}.{name[:100]}", fault)
