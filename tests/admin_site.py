"""The admin as staff use it, and one row of everything it shows."""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import Model
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from calls.models import (
    Call,
    Delivery,
    Export,
    LegalHold,
    ListeningQueue,
    PhoneNumber,
    PrivacyRequest,
    Recording,
    RedactionRun,
    RefusedPush,
    RetentionRule,
    VoiceAccount,
    WebhookAttempt,
    WebhookMessage,
    WebhookSubscription,
)
from contacts.models import Consent, DialDecision, DialPath, DoNotCallNumber, NoteMention
from contacts.services.may_call import Asking, CallRefused, keep_refused, may_call
from contacts.services.notes import create_note
from conversations.models import Conversation, Message
from tests.calls.api.labelling import make_disposition, make_tag
from tests.calls.api.scoring import make_scorecard
from tests.calls.scheduling import make_scheduled
from tests.factories import (
    make_call,
    make_contact,
    make_conversation,
    make_do_not_call,
    make_prompt,
    make_reminder,
    make_user,
    mp3_bytes,
)
from tether_calls.accounts.models import ApiKey, Organization, User
from tether_calls.accounts.wallet import open_wallet
from tether_calls.common.object_id import new_object_id
from tether_calls.realtime.models import EventLog
from tether_calls.trails.models import AccessEntry, AuditEntry

_numbers = itertools.count(1)


def make_superuser() -> User:
    return User.objects.create_superuser(f"root{next(_numbers)}@example.com", "a password of some length")


def make_staff(organization: Organization) -> User:
    return make_user(organization=organization, is_staff=True)


def admin_of(user: User) -> Client:
    """As `Client.force_login` leaves one, without the session that it makes and throws away, and three statements."""
    client, session = Client(), SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = user.pk, settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return client


