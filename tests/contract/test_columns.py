"""Whoever may set a column by the API may set it in the admin, and the other way round: two doors, one rule.

Both sides are generated: from the request bodies of the OpenAPI document, and from the admin's registry. What is in a
body and in no table here fails, and so does a difference that nobody has given a reason for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import RequestFactory

from calls.models import Disposition, PhoneNumber, Prompt, Tag, VoiceAccount
from contacts.models import Contact
from conversations.models import Conversation
from tests.admin_site import make_account, make_phone_number, make_superuser
from tests.calls.api.labelling import make_disposition, make_tag
from tests.clients import Answer, logged_in
from tests.contract.components import generated_document
from tests.factories import make_contact, make_conversation, make_organization, make_prompt, make_user
from tether_calls.accounts.models import AccessRole, ApiKey, Organization, User
from tether_calls.accounts.models.api_key import KeyPermission
from tether_calls.common.admin import TetherAdmin

pytestmark = pytest.mark.django_db

PLATFORM = "platform's staff"
ROLES = [*AccessRole.values, PLATFORM]


@dataclass(frozen=True)
class Written:
    """What an operation writes: the columns of a model, and how to ask it to."""

    model: type[Model]
    # Properties whose column has another name, or several; none where it is no column of the row.
    columns: Mapping[str, tuple[str, ...]]
    # What every request has, and a good value of each property that is a column.
    asks: Callable[[Organization], tuple[str, dict[str, Any]]]
    values: Mapping[str, Any] = field(default_factory=dict)
    # Whether it makes the row.
    is_new: bool = False


def _prompt(home: Organization) -> tuple[str, dict[str, Any]]:
    return f"/api/prompts/{make_prompt(home).pk}", {}


def _contact(home: Organization) -> tuple[str, dict[str, Any]]:
    return "/api/contact", {"_id": make_contact(home).pk}


def _number(home: Organization) -> tuple[str, dict[str, Any]]:
    path = "/api/calls/voice-ai/phone-number/toggle"
    return path, {"phoneNumber": make_phone_number(home).phone_number, "aiEnabled": False}


def _account(home: Organization) -> tuple[str, dict[str, Any]]:
    make_account(home, "twilio")
    return "/api/calls/providers/active", {}


def _conversation(home: Organization) -> tuple[str, dict[str, Any]]:
    return f"/api/conversation/{make_conversation(make_contact(home)).pk}/resolve", {"isResolved": True}


def _tag(home: Organization) -> tuple[str, dict[str, Any]]:
    return f"/api/tags/{make_tag(home).pk}", {}


def _disposition(home: Organization) -> tuple[str, dict[str, Any]]:
    return f"/api/dispositions/{make_disposition(home).pk}", {}


NAME = {"name": "Mia"}
TAG = {"name": "Sold", "color": "#1f77b4", "archived": True}
DISPOSITION = {"name": "Sold", "kind": "positive", "archived": True}
PROMPT = {
    **NAME,
    "prompt": "Be kind.",
    "firstMessage": "Hello.",
    "disclosure": "This is an automated call.",
    "voiceId": "v1",
    "language": "fr",
    "voiceEnabled": True,
    "description": "For the front desk",
    "temperature": 0.3,
    "elevenlabsAgentId": "agent_1",
    "ratePerMinute": "0.2",
}
CONTACT = {
    "firstName": "Kim",
    "lastName": "Lee",
    "email": "kim@example.com",
    "source": "web",
    "phoneNumber": "+14165550171",
}
SECRETS = ("secrets",)
TWILIO = {
    "provider": "twilio",
    "twilioAccountSid": "AC" + "0" * 32,
    "twilioAuthToken": "a" * 32,
    "twilioApiKeySid": "SK" + "1" * 32,
    "twilioApiKeySecret": "b" * 32,
    "twilioTwimlAppSid": "AP" + "2" * 32,
    "twilioMessagingServiceSid": "MG" + "3" * 32,
    "phoneNumber": "+14165550100",
}
SINCH = {
    "sinchApplicationKey": "669E367E-6BBA-48AB-AF15-266871C28135",
    "sinchApplicationSecret": "c2luY2gtc2VjcmV0LW9mLW5vYm9keQ==",
    "sinchSipAddress": "sip.example.com",
    "sinchSipUsername": "us",
    "sinchSipPassword": "of-nobody-at-all",
    "sinchSmsServicePlanId": "plan-1",
    "sinchSmsApiToken": "of-nobody-either",
    "sinchSmsWebhookSecret": "of-nobody-at-all",
    "sinchSmsRegion": "eu",
}
# Another word for `voiceEnabled`; what belongs to a version.
_OF_A_CHANGE: dict[str, tuple[str, ...]] = {"voiceAI": (), "note": (), "version": ()}
WRITES = {
    "post /api/api-keys": Written(
        ApiKey,
        {"userId": ("user",), "permissions": tuple(KeyPermission.values)},
        lambda _home: ("/api/api-keys", {"name": "CRM", "permissions": ["can_read_calls"]}),
        {
            "name": "CRM",
            "permissions": ["can_read_calls"],
            "expiresAt": "2099-01-01T00:00:00.000Z",
            "requestsPerMinute": 5,
            "dialsPerDay": 5,
            "userId": lambda home: make_user(organization=home).pk,
        },
        is_new=True,
    ),
    "post /api/tags": Written(
        Tag, {"archived": ("is_archived",)}, lambda _home: ("/api/tags", {"name": "Sold"}), TAG, is_new=True
    ),
    "patch /api/tags/{tagId}": Written(Tag, {"archived": ("is_archived",)}, _tag, TAG),
    "post /api/dispositions": Written(
        Disposition,
        {"archived": ("is_archived",)},
        lambda _home: ("/api/dispositions", {"name": "Sold"}),
        DISPOSITION,
        is_new=True,
    ),
    "patch /api/dispositions/{dispositionId}": Written(
        Disposition, {"archived": ("is_archived",)}, _disposition, DISPOSITION
    ),
    "post /api/contact": Written(Contact, {}, lambda _home: ("/api/contact", CONTACT), CONTACT, is_new=True),
    "put /api/contact": Written(Contact, {"_id": (), "contactId": ()}, _contact, CONTACT),
    "put /api/organizations/{organizationId}/missed-call-message": Written(
        Organization,
        # When it was enabled has a column, and no one enters it.
        {"missedCallAutoMessageEnabled": ()},
        lambda home: (f"/api/organizations/{home.pk}/missed-call-message", {}),
        {"missedCallMessage": "Hello"},
    ),
    "put /api/conversation/{conversationId}/resolve": Written(Conversation, {}, _conversation, {"isResolved": True}),
    "post /api/prompts/create": Written(
        Prompt, _OF_A_CHANGE, lambda _home: ("/api/prompts/create", NAME), PROMPT, is_new=True
    ),
    "put /api/prompts/{promptId}": Written(Prompt, _OF_A_CHANGE, _prompt, PROMPT),
    "post /api/calls/voice-ai/phone-number/toggle": Written(
        PhoneNumber,
        {"phoneNumber": (), "userId": (), "aiAgentId": ("ai_agent",)},
        _number,
        {
            "aiEnabled": False,
            "aiAgentId": lambda home: make_prompt(home).pk,
        },
    ),
    "post /api/calls/providers/config": Written(
        VoiceAccount,
        {
            "twilioAccountSid": ("account_id",),
            "sinchApplicationKey": ("account_id",),
            **dict.fromkeys(("twilioAuthToken", "twilioApiKeySid", "twilioApiKeySecret", "twilioTwimlAppSid"), SECRETS),
            **dict.fromkeys(("sinchApplicationSecret", "sinchSipAddress"), SECRETS),
            **dict.fromkeys(("sinchSipUsername", "sinchSipPassword", "twilioMessagingServiceSid"), SECRETS),
            **dict.fromkeys(("sinchSmsServicePlanId", "sinchSmsApiToken"), SECRETS),
            **dict.fromkeys(("sinchSmsWebhookSecret", "sinchSmsRegion"), SECRETS),
        },
        lambda _home: ("/api/calls/providers/config", {}),
        {**TWILIO, **SINCH},
    ),
    "post /api/calls/providers/active": Written(
        VoiceAccount, {"provider": ("is_active",)}, _account, {"provider": "twilio"}
    ),
    "post /api/calls/voice-ai/config": Written(
        VoiceAccount,
        {
            "aiVoiceProvider": (),
            **dict.fromkeys(("generateToolSecret", "elevenlabsApiKey", "elevenlabsWebhookSecret"), SECRETS),
        },
        lambda _home: ("/api/calls/voice-ai/config", {"elevenlabsApiKey": "sk_of_nobody_at_all"}),
        {
            "generateToolSecret": True,
            "elevenlabsApiKey": "sk_of_nobody_at_all",
            "elevenlabsWebhookSecret": "wsec_of_nobody_at_all",
        },
    ),
}
# Operations with a body that write no column which anybody could enter.
NOTHING_TO_ENTER = {
    "post /api/auth/login": "a session",
    "post /api/auth/logout": "a session",
    "post /api/auth/oidc": "a session",
    "post /api/auth/two-factor": "one's own login; staff have a page of their own for it",
    "post /api/auth/two-factor/confirm": "the same",
    "post /api/auth/two-factor/recovery-codes": "the same",
    "post /api/auth/two-factor/disable": "the same",
    "post /api/auth/password": "one's own password; superusers set everybody's in the admin",
    "post /api/auth/password-reset": "a mail",
    "post /api/auth/password-reset/confirm": "the password of who reads it",
    "put /api/organizations/{organizationId}/access": "for administrators; superusers set it on the page",
    "post /api/auth/refresh": "a session",
    "post /api/api-keys/{keyId}/rotate": "how long the former key works; may_manage_keys at both doors",
    "patch /api/user/availability": "the own row alone, whatever the role; superusers have everybody's in the admin",
    "post /api/calls/{callId}/discard": "takes a call away",
    "patch /api/calls/{callId}": "what people make of a call; every member at both doors",
    "post /api/prompts/{promptId}/versions": "what the agent says; may_write_agents at both doors",
    "post /api/prompts/{promptId}/versions/{versionId}/restore": "the same",
    "put /api/prompts/{promptId}/split": "the same",
    "post /api/prompts/{promptId}/sync": "the same",
    "post /api/calls/voice-ai/tools/sync": "what a button does; may_configure_telephony at both doors",
    "post /api/calls/ai/outbound": "a call: what happened, which the admin lets nobody edit",
    "post /api/calls/ingest": "the same",
    "post /api/calls/ingest/batch": "the same",
    "post /api/calls/live": "the same",
    "post /api/calls/sdk/answer": "the same",
    "post /api/calls/sdk/inbound": "the same",
    "post /api/calls/sdk/initiate": "the same",
    "post /api/calls/sdk/reject": "the same",
    "post /api/v1/calls": "the same",
    "post /api/calls/may-call": "a question, of which nothing is kept",
    "post /api/v1/may-call": "the same",
    "post /api/consents": "what the admin's form hands to the same service, with the same checks",
    "post /api/consents/import": "the same, from a file",
    "post /api/legal-holds": "the same",
    "post /api/privacy/requests": "the same",
    "put /api/organizations/retention": "the same",
    "patch /api/calls/scheduled/{scheduledId}": "moves a call; its planner and department heads, and the admin cancels",
    "patch /api/v1/scheduled-calls/{scheduled_id}": "the same by keys that may dial",
    "post /api/reminders": "one's own, which nobody else sees",
    "post /api/contacts/phoneNumber": "looks a contact up",
    "post /api/messages/send": "a text: what happened, as of calls",
    "post /api/v1/messages": "the same by keys that may send texts",
    "post /api/contact-notes": "a note; every member's at both doors, changed by its writer and administrators",
    "patch /api/contact-notes/{noteId}": "the same",
    "post /api/scorecards": "its criteria are rows of their own; may_keep_scorecards at both doors",
    "patch /api/scorecards/{scorecardId}": "the same",
    "put /api/calls/{callId}/scores": "what a reviewer makes of a call; may_review at both doors",
    "post /api/conversation/all": "looks conversations up",
    "post /api/exports": "an export's row is made by the request alone; may_export, and the admin shows them",
    "post /api/v1/contacts/create": "keys that may write contacts, which only those make who may in the admin",
    "post /api/v1/contacts/{contact_id}/context": "the same",
    "post /api/v1/business/context": "the same",
    "post /api/v1/context-variables": "the same",
    "patch /api/v1/context-variables/{variable_id}": "the same",
    "post /api/v1/webhooks": "keys that may manage webhooks, which only those make who may in the admin",
    "patch /api/v1/webhooks/{webhook_id}": "the same",
    "post /api/v1/webhooks/{webhook_id}/rotate": "the same",
}


class Difference(NamedTuple):
    """A column that other people set by the API than in the admin, and why."""

    by_api: frozenset[str]
    why: str


EVERYBODY = frozenset(ROLES)
SUPERADMINS = frozenset({AccessRole.SUPERADMIN.value, PLATFORM})
DIFFERENT: dict[tuple[type[Model], str], Difference] = {
    (Conversation, "is_resolved"): Difference(EVERYBODY, "the admin shows conversations, and edits none"),
    (Organization, "missed_call_message"): Difference(
        frozenset({AccessRole.ADMIN.value, AccessRole.SUPERADMIN.value, PLATFORM}),
        "the page of an organization in the admin is the platform's",
    ),
    **{
        (VoiceAccount, column): Difference(
            SUPERADMINS, "the admin has base_url on the same page, which is the platform's: secrets are sent there"
        )
        for column in ("account_id", "phone_number", "secrets", "is_active", "provider")
    },
}


# ---- The tables are complete -------------------------------------------------------------------------------------


def bodies() -> Iterator[tuple[str, list[str]]]:
    """Each operation whose body is ours to define, with the names of its properties."""
    document = generated_document()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if not path.startswith("/api/webhook/"):  # providers' words
                    yield f"{method} {path}", sorted(_properties(content["schema"], document))


def _properties(schema: dict[str, Any], document: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    parts = [part for key in ("allOf", "oneOf", "anyOf") for part in schema.get(key, [])]
    return set(schema.get("properties", ())).union(*(_properties(part, document) for part in parts))


def _columns_of(operation: str, name: str) -> tuple[str, ...]:
    snake = re.sub(r"(?<=[a-z0-9])[A-Z]", lambda found: f"_{found[0].lower()}", name)
    return WRITES[operation].columns.get(name, (snake,))


BODIES = dict(bodies())


def test_each_operation_with_a_body_is_in_one_of_the_tables() -> None:
    assert BODIES.keys() == WRITES.keys() | NOTHING_TO_ENTER.keys()
    assert not WRITES.keys() & NOTHING_TO_ENTER.keys()


@pytest.mark.parametrize("operation", WRITES)
def test_each_property_is_a_column_or_known_to_be_none(operation: str) -> None:
    known = {each.name for each in WRITES[operation].model._meta.get_fields()}

    assert {column for name in BODIES[operation] for column in _columns_of(operation, name)} <= known


@pytest.mark.parametrize("operation", WRITES)
def test_each_property_that_is_a_column_is_tried(operation: str) -> None:
    assert {name for name in BODIES[operation] if _columns_of(operation, name)} == WRITES[operation].values.keys()


# ---- Who may -----------------------------------------------------------------------------------------------------


def person(home: Organization, role: str) -> User:
    """Staff of the organization with that role."""
    if role == PLATFORM:
        user = make_superuser()
        user.organization, user.access_role = home, AccessRole.SALES_REP
        user.save()
        return user
    return make_user(organization=home, access_role=role, is_staff=True)


def by_api(operation: str, name: str, role: str) -> Answer:
    """The answer to somebody who sends that property."""
    home = make_organization()
    written = WRITES[operation]
    path, body = written.asks(home)
    value = written.values[name]
    body |= {name: value(home) if callable(value) else value}
    if operation.endswith("/providers/config"):
        # Credentials come together.
        body = {**SINCH, "provider": "sinch"} if name in SINCH else TWILIO
    client = logged_in(person(home, role))
    method = operation.partition(" ")[0]
    return client.request(method.upper(), path, data=json.dumps(body), content_type="application/json")


def in_the_admin(model: type[Model], column: str, role: str, *, is_new: bool) -> bool:
    """Whether the form of the model's page has the column, to be filled in."""
    home = make_organization()
    request = RequestFactory().get("/")
    request.user = person(home, role)
    site: TetherAdmin = admin.site.get_model_admin(model)  # type: ignore[assignment]
    row = None if is_new else model()
    if not (site.has_add_permission(request) if is_new else site.has_change_permission(request, row)):
        return False
    named = [each for _, options in site.get_fieldsets(request, row) for each in options["fields"]]
    flat = {each for name in named for each in (name if isinstance(name, tuple | list) else (name,))}
    return column in flat - set(site.get_readonly_fields(request, row))


PAIRS = [
    pytest.param(operation, name, id=f"{operation} {name}")
    for operation, written in WRITES.items()
    for name in written.values
]


@pytest.mark.parametrize(("operation", "name"), PAIRS)
def test_the_same_people_may_set_it_by_the_api_and_in_the_admin(operation: str, name: str) -> None:
    model, is_new = WRITES[operation].model, WRITES[operation].is_new
    answers = {role: by_api(operation, name, role) for role in ROLES}
    assert {answer.status for answer in answers.values()} <= {200, 201, 403}, answers
    may = {role for role, answer in answers.items() if answer.status != 403}
    for column in _columns_of(operation, name):
        different = DIFFERENT.get((model, column))
        if different is not None:
            assert may == different.by_api
            assert different.why
        else:
            assert may == {role for role in ROLES if in_the_admin(model, column, role, is_new=is_new)}
