"""No request crosses from one organization to another; what is theirs answers like what does not exist."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from calls.models import (
    Call,
    CallScore,
    CallTag,
    Criterion,
    CriterionScore,
    Disposition,
    LegalHold,
    PrivacyRequest,
    Prompt,
    PromptVersion,
    Recording,
    RedactionRun,
    ScheduledCall,
    Scorecard,
    Tag,
    Transfer,
    TransferOffer,
    WebhookMessage,
    WebhookSubscription,
)
from calls.selectors.review.scorecards import criteria_of
from contacts.models import Consent, Contact, ContactNote, ContextValue, ContextVariable, Reminder
from conversations.models import Conversation, Message
from tests.accounts.keys import ALL_PERMISSIONS, make_key
from tests.admin_site import make_webhook
from tests.calls.api.labelling import make_disposition, make_tag, put_on
from tests.calls.api.reading import HISTORY, STATISTICS, add_recording, history
from tests.calls.api.scoring import make_score, make_scorecard
from tests.calls.exporting import make_export
from tests.calls.partner.partners import partner_of
from tests.calls.scheduling import make_scheduled
from tests.clients import Answer, ApiClient
from tests.factories import (
    make_call,
    make_contact,
    make_conversation,
    make_message,
    make_prompt,
    make_reminder,
    make_user,
)
from tests.undone import undone
from tether_calls.accounts.models import AccessRole, ApiKey, User, UserSession
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

SECRET = "platypus"

# Every read that takes the id of a row: method, path, query; `{call}` is the id of a call, and so on.
READS_BY_ID: list[tuple[str, str]] = [
    ("/api/calls/{call}/live", ""),
    ("/api/prompts/{prompt}/versions", ""),
    ("/api/prompts/{prompt}/versions/{version}", ""),
    ("/api/calls/{call}", ""),
    ("/api/calls/{call}/recording", ""),
    ("/api/calls/{call}/access", ""),
    ("/api/contacts/{contact}", ""),
    ("/api/conversation/{conversation}", ""),
    ("/api/conversation/{conversation}/messages", ""),
    ("/api/prompts/{prompt}", ""),
    ("/api/exports/{export}", ""),
    ("/api/calls/scheduled/{scheduled}", ""),
    ("/api/calls/scheduled", "contactId={contact}"),
    ("/api/calls/scheduled", "agentId={prompt}"),
    ("/api/reminders", "contactId={contact}"),
    ("/api/scorecards/{scorecard}", ""),
    ("/api/privacy/redactions/{redaction}", ""),
    ("/api/privacy/requests/{request}", ""),
    ("/api/privacy/requests/{request}/certificate", ""),
    ("/api/calls/{call}/scores", ""),
    ("/api/contact-notes", "contactId={contact}"),
    ("/api/contact-notes", "callId={call}"),
    (HISTORY, "contactId={contact}"),
    (HISTORY, "userId={user}"),
    (HISTORY, "contactId={contact}&include=aiTranscript&q=" + SECRET),
]
# Every request that changes or names a row: path, body.
WRITES_BY_ID: list[tuple[str, dict[str, Any]]] = [
    ("/api/calls/{call}/terminate", {}),
    ("/api/calls/{call}/recording/pause", {}),
    ("/api/calls/{call}/recording/resume", {}),
    ("/api/calls/{call}/discard", {}),
    ("/api/calls/{call}/discard", {"contactId": "{contact}", "deleteContact": True}),
    ("/api/calls/sdk/initiate", {"contactId": "{contact}"}),
    ("/api/calls/sdk/answer", {"callId": "{call}"}),
    ("/api/calls/sdk/reject", {"callId": "{call}"}),
]
# Every read that shows what there is, with parameters that would find it.
READS_OF_ALL: list[tuple[str, str]] = [
    (HISTORY, ""),
    (HISTORY, "include=aiTranscript&limit=200"),
    (HISTORY, "status=completed&direction=inbound&provider=external"),
    (HISTORY, "fromNumber=%2B442079460018"),
    (HISTORY, "toNumber=%2B442079460019"),
    (HISTORY, f"q={SECRET}"),
    (HISTORY, "q=%2B442079460018"),
    (HISTORY, "q=79460018"),
    (HISTORY, "startDate=2000-01-01&endDate=2100-01-01"),
    (STATISTICS, ""),
    (STATISTICS, "startDate=2000-01-01&endDate=2100-01-01"),
    ("/api/contacts", ""),
    ("/api/contacts", "search=" + SECRET),
    ("/api/contacts", "search=%2B442079460018"),
    ("/api/contacts", "source=" + SECRET),
    ("/api/prompts/user", ""),
    ("/api/api-keys", ""),
    ("/api/exports", ""),
    ("/api/access", ""),
    ("/api/audit", ""),
    ("/api/calls/scheduled", ""),
    ("/api/reminders", ""),
    ("/api/consents", ""),
    ("/api/consents/export", ""),
    ("/api/tags", "include=archived"),
    ("/api/dispositions", "include=archived"),
]
# Everything else that takes the id of a row, or what a row is found by: method, path, body.
WITH_BODY: list[tuple[str, str, Any]] = [
    ("POST", "/api/contacts/phoneNumber", {"phoneNumber": "{number}"}),
    ("POST", "/api/conversation/all", {"contactId": "{contact}"}),
    ("PUT", "/api/contact", {"_id": "{contact}", "firstName": "Mallory"}),
    ("PUT", "/api/contact", {"contactId": "{contact}", "phoneNumber": "+442079460099"}),
    ("PUT", "/api/conversation/{conversation}/resolve", {"isResolved": True}),
    ("PUT", "/api/prompts/{prompt}", {"name": "Mallory", "elevenlabsAgentId": "agent_mallory"}),
    ("PUT", "/api/organizations/{organization}/missed-call-message", {"missedCallMessage": "Mallory"}),
    ("PUT", "/api/organizations/{organization}/access", {"narrowsRoles": True}),
    ("DELETE", "/api/auth/sessions/{session}", None),
    ("PATCH", "/api/calls/{call}", {"isStarred": True}),
    ("DELETE", "/api/calls/{call}/content?part=audio", None),
    ("DELETE", "/api/legal-holds/{hold}", None),
    ("PUT", "/api/calls/{call}/opt-out", None),
    ("DELETE", "/api/calls/{call}/opt-out", None),
    ("POST", "/api/calls/transfers/{transfer}/accept", None),
    ("POST", "/api/calls/transfers/{transfer}/decline", None),
    ("POST", "/api/prompts/{prompt}/versions", {"prompt": "Mallory", "note": "Mallory"}),
    ("POST", "/api/prompts/{prompt}/versions/{version}/restore", {}),
    ("PUT", "/api/prompts/{prompt}/split", {"versionId": "{version}", "percent": 10}),
    ("DELETE", "/api/prompts/{prompt}/split", None),
    ("PATCH", "/api/tags/{tag}", {"name": "Mallory"}),
    ("PATCH", "/api/dispositions/{disposition}", {"name": "Mallory"}),
    ("DELETE", "/api/tags/{tag}", None),
    ("POST", "/api/contact-notes", {"contactId": "{contact}", "note": "Mallory"}),
    ("PATCH", "/api/contact-notes/{note}", {"note": "Mallory"}),
    ("DELETE", "/api/contact-notes/{note}", None),
    ("DELETE", "/api/dispositions/{disposition}", None),
    ("PATCH", "/api/calls/scheduled/{scheduled}", {"notBefore": "2030-12-02T15:00:00Z"}),
    ("DELETE", "/api/calls/scheduled/{scheduled}", None),
    ("POST", "/api/reminders", {"contactId": "{contact}", "note": "Mallory", "reminderDate": "2030-12-02T15:00:00Z"}),
    ("DELETE", "/api/reminders/{reminder}", None),
    ("DELETE", "/api/consents/{consent}", None),
    ("POST", "/api/calls/may-call", {"phoneNumber": "{number}", "agentId": "{prompt}"}),
    ("DELETE", "/api/contacts/{contact}", None),
    ("DELETE", "/api/prompts/{prompt}", None),
    ("PATCH", "/api/scorecards/{scorecard}", {"name": "Mallory"}),
    (
        "PUT",
        "/api/calls/{call}/scores",
        {"scorecardId": "{scorecard}", "answers": [{"criterionId": "{criterion}", "value": 1}]},
    ),
    ("DELETE", "/api/calls/{call}/scores", None),
    ("POST", "/api/api-keys/{key}/rotate", {"overlapSeconds": 60}),
    ("DELETE", "/api/api-keys/{key}", None),
]
# Every read of partners that takes the id of a row, and every one that shows what there is: path, query.
READS_BY_ID_OF_PARTNERS: list[tuple[str, str]] = [
    ("/api/v1/calls/{call}", ""),
    ("/api/v1/contacts/{contact}", ""),
    ("/api/v1/calls", "agent_id={prompt}"),
    ("/api/v1/scheduled-calls/{scheduled}", ""),
    ("/api/v1/messages/{message}", ""),
    ("/api/v1/messages", "contact_id={contact}"),
    ("/api/v1/scheduled-calls", "contact_id={contact}"),
]
WRITES_BY_ID_OF_PARTNERS: list[tuple[str, str, Any]] = [
    ("PATCH", "/api/v1/webhooks/{webhook}", {"name": "Mallory", "url": "https://mallory.example.com/"}),
    ("POST", "/api/v1/webhooks/{webhook}/rotate", {"overlap_hours": 0}),
    ("POST", "/api/v1/webhooks/{webhook}/test", {}),
    ("DELETE", "/api/v1/webhooks/{webhook}", None),
    ("PATCH", "/api/v1/scheduled-calls/{scheduled}", {"not_before": "2030-12-02T15:00:00Z"}),
    ("DELETE", "/api/v1/scheduled-calls/{scheduled}", None),
    ("POST", "/api/v1/contacts/{contact}/context", {"variables": {"level": "Mallory"}}),
    ("PATCH", "/api/v1/context-variables/{variable}", {"display_name": "Mallory"}),
    ("DELETE", "/api/v1/context-variables/{variable}", None),
]
# What asks a provider: tests/calls/api/test_sync_agents.py has it.
ASKS_A_PROVIDER = {"/api/prompts/{prompt}/sync"}
READS_OF_ALL_OF_PARTNERS: list[tuple[str, str]] = [
    ("/api/v1/agents", ""),
    ("/api/v1/webhooks", ""),
    ("/api/v1/scheduled-calls", ""),
    ("/api/v1/messages", ""),
    ("/api/v1/calls", "agent_id=agent_1"),
    ("/api/v1/calls", "status=completed&type=inbound&limit=100"),
    ("/api/v1/contacts", ""),
    ("/api/v1/contacts", "search=" + SECRET),
]
# What differs between two requests, whatever they are about.
OF_THE_REQUEST = ("X-Request-ID", "RateLimit-Remaining", "RateLimit-Reset")
MODELS = (
    *(CallScore, Criterion, CriterionScore, Scorecard),
    *(ApiKey, Call, CallTag, Contact, ContactNote, Conversation, Disposition, Message, Prompt, Tag, WebhookMessage),
    *(WebhookSubscription, ScheduledCall, Reminder, Consent),
    UserSession,
    *(LegalHold, PrivacyRequest, Recording, RedactionRun),
    *(Transfer, TransferOffer, PromptVersion, ContextVariable, ContextValue),
)


@pytest.fixture
def user(db: None) -> User:
    return make_user(access_role=AccessRole.SUPERADMIN)


@pytest.fixture
def other_user(db: None) -> User:
    """Who may do most of all in another organization."""
    return make_user(access_role=AccessRole.SUPERADMIN)


@pytest.fixture
def ids(user: User) -> dict[str, str]:
    """The ids of a call with everything, of an organization that is not `other_api`'s."""
    assert user.organization is not None
    contact = make_contact(user.organization, first_name=SECRET, phone_number="+442079460018", source=SECRET)
    conversation = make_conversation(contact)
    prompt = make_prompt(user.organization, elevenlabs_agent_id="agent_1")
    tag, disposition = make_tag(user.organization, SECRET), make_disposition(user.organization, SECRET)
    call = make_call(
        user,
        contact=contact,
        conversation=conversation,
        ai_agent=prompt,
        direction="inbound",
        from_number="+442079460018",
        to_number="+442079460019",
        ai_summary=SECRET,
        disposition=disposition,
        ai_transcript=[{"role": "user", "message": SECRET}],
    )
    add_recording(call)
    put_on(call, tag)
    scorecard = make_scorecard(user, SECRET)
    make_score(user, call, scorecard)
    version, current = (
        PromptVersion.objects.create(organization=user.organization, agent=prompt, number=number, prompt=SECRET)
        for number in (1, 2)
    )
    Prompt.objects.filter(pk=prompt.pk).update(version=current, versions_made=2)
    level = ContextVariable.objects.create(
        organization=user.organization, name="level", display_name=SECRET, context_type="contact", variable_type="text"
    )
    soon = timezone.now() + timedelta(hours=1)
    transfer = Transfer.objects.create(
        organization=user.organization, provider="elevenlabs", transfer_number="+442079460019", expires_at=soon
    )
    TransferOffer.objects.create(organization=user.organization, transfer=transfer, user=user, until=soon)
    make_message(conversation, call_id=call.pk, content=SECRET)
    return {
        "call": call.pk,
        "contact": contact.pk,
        "conversation": conversation.pk,
        "prompt": prompt.pk,
        "organization": user.home_id,
        "user": user.pk,
        "key": make_key(user, *ALL_PERMISSIONS).pk,
        "number": contact.phone_number,
        "message": make_message(conversation, content=SECRET, channel_type="sms", status="received").pk,
        "scheduled": make_scheduled(user, contact=contact, agent=prompt, call_reason=SECRET).pk,
        "reminder": make_reminder(user, contact, note=SECRET).pk,
        "version": version.pk,
        "variable": level.pk,
        "transfer": transfer.pk,
        "consent": Consent.objects.create(
            organization=user.organization,
            phone_number=contact.phone_number,
            basis="express",
            purpose="service",
            obtained_at=timezone.now(),
            evidence=SECRET,
            source="api",
        ).pk,
        "hold": LegalHold.objects.create(
            organization=user.organization,
            scope="contact",
            contact_id=make_contact(user.organization).pk,
            reason=SECRET,
        ).pk,
        "redaction": RedactionRun.objects.create(organization=user.organization, kinds="card").pk,
        "request": PrivacyRequest.objects.create(
            organization=user.organization,
            kind="find",
            phone_number=contact.phone_number,
            subject=SECRET,
            state="done",
            certificate=SECRET,
            due_at=soon,
        ).pk,
        "webhook": make_webhook(user.organization).pk,
        "export": make_export(user).pk,
        "session": UserSession.objects.create(user=user, kind="api", created_at=soon, used_at=soon, expires_at=soon).pk,
        "tag": tag.pk,
        "note": ContactNote.objects.create(
            organization=user.organization, contact=contact, user=user, note=SECRET, call_id=call.pk
        ).pk,
        "disposition": disposition.pk,
        "scorecard": scorecard.pk,
        "criterion": criteria_of(scorecard)[0].pk,
    }