def list_of(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def add_to(model: type[Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def page_of(row: Model, view: str = "change") -> str:
    return page_at(type(row), row.pk, view)


def page_at(model: type[Model], row_id: str, view: str = "change") -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=[row_id])


def rows_shown(response: Any) -> list[Any]:
    """The rows of a list that opened."""
    assert response.status_code == 200, response
    return list(response.context["cl"].result_list)


def found(client: Client, model: type[Model], **query: Any) -> list[Any]:
    return rows_shown(client.get(list_of(model), query))


@contextmanager
def no_pages_made() -> Iterator[None]:
    """What a page is to show is found, and not written: where others of the kind are, and rows are all that matters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimpleTemplateResponse, "rendered_content", "")
        yield


def listed(client: Client, model: type[Model], **query: Any) -> list[Any]:
    """The rows that a list finds, without its page."""
    with no_pages_made():
        answer: Any = client.get(list_of(model), query)
    assert answer.status_code == 200, answer
    return list(answer.context_data["cl"].result_list)


def text_of(response: Any) -> str:
    """What is left of a page without its tags."""
    return html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))


def statements_of(client: Client, path: str, **query: Any) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, query).status_code == 200
    return [statement["sql"] for statement in captured.captured_queries]


def make_phone_number(organization: Organization, **fields: Any) -> PhoneNumber:
    number = f"+1604555{next(_numbers):04}"
    return PhoneNumber.objects.create(
        **{"organization": organization, "provider": "twilio", "phone_number": number, **fields}
    )


def make_account(organization: Organization, provider: str = "twilio", **fields: Any) -> VoiceAccount:
    """With everything that the provider needs; no page has the ends of its secrets for words of its own."""
    secrets: dict[str, dict[str, str]] = {
        "twilio": {
            "auth_token": "twilio-auth-token-of-nobody-7q4x",
            "api_key_sid": "SK" + "1" * 32,
            "api_key_secret": "twilio-key-secret-of-nobody-k93w",
            "twiml_app_sid": "AP" + "2" * 32,
        },
        "sinch": {"application_secret": "c2luY2gtc2VjcmV0LW9mLW5vYm9keQ=="},
        "elevenlabs": {"api_key": "sk_elevenlabs_key_of_nobody_5v8z", "webhook_secret": "wsec_of_nobody_j62y"},
    }
    ids = {"twilio": "AC" + "0" * 32, "sinch": "669E367E-6BBA-48AB-AF15-266871C28135", "elevenlabs": None}
    defaults: dict[str, Any] = {"account_id": ids[provider], "secrets": secrets[provider]}
    return VoiceAccount.objects.create(organization=organization, provider=provider, **{**defaults, **fields})


def make_recording(call: Call, content: bytes | None = None, **fields: Any) -> Recording:
    content = mp3_bytes() if content is None else content
    recording = Recording(call=call, size=len(content), sha256=f"{next(_numbers):064}", duration=1.0, **fields)
    recording.file.save(f"{call.organization_id}/{next(_numbers)}.mp3", ContentFile(content), save=False)
    recording.save()
    return recording


def make_delivery(organization: Organization | None, **fields: Any) -> Delivery:
    """One that was believed and processed."""
    defaults: dict[str, Any] = {
        "organization": organization,
        "endpoint": "elevenlabs",
        "provider": "elevenlabs",
        "kind": "post_call_transcription",
        "provider_call_id": f"conv_{next(_numbers)}",
        "state": "processed",
        "verdict": "valid",
        "url": "http://testserver/api/webhook/elevenlabs",
        "content_type": "application/json",
        "headers": {"elevenlabs-signature": "t=1780000000,v0=0"},
        "body": b'{"type":"post_call_transcription","data":{}}',
        "attempts": 1,
    }
    return Delivery.objects.create(**{**defaults, **fields})


def make_event(call: Call, **fields: Any) -> EventLog:
    return EventLog.objects.create(
        **{
            "organization_id": call.organization_id,
            "call_id": call.pk,
            "name": "call_ended",
            "data": {"callId": call.pk},
            **fields,
        }
    )


def make_export(organization: Organization, **fields: Any) -> Export:
    """One that is ready, of columns that say little; without its file."""
    name = f"{organization.pk}/2026-05-15/{new_object_id()}-calls.csv"
    now = timezone.now()
    defaults = {"kind": "calls", "format": "csv", "columns": ["from", "to"], "time_zone": "UTC", "rows": 1_234_567}
    over = {"status": "ready", "size": 2_000_000, "finished_at": now, "expires_at": now + timedelta(hours=24)}
    return Export.objects.create(organization=organization, file=name, **{**defaults, **over, **fields})


def make_webhook(organization: Organization, **fields: Any) -> WebhookSubscription:
    defaults = {"name": "CRM", "url": "https://crm.example.com/hook", "subscribed_events": ["call.ended"]}
    secrets: Any = {"signing": "whsec_c2VjcmV0LW9mLW5vYm9keS1hdC1hbGw="}
    return WebhookSubscription.objects.create(organization=organization, secrets=secrets, **{**defaults, **fields})


def make_webhook_message(
    subscription: WebhookSubscription, call: Call, event: EventLog, **fields: Any
) -> WebhookMessage:
    """One that was delivered at the second attempt."""
    defaults = {"event_type": "call.ended", "key": event.pk, "body": '{"event_type": "call.ended"}', "attempts": 2}
    message = WebhookMessage.objects.create(
        subscription=subscription, call_id=call.pk, event_id=event.pk, **{**defaults, "state": "delivered", **fields}
    )
    for status, response in ((500, "out of order"), (200, "thanks")):
        WebhookAttempt.objects.create(message=message, status=status, response=response, duration_ms=12)
    return message


def make_mention(user: User, contact_id: str, call_id: str | None = None) -> NoteMention:
    """Of a colleague's note."""
    assert user.organization is not None
    author = make_user(organization=user.organization)
    note = create_note(
        user=author,
        organization_id=user.home_id,
        contact_id=contact_id,
        note="Please look.",
        mentions=[user.pk],
        call_id=call_id,
    )
    return note.mention_rows.get()


def make_message(conversation: Conversation, **fields: Any) -> Message:
    return Message.objects.create(
        **{
            "organization": conversation.organization,
            "conversation": conversation,
            "contact": conversation.contact,
            "content": "Called about the appointment.",
            "direction": "outbound",
            **fields,
        }
    )


def one_of_everything(user: User) -> dict[type[Model], Model]:
    """A row of every model in the admin, all of one organization."""
    assert user.organization is not None
    organization = user.organization
    contact = make_contact(organization)
    conversation = make_conversation(contact)
    agent = make_prompt(organization)
    call = make_call(user, contact=contact, conversation=conversation, ai_agent=agent)
    make_recording(call)
    make_message(conversation, call_id=call.pk)
    number = make_phone_number(organization, user=user, ai_agent=agent)
    api_key = ApiKey.objects.create(user=user, name="CRM")
    account = make_account(organization)
    wallet = open_wallet(organization_id=organization.pk)
    forbidden = make_do_not_call(organization, call_id=call.pk, added_by=user)
    event = make_event(call)
    webhook = make_webhook(organization)
    message = make_webhook_message(webhook, call, event)
    rows = (
        organization,
        user,
        api_key,
        contact,
        conversation,
        agent,
        number,
        account,
        call,
        event,
        make_delivery(organization, call=call),
        forbidden,
        wallet,
        webhook,
        message,
        RefusedPush.objects.create(organization=organization, user=user, api_key=api_key, status=400, code="X"),
        make_export(organization, user=user),
        make_scheduled(user, contact=contact, agent=agent),
        make_reminder(user, contact),
        make_tag(organization),
        make_disposition(organization),
        make_scorecard(user),
        ListeningQueue.objects.create(organization=organization, name="Quality"),
        RetentionRule.objects.create(organization=organization, audio_days=90),
        LegalHold.objects.create(organization=organization, scope="contact", contact_id=contact.pk, reason="A claim"),
        # Done: where jobs run, one that waits would have them take the exports away.
        RedactionRun.objects.create(
            organization=organization, kinds="card cvv", started_by=user, state="done", finished_at=timezone.now()
        ),
        PrivacyRequest.objects.create(
            organization=organization,
            kind="find",
            phone_number=contact.phone_number,
            subject="0" * 64,
            shown="…99",
            due_at=timezone.now(),
        ),
        Consent.objects.create(
            organization=organization,
            phone_number=contact.phone_number,
            basis="express",
            purpose="service",
            obtained_at=timezone.now(),
            source="api",
        ),
        refused_dial(forbidden),
        AuditEntry.objects.filter(organization_id=organization.pk)[0],
        AccessEntry.objects.create(
            organization_id=organization.pk,
            kind="transcript_read",
            call_id=call.pk,
            actor_kind="user",
            actor_name="Kim",
        ),
    )
    return {type(row): row for row in rows}


def refused_dial(forbidden: DoNotCallNumber) -> DialDecision:
    """What was decided of a number on the Do Not Call list."""
    asking = Asking(
        organization_id=forbidden.organization_id,
        phone_number=forbidden.phone_number,
        path=DialPath.PARTNER,
        at=timezone.now(),
        is_disclosed=True,
    )
    decision = may_call(asking)
    assert decision.verdict.code is not None
    keep_refused(decision, refusal=CallRefused(decision.verdict.code))
    return DialDecision.objects.of_organization(forbidden.organization_id).get()