def unknown_ids(ids: dict[str, str]) -> dict[str, str]:
    return {name: "+442079460077" if name == "number" else new_object_id() for name in ids}


def read(client: ApiClient, path: str, query: str) -> Answer:
    return client.request("GET", path, QUERY_STRING=query)


def send(client: ApiClient, method: str, path: str, body: Any, ids: dict[str, str]) -> Answer:
    data = b""
    if body is not None:
        data = re.sub(r"{(\w+)}", lambda name: ids[name[1]], json.dumps(body)).encode()
    return client.request(method, path.format(**ids), data=data, content_type="application/json")


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in MODELS]


def all_of(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_REQUEST}
    return answer.status, answer.content, headers


def test_an_id_of_another_organization_is_answered_byte_for_byte_like_an_unknown_one(
    ids: dict[str, str], api: ApiClient, other_api: ApiClient
) -> None:
    assert _told_apart(READS_BY_ID, ids, owner=api, other=other_api) == []


def test_partners_get_the_same_answer_for_an_id_of_another_organization_as_for_an_unknown_one(
    ids: dict[str, str], user: User, other_user: User
) -> None:
    reads = READS_BY_ID_OF_PARTNERS
    assert _told_apart(reads, ids, owner=partner_of(user), other=partner_of(other_user)) == []


def _told_apart(
    reads: list[tuple[str, str]], ids: dict[str, str], *, owner: ApiClient, other: ApiClient
) -> list[tuple[Any, ...]]:
    """The reads that answer an id of others unlike one of nothing, and those that show its owner nothing."""
    unknown, found = unknown_ids(ids), list[tuple[Any, ...]]()
    for path, query in reads:
        theirs = all_of(read(other, path.format(**ids), query.format(**ids)))
        nobodys = all_of(read(other, path.format(**unknown), query.format(**unknown)))
        if theirs != nobodys:
            found.append((path, query, theirs, nobodys))
        # The ids are right: their owner does see something.
        if all_of(read(owner, path.format(**ids), query.format(**ids))) == nobodys:
            found.append((path, query, "shows its owner nothing"))
    return found


def test_partners_change_nothing_of_another_organization(ids: dict[str, str], user: User, other_user: User) -> None:
    owner, other = partner_of(user), partner_of(other_user)
    assert _reached(WRITES_BY_ID_OF_PARTNERS, ids, owner=owner, other=other, granted=(200, 202)) == []


def _reached(
    requests: list[tuple[str, str, Any]],
    ids: dict[str, str],
    *,
    owner: ApiClient,
    other: ApiClient,
    granted: tuple[int, ...],
) -> list[tuple[Any, ...]]:
    """The requests that tell of another organization's row, or change one, and those that are refused to its owner."""
    before, unknown, found = everything(), unknown_ids(ids), list[tuple[Any, ...]]()
    for method, path, body in requests:
        # What one changes is not there for the next.
        with undone():
            theirs = send(other, method, path, body, ids)
            nobodys = send(other, method, path, body, unknown)
            if all_of(theirs) != all_of(nobodys) or theirs.status != 404:
                found.append((method, path, body, theirs, nobodys))
            if everything() != before:
                found.append((method, path, body, "changes something"))
            # The request is right: the owner's is granted.
            answer = send(owner, method, path, body, ids)
            if answer.status not in granted:
                found.append((method, path, body, "is refused to its owner", answer))
    return found


def test_what_another_organization_has_changes_no_answer_to_a_partner(
    user: User, request: pytest.FixtureRequest, other_user: User
) -> None:
    other = partner_of(other_user)
    before = _answers(other, READS_OF_ALL_OF_PARTNERS)

    request.getfixturevalue("ids")

    assert {status for status, *_ in before.values()} == {200}
    assert _answers(other, READS_OF_ALL_OF_PARTNERS) == before
    owners = _answers(partner_of(user), READS_OF_ALL_OF_PARTNERS)
    assert [asked for asked, answer in owners.items() if answer == before[asked]] == []


def _answers(client: ApiClient, reads: list[tuple[str, str]]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What the access log has of a read is not there for the next one."""
    answers = {}
    for path, query in reads:
        with undone():
            answers[path, query] = all_of(read(client, path, query))
    return answers


def test_a_write_to_another_organization_is_answered_like_one_to_nobody_and_changes_nothing(
    ids: dict[str, str], other_api: ApiClient
) -> None:
    before, found = rows_of(ids), list[tuple[Any, ...]]()
    unknown = {name: new_object_id() for name in ids}
    for path, body in WRITES_BY_ID:
        theirs, nobodys = (
            other_api.post(
                path.format(**names),
                {field: value.format(**names) if isinstance(value, str) else value for field, value in body.items()},
            )
            for names in (ids, unknown)
        )
        if all_of(theirs) != all_of(nobodys):
            found.append((path, body, theirs, nobodys))
        if rows_of(ids) != before:
            found.append((path, body, "changes something"))
    assert found == []


def rows_of(ids: dict[str, str]) -> list[Any]:
    calls, contacts = Call.objects.filter(pk=ids["call"]), Contact.objects.filter(pk=ids["contact"])
    return [*calls.values(), *contacts.values()]


def test_what_another_organization_has_changes_no_answer(
    user: User, request: pytest.FixtureRequest, other_api: ApiClient
) -> None:
    before = _answers(other_api, READS_OF_ALL)

    request.getfixturevalue("ids")

    assert {status for status, *_ in before.values()} == {200}
    assert _answers(other_api, READS_OF_ALL) == before


def test_a_request_about_another_organizations_row_is_answered_like_one_about_none_and_changes_nothing(
    ids: dict[str, str], api: ApiClient, other_api: ApiClient
) -> None:
    assert _reached(WITH_BODY, ids, owner=api, other=other_api, granted=(200, 201)) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/contact", {"phoneNumber": "+442079460018", "firstName": "Sam"}),
        ("/api/prompts/create", {"name": "Alex", "elevenlabsAgentId": "agent_1"}),
    ],
)
def test_what_another_organization_has_is_in_nobodys_way(
    path: str, body: Any, ids: dict[str, str], other_api: ApiClient, other_user: User
) -> None:
    named = {**body, "organizationId": User.objects.get(pk=ids["user"]).organization_id, "userId": ids["user"]}
    before = everything()

    answer = other_api.post(path, named)

    assert answer.status == 201
    model: Any = Contact if path == "/api/contact" else Prompt
    made = model.objects.get(organization=other_user.organization_id)
    assert getattr(made, "user_id", other_user.pk) == other_user.pk
    made.delete()
    assert everything() == before


def test_a_cursor_of_another_organization_tells_nothing(
    ids: dict[str, str], api: ApiClient, other_api: ApiClient, user: User, other_user: User
) -> None:
    make_call(user)
    make_call(other_user)
    cursor = history(api, limit=1)["nextCursor"]

    answer = other_api.get(HISTORY, cursor=cursor)

    assert (answer.status, "calls" in answer.body) == (400, False)


def test_a_list_shows_the_own_calls_alone(ids: dict[str, str], other_api: ApiClient, other_user: User) -> None:
    own = make_call(other_user)

    page = history(other_api, include="aiTranscript")

    assert ([call["_id"] for call in page["calls"]], page["total"]) == ([own.pk], 1)
    assert Call.objects.count() == 2


def _routes(patterns: Any, prefix: str = "") -> list[str]:
    routes = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            routes += _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            routes.append(route)
    return routes


def test_no_path_with_an_id_is_missing_from_these_tests() -> None:
    # The admin's pages have tests of their own: tests/calls/admin/desk/test_live.py.
    routes = [route for route in _routes(get_resolver().url_patterns) if not route.startswith("admin/")]
    with_ids = {f"/{route}" for route in routes if "<objectid:" in route}

    tested = {path for path, _ in [*READS_BY_ID, *READS_BY_ID_OF_PARTNERS, *WRITES_BY_ID]}
    tested |= ASKS_A_PROVIDER | {path for _, path, _ in WITH_BODY} | {path for _, path, _ in WRITES_BY_ID_OF_PARTNERS}
    assert with_ids == {
        re.sub(r"{(\w+)}", r"<objectid:\1_id>", path.partition("?")[0]) for path in tested if "{" in path
    }


@pytest.mark.parametrize(("name", "kind"), [("tags", "tag"), ("disposition", "disposition")])
def test_a_label_of_another_organization_is_put_on_no_call(
    name: str, kind: str, ids: dict[str, str], other_api: ApiClient, other_user: User
) -> None:
    own = make_call(other_user)
    before = everything()

    theirs, nobodys = (
        other_api.patch(f"/api/calls/{own.pk}", {name: [label_id] if name == "tags" else label_id})
        for label_id in (ids[kind], new_object_id())
    )

    assert all_of(theirs) == all_of(nobodys)
    assert (theirs.status, everything()) == (404, before)


def test_a_note_names_no_call_and_nobody_of_another_organization(
    ids: dict[str, str], other_api: ApiClient, other_user: User
) -> None:
    assert other_user.organization is not None
    contact = make_contact(other_user.organization)
    before = everything()

    for name, of in (("callId", "call"), ("mentions", "user")):
        theirs, nobodys = (
            other_api.post(
                "/api/contact-notes",
                {"contactId": contact.pk, "note": "Hello", name: [row_id] if name == "mentions" else row_id},
            )
            for row_id in (ids[of], new_object_id())
        )
        assert all_of(theirs) == all_of(nobodys)
        assert theirs.status in (400, 404)
    assert everything() == before
